using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class PinnedMapTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    [Fact]
    public void OpenPinned_FindsWhatWasPinned()
    {
        string path = PathOf("counts");
        using (BpfMap map = Make.Map(MapType.Hash))
        {
            map.As<uint, ulong>()[1] = 42;
            map.Pin(path);
        }

        using BpfMap again = BpfMap.OpenPinned(path);
        Assert.Equal(42UL, again.As<uint, ulong>()[1]);
        Assert.True(BpfFileSystem.Holds(RunningKernel.Instance, path));
    }

    [Fact]
    public void Pin_OverSomethingOrIntoNothing_SaysSo()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("there"));

        Assert.Equal("there is something at this path", Assert.Throws<BpfException>(() => map.Pin(PathOf("there"))).Advice);
        Assert.Equal("the directory does not exist", Assert.Throws<BpfException>(() => map.Pin(PathOf("no/where"))).Advice);
    }

    [Fact]
    public unsafe void OpenPinned_AProgram_IsRefused()
    {
        LockedMemoryLimit.TryRaise(RunningKernel.Instance);
        FaultyKernel kernel = new();
        ulong[] code = [0xb7, 0x95];
        fixed (ulong* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            ProgramLoadAttr attr = new()
            {
                Type = ProgramType.SocketFilter,
                Instructions = instructions,
                InstructionCount = (uint)code.Length,
                License = license,
            };
            using BpfHandle? program = kernel.LoadProgram(ref attr, out Errno error);
            Assert.Equal(Errno.None, error);
            Assert.Equal(Errno.None, kernel.PinObject(program!, PathOf("program")));
        }

        BpfException refused = Assert.Throws<BpfException>(
            () => BpfMap.OpenPinned(kernel, PathOf("program"), ObjectPathFlags.None));
        Assert.Equal("what is pinned there is no map", refused.Advice);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void OpenOrCreate_SecondTime_SharesTheFirst()
    {
        using BpfMap first = Open("shared", Make.Spec(MapType.Hash));
        using BpfMap second = Open("shared", Make.Spec(MapType.Hash));

        Assert.Equal(first.Id, second.Id);
    }

    [Fact]
    public void OpenOrCreate_AnotherMap_NamesEveryDifference()
    {
        Open("other", Make.Spec(MapType.Hash, valueSize: 8, maxEntries: 64)).Dispose();

        BpfException error = Assert.Throws<BpfException>(
            () => Open("other", Make.Spec(MapType.Hash, valueSize: 16, maxEntries: 65, flags: MapFlags.NoPreallocation)));

        Assert.EndsWith(
            ": its value size is 8, not 16; its max entries is 64, not 65; its flags is None, not NoPreallocation", error.Message);
    }

    [Theory]
    [InlineData(MapType.DevMap, 4u, 4u, 4u)]
    [InlineData(MapType.PerfEventArray, 0u, 0u, 0u)]
    [InlineData(MapType.RingBuf, 0u, 0u, 5000u)]
    public void OpenOrCreate_NumbersThatTheKernelAdjusts_Fit(MapType type, uint key, uint value, uint entries)
    {
        using BpfMap first = Open(type.ToString(), Make.Spec(type, key, value, entries));
        using BpfMap second = Open(type.ToString(), Make.Spec(type, key, value, entries));

        Assert.Equal(first.Id, second.Id);
    }

    [Fact]
    public void OpenOrCreate_AnotherProcessIsFaster_UsesTheirs()
    {
        string path = PathOf("race");
        using BpfMap theirs = Make.Map(MapType.Hash);
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) =>
            {
                if (command == BpfCommand.ObjectPin) theirs.Pin(path);
                return null;
            },
        };

        using (BpfMap ours = PinnedMaps.OpenOrCreate(kernel, Make.Spec(MapType.Hash), path, MapCreateOptions.None, out _))
        {
            Assert.Equal(theirs.Id, ours.Id);
            Assert.Equal(1, kernel.OpenDescriptors);
        }
    }

    [Fact]
    public void OpenOrCreate_AnyCallFails_LeavesNoDescriptor()
    {
        for (int call = 1; ; call++)
        {
            string path = PathOf($"failing{call}");
            FaultyKernel kernel = new() { FailingCall = call };
            if (Record.Exception(
                () => PinnedMaps.OpenOrCreate(kernel, Make.Spec(MapType.Hash), path, MapCreateOptions.None, out _).Dispose()) is { } error)
            {
                Assert.IsType<BpfException>(error);
                Assert.False(File.Exists(path));
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }
    }

    private string PathOf(string name) => Path.Combine(files.Root, name);

    private BpfMap Open(string name, MapSpec spec) =>
        PinnedMaps.OpenOrCreate(RunningKernel.Instance, spec, PathOf(name), MapCreateOptions.None, out _);
}
