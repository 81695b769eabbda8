using System.Globalization;
using System.Text;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>The header of the running kernel, compiled, has the kernel's own layouts: all of them.</summary>
public sealed class VmlinuxHeaderTests
{
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    // clang takes time that grows with the square of how many types it keeps.
    private const int TypesAtOnce = 1_200;

    [Fact]
    public void Write_TheRunningKernel_CompilesToTheSameLayouts()
    {
        Assert.SkipUnless(File.Exists(KernelTypes), "This machine has no kernel BTF.");
        Clang.SkipUnlessThere();
        BtfSpec kernel = BtfSpec.Parse(File.ReadAllBytes(KernelTypes));
        using StringWriter header = new();
        CWriter writer = new(kernel);
        writer.AddAll();
        writer.Write(header);

        (BtfType Type, string Name)[][] parts = [.. Named(kernel).Chunk(TypesAtOnce)];
        LayoutComparison[] results = new LayoutComparison[parts.Length];
        Parallel.For(0, parts.Length, i => results[i] = Compare(header.ToString(), parts[i]));

        Assert.Empty(results.SelectMany(result => result.Differences));
        Assert.InRange(parts.Sum(part => part.Length), 5_000, 1_000_000);
        Assert.InRange(results.Sum(result => result.Members), 50_000, 10_000_000);
        Assert.InRange(results.Sum(result => result.Values), 10_000, 10_000_000);
    }

    /// <summary>Compiles with a variable that has a value of every type: what none uses, clang drops.</summary>
    private static LayoutComparison Compare(string header, (BtfType Type, string Name)[] types)
    {
        StringBuilder source = new(header);
        source.Append("union all_of_them {\n");
        for (int i = 0; i < types.Length; i++) source.Append(CultureInfo.InvariantCulture, $"\t{types[i].Name} t{i};\n");
        source.Append("};\nunion all_of_them all_of_them;\n");

        UnionType all = Clang.CompileTypes(source.ToString()).Get<UnionType>("all_of_them");
        LayoutComparison comparison = new();
        for (int i = 0; i < types.Length; i++) comparison.Compare(types[i].Type, all.Members[i].Type);
        return comparison;
    }

    /// <summary>Every type that has a name of its own, with it.</summary>
    private static IEnumerable<(BtfType Type, string Name)> Named(BtfSpec types)
    {
        Dictionary<string, int> tags = [];
        Dictionary<string, int> typedefs = [];
        foreach (BtfType type in types.All)
        {
            string? keyword = type switch
            {
                { Name: "" } => null,
                StructType => "struct ",
                UnionType => "union ",
                EnumType { Values.Length: > 0 } => "enum ",
                TypedefType { Name: not "__builtin_va_list" } typedef when typedef.Resolve() is CompositeType { Name: "" } => "",
                _ => null,
            };
            if (keyword is null && type is not TypedefType) continue;
            Dictionary<string, int> names = type is TypedefType ? typedefs : tags;
            int number = names[type.Name] = names.GetValueOrDefault(type.Name) + 1;
            if (keyword is null) continue;
            yield return (type, keyword + type.Name + (number == 1 ? "" : $"___{number}"));
        }
    }
}
