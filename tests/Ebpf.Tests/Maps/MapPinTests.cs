using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MapPinTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    [Fact]
    public void Pin_Disposed_StaysUntilUnpinned()
    {
        string path = PathOf("stays");
        BpfMap map = Make.Map(MapType.Hash);
        map.Pin(path);
        uint id = map.Id;
        map.Dispose();

        using BpfMap again = BpfMap.OpenPinned(path);
        Assert.Equal((id, path), (again.Id, again.PinPath));
        Assert.True(again.Unpin());
        Assert.False(File.Exists(path));
        again.As<uint, ulong>()[1] = 2;
        Assert.Equal((2UL, null), (again.As<uint, ulong>()[1], again.PinPath));
        Assert.Throws<InvalidOperationException>(() => again.Unpin());
    }

    [Fact]
    public void Pin_RelativePath_IsKeptAsTheAbsoluteOneOfThatMoment()
    {
        string path = Path.GetRelativePath(Environment.CurrentDirectory, PathOf("relative")), moved = path + "_moved";
        Assert.False(Path.IsPathRooted(path));
        using BpfMap map = Make.Map(MapType.Hash);

        map.Pin(path);
        Assert.Equal(PathOf("relative"), Path.GetFullPath(map.PinPath!));
        Assert.StartsWith("/", map.PinPath);
        using (BpfMap opened = BpfMap.OpenPinned(path)) Assert.Equal(map.PinPath, opened.PinPath);
        map.MovePin(moved);
        Assert.Equal(PathOf("relative_moved"), Path.GetFullPath(map.PinPath!));
        Assert.StartsWith("/", map.PinPath);
        Assert.True(map.Unpin());
    }

    [Fact]
    public void OpenPinned_ModeForbidsIt_SaysSo()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ObjectGet ? Errno.EACCES : null };
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("guarded"));

        Assert.Equal(
            "the mode of the file, or of a directory above it, does not allow it; MapAccess.ReadOnly asks for less",
            Assert.Throws<BpfException>(() => BpfMap.OpenPinned(PathOf("guarded"), kernel: kernel)).Advice);
        map.Unpin();
    }

    [Fact]
    public void Unpin_RemovedByAnother_SaysSo()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("removed"));
        File.Delete(PathOf("removed"));

        Assert.False(map.Unpin());
    }

    [Fact]
    public void Pin_AtTwoPaths_LeadsToTheSameMap()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("one"));
        map.Pin(PathOf("two"));

        using BpfMap one = BpfMap.OpenPinned(PathOf("one"));
        using BpfMap two = BpfMap.OpenPinned(PathOf("two"));
        Assert.Equal((map.Id, map.Id, PathOf("two")), (one.Id, two.Id, map.PinPath));
    }

    [Fact]
    public void MovePin_LeavesNothingBehind()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("before"));
        map.MovePin(PathOf("after"));

        Assert.False(File.Exists(PathOf("before")));
        using BpfMap found = BpfMap.OpenPinned(PathOf("after"));
        Assert.Equal((map.Id, PathOf("after")), (found.Id, map.PinPath));
    }

    [Fact]
    public void MovePin_RemovedByAnother_PinsAnew()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("lost"));
        File.Delete(PathOf("lost"));
        map.MovePin(PathOf("found"));

        BpfMap.OpenPinned(PathOf("found")).Dispose();
    }

    [Fact]
    public void MovePin_OntoSomething_KeepsBoth()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        using BpfMap other = Make.Map(MapType.Hash);
        map.Pin(PathOf("mine"));
        other.Pin(PathOf("theirs"));

        Assert.Equal("there is something at this path", Assert.Throws<BpfException>(() => map.MovePin(PathOf("theirs"))).Advice);
        Assert.Equal(PathOf("mine"), map.PinPath);
        using BpfMap mine = BpfMap.OpenPinned(PathOf("mine"));
        using BpfMap theirs = BpfMap.OpenPinned(PathOf("theirs"));
        Assert.Equal((map.Id, other.Id), (mine.Id, theirs.Id));
    }

    [Fact]
    public void MovePin_ToAnotherBpffs_Moves()
    {
        using BpfFileSystemFixture other = new();
        string target = $"{other.Root}/moved";
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("here"));
        map.MovePin(target);

        Assert.False(File.Exists(PathOf("here")));
        Assert.True(File.Exists(target));
    }

    [Fact]
    public void MovePin_AnyCallFails_KeepsOnePin()
    {
        using BpfFileSystemFixture other = new();
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash));
            string from = PathOf($"from{call}"), to = $"{other.Root}/to{call}";
            map.Pin(from);
            int before = kernel.Calls;
            kernel.FailingCall = before + call;
            kernel.FailingWith = Errno.ENOMEM;
            Exception? error = Record.Exception(() => map.MovePin(to));

            Assert.Equal(error is null, File.Exists(to));
            Assert.Equal(error is not null, File.Exists(from));
            Assert.Equal(error is null ? to : from, map.PinPath);
            if (kernel.Calls < before + call) break;
        }
    }

    [Fact]
    public void OpenPinned_ReadOnly_RefusesToWrite()
    {
        Fill("read");
        using BpfMap map = BpfMap.OpenPinned(PathOf("read"), MapAccess.ReadOnly);
        BpfMap<uint, ulong> view = map.As<uint, ulong>();

        Assert.Equal((MapAccess.ReadOnly, 7UL), (map.Access, view[1]));
        BpfException error = Assert.Throws<BpfException>(() => view[1] = 8);
        Assert.Equal((Errno.EPERM, "this descriptor of the map was opened for reading only"), (error.Errno, error.Advice));
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => view.Remove(1)).Errno);
        Assert.Throws<BpfException>(view.Clear);
        Assert.Throws<BpfException>(() => view.TryRemove(1, out _));
        Assert.Equal([new(1, 7)], view);
    }

    [Fact]
    public void Freeze_OpenedForReadingOnly_SaysSo()
    {
        Requires.Kernel(6, 5, "refusal of freezing by descriptors for reading");
        Fill("cold");
        using BpfMap map = BpfMap.OpenPinned(PathOf("cold"), MapAccess.ReadOnly);

        Assert.Equal("it was opened for reading only", Assert.Throws<BpfException>(map.Freeze).Advice);
    }

    [Fact]
    public void OpenPinned_WriteOnly_RefusesToRead()
    {
        Fill("write");
        using BpfMap map = BpfMap.OpenPinned(PathOf("write"), MapAccess.WriteOnly);
        BpfMap<uint, ulong> view = map.As<uint, ulong>();
        view[2] = 9;

        Assert.Equal(MapAccess.WriteOnly, map.Access);
        BpfException error = Assert.Throws<BpfException>(() => view[2]);
        Assert.Equal((Errno.EPERM, "this descriptor of the map was opened for writing only"), (error.Errno, error.Advice));
        Assert.Throws<BpfException>(() => view.Count());
        using BpfMap all = BpfMap.OpenPinned(PathOf("write"));
        Assert.Equal(9UL, all.As<uint, ulong>()[2]);
    }

    [Fact]
    public void OpenPinned_NoSuchAccess_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BpfMap.OpenPinned(PathOf("any"), (MapAccess)3));

    [Fact]
    public void Pin_OutsideBpffs_NamesTheFileSystemThatIsThere()
    {
        using BpfMap map = Make.Map(MapType.Hash);

        BpfException error = Assert.Throws<BpfException>(() => map.Pin("/sys/kernel/pinned_map"));

        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.StartsWith("/sys/kernel is in a file system of type sysfs, not bpf: ", error.Advice, StringComparison.Ordinal);
        Assert.Null(map.PinPath);
    }

    [Fact]
    public void Pin_WithoutAnyBpffs_SaysHowToMountOne()
    {
        FaultyKernel kernel = new() { Magic = 0x62656572 };
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash));

        Assert.Equal(
            "/sys/kernel is in a file system of type sysfs, not bpf: mount one (mount -t bpf bpf /sys/fs/bpf) and pin there",
            Assert.Throws<BpfException>(() => map.Pin("/sys/kernel/pinned_map")).Advice);
    }

    [Theory]
    [InlineData("a.b", "a_b")]
    [InlineData("..a", "__a")]
    public void PinAndOpen_DotInTheName_SayWhatToDo(string name, string better)
    {
        using BpfMap map = Make.Map(MapType.Hash);

        foreach (Action action in (Action[])[() => map.Pin(PathOf(name)), () => BpfMap.OpenPinned(PathOf(name))])
        {
            BpfException error = Assert.Throws<BpfException>(action);
            Assert.Equal(
                (Errno.EPERM, $"a BPF file system allows no dot in a name: call it \"{better}\""), (error.Errno, error.Advice));
        }
    }

    [Fact]
    public void Pin_PathsThatCannotBe_SaysWhy()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("taken"));

        Assert.Equal("there is something at this path", Advice("taken"));
        Assert.Equal("the directory does not exist", Advice("no/where"));
        Assert.Equal("a part of the path is no directory", Advice("taken/below"));
        Assert.Equal("a name has at most 255 bytes, a path 4095", Advice(new string('x', 256)));

        string? Advice(string name) => Assert.Throws<BpfException>(() => map.Pin(PathOf(name))).Advice;
    }

    [Fact]
    public void OpenPinned_NothingOrAPlainFile_SaysSo()
    {
        Assert.Equal("nothing is pinned there", Assert.Throws<BpfException>(() => BpfMap.OpenPinned(PathOf("nothing"))).Advice);
        Assert.StartsWith(
            "/proc/version is in a file system of type proc, not bpf: ",
            Assert.Throws<BpfException>(() => BpfMap.OpenPinned("/proc/version")).Advice,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Pin_KernelRefusesForPermissions_NamesTheCapability()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == BpfCommand.ObjectPin ? Errno.EPERM : null,
            Files = { ["/proc/thread-self/status"] = "CapEff:\t0000000000000000\n" },
        };
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash));

        Assert.StartsWith(
            "needs CAP_", Assert.Throws<BpfException>(() => map.Pin(PathOf("forbidden"))).Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicate_OutlivesItsOrigin()
    {
        BpfMap map = Make.Map(MapType.Hash);
        uint id = map.Id;
        using BpfMap copy = map.Duplicate();
        map.Dispose();

        Assert.Equal((id, "test"), (copy.Id, copy.Name));
        Assert.Throws<ObjectDisposedException>(map.Duplicate);
    }

    private string PathOf(string name) => $"{files.Root}/{name}";

    private void Fill(string name)
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.As<uint, ulong>()[1] = 7;
        map.Pin(PathOf(name));
    }
}
