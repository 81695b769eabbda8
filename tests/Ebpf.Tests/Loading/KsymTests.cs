using System.Globalization;
using Ebpf.Btf;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

public sealed class KsymTests
{
    private const string Kallsyms = "/proc/kallsyms";

    [Fact]
    public void Load_SymbolsWithoutTypes_GetTheirAddresses()
    {
        CollectionSpec spec = One.Spec("ksyms", "addresses");
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.Equal(2u, collection.Programs["addresses"].TestRun(new byte[64]));

        Assert.Equal(AddressOf("bpf_prog_put"), CollectionFixture.Read<ulong>(collection, spec.Variables["put_address"]));
        Assert.Equal(AddressOf("_text"), CollectionFixture.Read<ulong>(collection, spec.Variables["text_address"]));
        Assert.Equal(AddressOf("bpf_map_put"), CollectionFixture.Read<ulong>(collection, spec.Variables["weak_address"]));
    }

    [Fact]
    public void Load_SymbolThatIsNotThere_IsNamed()
    {
        FeatureNotSupportedException error = One.Fails<FeatureNotSupportedException>(One.Spec("ksyms", "missing", "addresses"));

        Assert.Equal(
            "Find what the programs expect of the kernel: this kernel lacks symbol no_such_symbol (wanted by program \"missing\")",
            error.Message);
    }

    [Fact]
    public void Load_Variable_IsReadOnEveryCpu()
    {
        Assert.SkipWhen(AddressOf("runqueues") is null, "this kernel does not tell where its variables are (CONFIG_KALLSYMS_ALL)");
        SkipWithoutVariables();
        using BpfCollection collection = BpfCollection.Load(One.Spec("ksyms", "cpu_of_queue"));

        uint result = collection.Programs["cpu_of_queue"].TestRun(new TestRunOptions()).ReturnValue;

        Assert.Equal(Environment.ProcessorCount > 1 ? 101u : 1u, result);
    }

    [Fact]
    public void Load_WeakVariableThatIsNotThere_Is0()
    {
        Requires.Kernel(5, 10, "trial runs of raw tracepoint programs");
        using BpfCollection collection = BpfCollection.Load(One.Spec("ksyms", "weak_variables"));

        Assert.Equal(3u, collection.Programs["weak_variables"].TestRun(new TestRunOptions()).ReturnValue);
    }

    [Fact]
    public void Load_VariableOfAnotherType_ShowsBothInC_EvenIfItIsWeak()
    {
        SkipWithoutVariables();
        CollectionSpec spec = One.Spec("ksyms_wrong", "of_another_type");

        FeatureNotSupportedException error = One.Fails<FeatureNotSupportedException>(spec);

        Assert.Equal(
            "variable runqueues (declared as \"const int runqueues\", but this kernel has \"struct rq runqueues\"; "
            + "wanted by program \"of_another_type\")",
            error.Feature);
    }

    [Theory]
    [InlineData("1", "it needs CAP_SYSLOG, as sysctl kernel.kptr_restrict is 1")]
    [InlineData("2", "sysctl kernel.kptr_restrict is 2: set it to 1; and it needs CAP_SYSLOG")]
    [InlineData("0", "it needs CAP_SYSLOG, or sysctl kernel.perf_event_paranoid of 1 or less")]
    public void Load_KernelThatHidesAddresses_SaysHowToSeeThem_IfTheyAreNeeded(string setting, string advice)
    {
        using SymbolFile file = new("""
            0000000000000000 T bpf_prog_put
            0000000000000000 T _text
            0000000000000000 T bpf_map_put
            """);
        void Hide(FaultyKernel kernel)
        {
            kernel.Replacements[Kallsyms] = file.Path;
            kernel.Files["/proc/sys/kernel/kptr_restrict"] = setting + "\n";
        }

        BpfException error = One.Fails<BpfException>(One.Spec("ksyms", "addresses"), null, Hide);
        FaultyKernel hiding = new();
        Hide(hiding);
        using BpfCollection weak = BpfCollection.Load(One.Spec("ksyms", "weak_only"), new CollectionOptions { Kernel = hiding });

        Assert.StartsWith("Find what the programs expect of the kernel: the kernel hides the addresses of symbol ", error.Message);
        Assert.Contains("symbol bpf_prog_put", error.Message);
        Assert.DoesNotContain("bpf_map_put", error.Message);
        Assert.EndsWith($" from this process: {advice}", error.Message);
        Assert.Equal(2u, weak.Programs["weak_only"].TestRun(new byte[64]));
    }

    [Fact]
    public void Load_FileThatCannotBeRead_IsAnErrorIfItIsNeeded()
    {
        BpfException error = One.Fails<BpfException>(
            One.Spec("ksyms", "addresses"), null, kernel => kernel.Replacements[Kallsyms] = "/nonexistent");
        FaultyKernel without = new() { Replacements = { [Kallsyms] = "/nonexistent" } };
        using BpfCollection weak = BpfCollection.Load(One.Spec("ksyms", "weak_only"), new CollectionOptions { Kernel = without });

        Assert.StartsWith("Find what the programs expect of the kernel: read the addresses of symbol ", error.Message);
        Assert.EndsWith(
            " from /proc/kallsyms: ENOENT: is procfs mounted, and the kernel built with CONFIG_KALLSYMS?", error.Message);
        Assert.Equal(2u, weak.Programs["weak_only"].TestRun(new byte[64]));
    }

    [Fact]
    public void Load_SymbolThatIsThereTwice_NamesBothPlaces()
    {
        using SymbolFile file = new("""
            ffffffff81000010 T bpf_map_put
            ffffffffc0000020 t bpf_map_put	[some_module]
            """);

        BpfException error = One.Fails<BpfException>(
            One.Spec("ksyms", "weak_only"), null, kernel => kernel.Replacements[Kallsyms] = file.Path);

        Assert.Equal(
            "Find what the programs expect of the kernel: symbol bpf_map_put is ambiguous: 2 have this name, "
            + "at 0xffffffff81000010 and 0xffffffffc0000020 (module some_module)",
            error.Message);
    }

    [Fact]
    public void Load_ModuleThatComesLater_IsSeenByTheNextLoad()
    {
        using SymbolFile file = new("ffffffff81000010 T something\n");
        FaultyKernel kernel = new() { Replacements = { [Kallsyms] = file.Path } };
        CollectionSpec spec = One.Spec("ksyms", "weak_only");

        using (BpfCollection before = BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }))
            Assert.Equal(2u, before.Programs["weak_only"].TestRun(new byte[64]));
        File.AppendAllText(file.Path, "ffffffffc0000020 t bpf_map_put\t[some_module]\n");
        using BpfCollection after = BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });

        Assert.Equal(1u, after.Programs["weak_only"].TestRun(new byte[64]));
        Assert.Equal(0xffffffffc0000020, CollectionFixture.Read<ulong>(after, spec.Variables["weak_address"]));
    }

    [Fact]
    public void Load_WithoutSymbols_DoesNotReadTheFile()
    {
        FaultyKernel kernel = new();
        using SymbolFile file = new("");
        kernel.Replacements[Kallsyms] = Path.Combine(file.Path, "is_no_directory");

        using BpfCollection collection = BpfCollection.Load(One.Spec("ksyms", "weak_variables"), new CollectionOptions { Kernel = kernel });

        Assert.Single(collection.Programs);
    }

    private static void SkipWithoutVariables() => Assert.SkipUnless(
        KernelBtf.GetTypes().TryGet("runqueues", out Btf.VariableType? _), "this kernel was built with a pahole that writes no variables");

    private static ulong? AddressOf(string name)
    {
        foreach (string line in File.ReadLines(Kallsyms))
        {
            string[] words = line.Split([' ', '\t']);
            if (words[2] == name) return ulong.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        return null;
    }
}
