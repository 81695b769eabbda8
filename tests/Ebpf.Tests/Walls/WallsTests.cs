namespace Ebpf.Tests.Walls;

/// <summary>The walls between assemblies and namespaces, over the built assemblies.</summary>
public sealed class WallsTests
{
    private const string Lower = "Ebpf.Tests.Walls.Lower";
    private const string Upper = "Ebpf.Tests.Walls.Upper";

    private static readonly AssemblyFacts SpecAssembly = Facts("Ebpf.Spec.dll");
    private static readonly AssemblyFacts KernelAssembly = Facts("Ebpf.dll");
    private static readonly AssemblyFacts TestAssembly = Facts("Ebpf.Tests.dll");

    [Fact]
    public void Facts_OfTheBuiltAssemblies_HoldWhatTheRulesLookFor()
    {
        Assert.Contains(KernelAssembly.Imports, use => use.User.Namespace == "Ebpf.Linux");
        Assert.Contains(KernelAssembly.Strings, use => use.User.Namespace == "Ebpf.Linux" && use.Used.StartsWith('/'));
        Assert.NotEmpty(SpecAssembly.Types);
    }

    [Fact]
    public void Spec_RefersToDotNetOnly() => Assert.Empty(Wall.RefersOnlyTo(SpecAssembly));

    [Fact]
    public void Ebpf_RefersToSpecAndLoggingOnly() =>
        Assert.Empty(Wall.RefersOnlyTo(KernelAssembly, "Ebpf.Spec", "Microsoft.Extensions.Logging.Abstractions"));

    [Fact]
    public void RefersOnlyTo_AssemblyThatRefersToOthers_NamesThem() =>
        Assert.Contains("xunit.v3.core", Wall.RefersOnlyTo(TestAssembly, "Ebpf.Spec", "Ebpf"));

    [Fact]
    public void Spec_ImportsNothing() => Assert.Empty(Wall.ImportsOnlyIn(SpecAssembly, home: null));

    [Fact]
    public void Ebpf_ImportsInLinuxOnly() => Assert.Empty(Wall.ImportsOnlyIn(KernelAssembly, "Ebpf.Linux"));

    [Fact]
    public void ImportsOnlyIn_ImportElsewhere_NamesIt() =>
        Assert.Contains($"{Lower}.Offenders imports ParentProcessId", Wall.ImportsOnlyIn(TestAssembly, Upper));

    [Fact]
    public void Ebpf_TouchesFilesInLinuxOnly() => Assert.Empty(Wall.TouchesFilesOnlyIn(KernelAssembly, "Ebpf.Linux"));

    [Fact]
    public void TouchesFilesOnlyIn_ReadElsewhere_NamesIt()
    {
        Assert.Contains($"{Lower}.Offenders uses System.IO.File", Wall.TouchesFilesOnlyIn(TestAssembly, Upper));
        Assert.DoesNotContain($"{Lower}.Offenders uses System.IO.File", Wall.TouchesFilesOnlyIn(TestAssembly, Lower));
    }

    /// <summary>A pool without free threads must not hold anything up, and its threads are in other namespaces than the caller's.</summary>
    [Theory]
    [InlineData("System.Threading.ThreadPool")]
    [InlineData("System.Threading.Tasks.Parallel")]
    [InlineData("System.Threading.Tasks.TaskFactory")]
    [InlineData("System.Linq.ParallelEnumerable")]
    public void Libraries_LeaveTheThreadPoolAlone(string type)
    {
        Assert.DoesNotContain(SpecAssembly.Types, use => use.Used == type);
        Assert.DoesNotContain(KernelAssembly.Types, use => use.Used == type);
    }

    [Fact]
    public void Spec_NamesNoKernelFile() => Assert.Empty(Wall.NamesKernelFilesOnlyIn(SpecAssembly));

    [Fact]
    public void Ebpf_NamesKernelFilesInLinuxOnly() =>
        Assert.Empty(Wall.NamesKernelFilesOnlyIn(KernelAssembly, "Ebpf.Linux"));

    [Fact]
    public void NamesKernelFilesOnlyIn_PathElsewhere_NamesThePathButNoText() =>
        Assert.Equal(
            [$"{Lower}.Offenders holds \"/proc/self/statussee /proc/self/status\""],
            Wall.NamesKernelFilesOnlyIn(TestAssembly, Upper).Where(line => line.StartsWith(Lower, StringComparison.Ordinal)));

    [Theory]
    [InlineData("Ebpf.Elf")]
    [InlineData("Ebpf.Object")]
    public void Spec_ShowsNothingOfItsInside(string hidden) => Assert.Empty(Wall.ShowsNothingOf(SpecAssembly, hidden));

    [Fact]
    public void Ebpf_ShowsNothingOfLinux() => Assert.Empty(Wall.ShowsNothingOf(KernelAssembly, "Ebpf.Linux"));

    [Fact]
    public void ShowsNothingOf_PublicType_NamesIt()
    {
        Assert.Equal([$"{Upper}.Visible is public"], Wall.ShowsNothingOf(TestAssembly, Upper));
        Assert.Empty(Wall.ShowsNothingOf(TestAssembly, Lower));
    }

    private static AssemblyFacts Facts(string file) => AssemblyFacts.Of(Path.Combine(AppContext.BaseDirectory, file));
}
