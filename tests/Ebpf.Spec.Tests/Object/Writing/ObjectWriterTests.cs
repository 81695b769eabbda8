using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.Fuzz;
using Ebpf.Spec.Tests.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object.Writing;

/// <summary>What is written and read again is the same.</summary>
public sealed class ObjectWriterTests
{
    public static TheoryData<string, ByteOrder> Objects
    {
        get
        {
            TheoryData<string, ByteOrder> objects = [];
            foreach (string name in TestObject.Names.Where(name => !name.StartsWith("bad_", StringComparison.Ordinal) && name != "counter.nobtf"))
            {
                foreach (ByteOrder order in (ByteOrder[])[ByteOrder.LittleEndian, ByteOrder.BigEndian])
                {
                    if (File.Exists(TestObject.Path(name, order))) objects.Add(name, order);
                }
            }

            return objects;
        }
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void ToArray_OfAnObject_ReadsBackAsTheSame(string name, ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read(name, order));

        byte[] written = spec.ToArray();

        Assert.Empty(SpecComparison.Compare(CollectionSpec.Load(TestObject.Read(name, order)), CollectionSpec.Load(written)));
        Assert.Equal(written, CollectionSpec.Load(TestObject.Read(name, order)).ToArray());
        Assert.Equal(written, CollectionSpec.Load(written).ToArray());
    }

    [Fact]
    public void ToArray_ExceptionCallbackWithoutType_IsFoundAgain()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("exceptions"));
        InstructionList code = spec.Programs["throws"].Instructions;
        code[code.IndexOfSymbol("on_throw")].Function = null;

        CollectionSpec read = CollectionSpec.Load(spec.ToArray());

        Assert.Equal(code.SlotCount, read.Programs["throws"].Instructions.SlotCount);
        Assert.NotEqual(-1, read.Programs["throws"].Instructions.IndexOfSymbol("on_throw"));
    }

    [Theory]
    [InlineData("license", 0u, null)]
    [InlineData("license", 16u, "Write BTF: variable \"text\" at 16 lies outside of section \"license\" of 16 bytes")]
    [InlineData("other", 0u, null)]
    [InlineData("other", 16u, "Write BTF: variable \"text\" at 16 lies outside of section \"other\" of 16 bytes")]
    public void ToArray_VariableOutsideOfItsSectionInBtfAlone_IsLeftOutOrRefused(string section, uint size, string? problem)
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        types.DataSection(section, size, (types.Variable("text", number, VariableLinkage.Global), 16, 4));
        elf.Symbol("entry", ElfSymbolType.Function, elf.Code("xdp", 0x95), 0, 8);
        elf.Data(".BTF", types.Build());
        CollectionSpec spec = CollectionSpec.Load(elf.Build());

        if (problem is null) Assert.Equal(["entry"], CollectionSpec.Load(spec.ToArray()).Programs.Keys);
        else Assert.Equal(problem, Assert.Throws<BpfException>(spec.ToArray).Message);
    }

    /// <summary>The objects that <c>./build.sh conformance</c> compiles and links, where it has.</summary>
    [Fact]
    public void ToArray_OfTheKernelsSelftests_ReadsBackAsTheSame()
    {
        string? corpus = FindCorpus();
        Assert.SkipUnless(corpus is not null, "The kernel's selftests are not compiled: ./build.sh conformance");
        List<string> differences = [];
        foreach (string file in Directory.EnumerateFiles(corpus!, "*.bpf.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            CollectionSpec spec;
            try
            {
                spec = CollectionSpec.Load(file);
                foreach (ProgramSpec program in spec.Programs.Values) _ = program.Instructions;
            }
            catch (ObjectFormatException)
            {
                continue;
            }

            try
            {
                byte[] written = spec.ToArray();
                differences.AddRange(SpecComparison.Compare(spec, CollectionSpec.Load(written)).Select(text => $"{file}: {text}"));
            }
            catch (BpfException error)
            {
                differences.Add($"{file}: {error.Message}");
            }
        }

        Assert.Empty(differences);
    }

    private static string? FindCorpus()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string corpus = Path.Combine(directory.FullName, "artifacts", "conformance", "objects");
            if (Directory.Exists(corpus)) return corpus;
        }

        return null;
    }
}
