using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Pins;
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
        Assert.True(PinPlace.Holds(RunningKernel.Instance, path));
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
    public void OpenPinned_AProgramOrALink_IsRefused()
    {
        FaultyKernel kernel = new();
        using (BpfHandle program = Make.Program(kernel, ProgramType.RawTracepoint))
        using (BpfHandle? link = kernel.OpenRawTracepoint(program, "sys_enter", 0, out Errno error))
        {
            Assert.Equal(Errno.None, error);
            Assert.Equal(Errno.None, kernel.PinObject(program, PathOf("program")));
            Assert.Equal(Errno.None, kernel.PinObject(link!, PathOf("link")));
        }

        Assert.Equal("what is pinned there is no map, but a program", Refused("program"));
        Assert.Equal("what is pinned there is no map, but a link", Refused("link"));
        Assert.Equal(0, kernel.OpenDescriptors);
        File.Delete(PathOf("link"));

        string? Refused(string name) =>
            Assert.Throws<BpfException>(() => BpfMap.OpenPinned(PathOf(name), kernel: kernel)).Advice;
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

        MapException error = Assert.Throws<MapException>(
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
