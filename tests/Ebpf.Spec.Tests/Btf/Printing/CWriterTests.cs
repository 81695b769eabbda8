using Ebpf.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>What single types look like in C.</summary>
public sealed class CWriterTests
{
    private static readonly BtfSpec Types = CollectionSpec.Load(TestObject.Path("c_types")).Types!;

    private readonly BtfBlob _blob = new();
    private readonly uint _int;

    public CWriterTests() => _int = _blob.Int("int", 4, 1);

    private static void Is(string name, string expected) => Assert.Equal(expected, Types.Get<BtfType>(name).ToC());

    private string ToC(uint id) => _blob.Parse()[id].ToC();

    private static string Text(BtfSpec types, CWriterOptions? options = null)
    {
        using StringWriter writer = new();
        new CWriter(types, options ?? new CWriterOptions { HeaderGuard = "", PreserveAccessIndex = false }).WriteAll(writer);
        return writer.ToString();
    }

    private static string Text(params string[] roots)
    {
        using StringWriter writer = new();
        new CWriter(Types, new CWriterOptions { HeaderGuard = "", PreserveAccessIndex = false })
            .Write(writer, [.. roots.Select(name => Types.Named(name).First(type => type is not ForwardType))]);
        return writer.ToString();
    }

    [Fact]
    public void PackedStruct_SaysSoOnlyWhereItIs()
    {
        Is("packed_members", "struct packed_members {\n\tchar a;\n\tlong b;\n\tshort c;\n} __attribute__((packed));");
        Is("packed_inside", "struct packed_inside {\n\tchar a;\n\tstruct packed_members b;\n\tint c;\n};");
        Is("packed_union", "union packed_union {\n\tint a;\n\tchar b[5];\n} __attribute__((packed));");
    }
}
