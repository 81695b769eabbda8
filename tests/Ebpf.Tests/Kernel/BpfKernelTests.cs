using System.Reflection;
using System.Runtime.CompilerServices;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Kernel;

public sealed class BpfKernelTests
{
    [Fact]
    public void Load_ThroughAnotherKernel_MakesAllItsCallsThere()
    {
        FaultyKernel recorder = new();
        CollectionOptions options = new() { Kernel = recorder };

        using (BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")), options))
        {
            collection.Programs["count_packets"].TestRun(new byte[64]);
            Assert.Equal(collection.Maps.Count + collection.Programs.Count, recorder.OpenDescriptors);
        }

        Assert.Contains(BpfCommand.BtfLoad, recorder.Commands);
        Assert.Contains(BpfCommand.MapCreate, recorder.Commands);
        Assert.Contains(BpfCommand.ProgramLoad, recorder.Commands);
        Assert.Contains(BpfCommand.ProgramTestRun, recorder.Commands);
        Assert.Equal(0, recorder.OpenDescriptors);
    }

    public static TheoryData<string> EntryPoints => [.. Entries.Keys];

    private static readonly MapSpec Array = new() { Name = "one", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };

    private static readonly Dictionary<string, Action<BpfKernel>> Entries = new()
    {
        ["BpfMap.Create"] = kernel => BpfMap.Create(Array, new MapOptions { Kernel = kernel }).Dispose(),
        ["BpfMap.Open"] = kernel => BpfMap.Open(uint.MaxValue, kernel: kernel),
        ["BpfMap.OpenPinned"] = kernel => BpfMap.OpenPinned("/sys/fs/bpf/no_such_pin", kernel: kernel),
        ["BpfMap.FromDescriptor"] = kernel => BpfMap.FromDescriptor(((LinuxKernel)BpfKernel.Running).Open("/dev/null", OpenMode.ReadOnly).Value, kernel),
        ["BpfMap.ListIds"] = kernel => BpfMap.ListIds(kernel: kernel).Take(1).ToList(),
        ["BpfMap.OpenAll"] = kernel => BpfMap.OpenAll(kernel).Take(1).ToList().ForEach(map => map.Dispose()),
        ["BpfProgram.Open"] = kernel => BpfProgram.Open(uint.MaxValue, kernel),
        ["BpfProgram.OpenPinned"] = kernel => BpfProgram.OpenPinned("/sys/fs/bpf/no_such_pin", kernel),
        ["BpfProgram.FromDescriptor"] = kernel => BpfProgram.FromDescriptor(((LinuxKernel)BpfKernel.Running).Open("/dev/null", OpenMode.ReadOnly).Value, kernel),
        ["BpfProgram.ListIds"] = kernel => BpfProgram.ListIds(kernel: kernel).Take(1).ToList(),
        ["BpfProgram.OpenAll"] = kernel => BpfProgram.OpenAll(kernel).Take(1).ToList().ForEach(program => program.Dispose()),
        ["BpfStatistics.Enable"] = kernel => BpfStatistics.Enable(kernel).Dispose(),
        ["BpfBtf.Open"] = kernel => BpfBtf.Open(uint.MaxValue, kernel),
        ["BpfBtf.ListIds"] = kernel => BpfBtf.ListIds(kernel: kernel).Take(1).ToList(),
        ["BpfBtf.OpenAll"] = kernel => BpfBtf.OpenAll(kernel).Take(1).ToList().ForEach(btf => btf.Dispose()),
        ["BpfToken.Create"] = kernel => BpfToken.Create("/sys/fs/bpf", kernel),
        ["BpfFileSystem.Walk"] = kernel => BpfFileSystem.Walk("/no/such/directory", kernel),
        ["KernelFeatures.For"] = kernel => KernelFeatures.For(kernel).Of(MapType.Array),
        ["KernelBtf.GetTypes"] = kernel => KernelBtf.GetTypes(kernel),
        ["KernelBtf.ListModules"] = kernel => KernelBtf.ListModules(kernel),
    };

    [Theory]
    [MemberData(nameof(EntryPoints))]
    public void EntryPoint_WithAnotherKernel_AsksThatOne(string name)
    {
        FaultyKernel recorder = new();

        Record.Exception(() => Entries[name](recorder));

        Assert.True(recorder.Calls > 0, $"{name} did not ask the kernel that it was given");
    }

    [Fact]
    public void Type_CannotBeDerivedOutside()
    {
        ConstructorInfo constructor = Assert.Single(
            typeof(BpfKernel).GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic));
        Assert.True(constructor.IsFamilyAndAssembly, "only types of the assembly can call the constructor");
    }

    [Fact]
    public void Running_AskedByManyThreadsAtOnce_IsOneObject()
    {
        BpfKernel[] seen = new BpfKernel[64];
        Parallel.For(0, seen.Length, i => seen[i] = BpfKernel.Running);
        Assert.All(seen, kernel => Assert.Same(BpfKernel.Running, kernel));
    }

    [Fact]
    public void Statistics_ThatNobodyHoldsAnyMore_GoOn()
    {
        FaultyKernel recorder = new();
        Requires.Kernel(5, 8, "statistics by a descriptor");
        Forget(recorder);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Equal(1, recorder.OpenDescriptors);
        recorder.CloseAll();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(FaultyKernel kernel) => BpfStatistics.Enable(kernel);
    }
}
