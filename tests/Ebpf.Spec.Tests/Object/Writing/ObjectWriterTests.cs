using Ebpf.Asm;
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
