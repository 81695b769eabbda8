using System.Diagnostics;
using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class BpfFileSystemTests : IDisposable
{
    private readonly BpfFileSystemFixture _files = new();

    // Some kernels have files of their own in the root: iterators that list all maps and programs.
    private readonly string _root;

    public BpfFileSystemTests()
    {
        _root = $"{_files.Root}/tests";
        Directory.CreateDirectory(_root);
    }

    [Fact]
    public void Walk_FindsEveryKindInEveryDirectory()
    {
        RunningKernel kernel = RunningKernel.Instance;
        using BpfMap map = Make.Map(MapType.ProgramArray, valueSize: 4);
        using BpfHandle program = Make.Program(kernel, ProgramType.RawTracepoint);
        using BpfHandle link = kernel.OpenRawTracepoint(program, "sys_enter", 0, out _)!;
        Directory.CreateDirectory(PathOf("b/deeper/still"));
        map.Pin(PathOf("b/map"));
        new ObjectPin(program, ObjectKind.Program, null).Pin(PathOf("b/deeper/still/program"));
        new ObjectPin(link, ObjectKind.Link, null).Pin(PathOf("a"));

        PinnedObject[] found = [.. BpfFileSystem.Walk(_root)];

        Assert.Equal(
            [
                (PathOf("a"), PinnedObjectKind.Link),
                (PathOf("b/deeper/still/program"), PinnedObjectKind.Program),
                (PathOf("b/map"), PinnedObjectKind.Map),
            ],
            found.Select(pinned => (pinned.Path, pinned.Kind)));
        Assert.All(found, pinned => Assert.Equal(Errno.None, pinned.Error));
        Assert.Equal(map.Id, found[2].Id);
        using BpfMap opened = found[2].OpenMap(MapAccess.ReadOnly);
        Assert.Equal((map.Id, MapAccess.ReadOnly), (opened.Id, opened.Access));
        found[0].OpenHandle().Dispose();
        Assert.Throws<BpfException>(() => found[1].OpenMap());
    }

    [Fact]
    public void Open_WhateverIsPinned_ReturnsIt()
    {
        RunningKernel kernel = RunningKernel.Instance;
        using BpfMap map = Make.Map(MapType.Hash);
        using BpfHandle program = Make.Program(kernel, ProgramType.RawTracepoint);
        using BpfHandle link = kernel.OpenRawTracepoint(program, "sys_enter", 0, out _)!;
        map.Pin(PathOf("map"));
        new ObjectPin(program, ObjectKind.Program, null).Pin(PathOf("program"));
        new ObjectPin(link, ObjectKind.Link, null).Pin(PathOf("link"));

        using (IPinnable opened = BpfFileSystem.Open(PathOf("map"))) Assert.Equal(map.Id, Assert.IsType<BpfMap>(opened).Id);
        using (IPinnable opened = BpfFileSystem.Open(PathOf("program")))
            Assert.Equal(ProgramType.RawTracepoint, Assert.IsType<BpfProgram>(opened).Type);
        using (IPinnable opened = BpfFileSystem.Open(PathOf("link")))
        {
            BpfLink found = Assert.IsType<BpfLink>(opened);
            Assert.Equal((LinkType.RawTracepoint, PathOf("link")), (found.Type, found.PinPath));
            Assert.Equal(found.Id, BpfFileSystem.Find(PathOf("link"))!.Id);
            Assert.Contains(BpfLink.ListInfos(found.Id!.Value - 1), info => info.Id == found.Id);
            using (BpfLink again = BpfLink.Open(found.Id!.Value)) Assert.Equal(found.Id, again.Id);
            found.MovePin(PathOf("moved"));
            Assert.True(found.Unpin());
        }

        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => BpfFileSystem.Open(PathOf("nothing"))).Errno);
        Assert.Null(BpfFileSystem.Find(PathOf("nothing")));
    }

    [Fact]
    public void Walk_NamesThatAreNoUtf8_AreFoundAndOpened()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        string path = PathOf("a\udcff\udcfe_ü");
        map.Pin(path);

        PinnedObject found = Assert.Single(BpfFileSystem.Walk(_root));

        Assert.Equal((path, map.Id, Errno.None), (found.Path, found.Id, found.Error));
        using (BpfMap opened = found.OpenMap()) Assert.Equal(map.Id, opened.Id);
        map.MovePin(PathOf("b\udc80"));
        Assert.Equal([PathOf("b\udc80")], BpfFileSystem.Walk(_root).Select(pinned => pinned.Path));
        Assert.True(map.Unpin());
        Assert.Empty(BpfFileSystem.Walk(_root));
    }

    [Fact]
    public void Walk_IsDoneWhileItIsEnumerated()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        for (int i = 0; i < 10; i++) map.Pin(PathOf($"pin{i}"));
        FaultyKernel kernel = new();
        int opened = 0;
        kernel.OnBpf = (command, _) =>
        {
            if (command == BpfCommand.ObjectGet) opened++;
            return null;
        };

        Assert.Equal(2, BpfFileSystem.Walk(_root, kernel).Take(2).Count());

        Assert.Equal(2, opened);
    }

    [Fact]
    public void Walk_SymbolicLinks_AreNotFollowed()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        Directory.CreateDirectory(PathOf("real"));
        map.Pin(PathOf("real/map"));
        Directory.CreateSymbolicLink(PathOf("real/loop"), PathOf("real"));
        File.CreateSymbolicLink(PathOf("again"), PathOf("real/map"));
        Directory.CreateSymbolicLink(PathOf("away"), "/proc");

        Assert.Equal([PathOf("real/map")], BpfFileSystem.Walk(_root).Select(pinned => pinned.Path));
        Assert.Single(BpfFileSystem.Walk(PathOf("real/loop")));
    }

    [Fact]
    public void Walk_ManyLevels_NeedsNoStack()
    {
        const int levels = 150;
        string path = PathOf(string.Join('/', Enumerable.Repeat("d", levels)));
        Directory.CreateDirectory(path);
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin($"{path}/map");

        Assert.Equal($"{path}/map", Assert.Single(BpfFileSystem.Walk(_root)).Path);
    }

    [Fact]
    public void Walk_OtherFileSystemInside_IsLeftOut()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("map"));
        Directory.CreateDirectory(PathOf("other"));
        Assert.Equal(Errno.None, RunningKernel.Instance.Mount("tmpfs", PathOf("other"), "tmpfs").Error);
        try
        {
            File.WriteAllText(PathOf("other/file"), "no object");
            Assert.Equal([PathOf("map")], BpfFileSystem.Walk(_root).Select(pinned => pinned.Path));
        }
        finally
        {
            using Process process = Process.Start("umount", PathOf("other"));
            process.WaitForExit();
        }
    }

    [Fact]
    public void Walk_EntriesThatVanishOrCannotBeOpened_AreLeftOutOrTold()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        foreach (string name in (string[])["allowed", "forbidden", "vanished"]) map.Pin(PathOf(name));
        FaultyKernel kernel = new() { OnBpf = Answer };

        Assert.Equal(
            [
                (PathOf("allowed"), PinnedObjectKind.Map, Errno.None),
                (PathOf("forbidden"), PinnedObjectKind.Unknown, Errno.EACCES),
            ],
            BpfFileSystem.Walk(_root, kernel).Select(pinned => (pinned.Path, pinned.Kind, pinned.Error)));
        Assert.Equal(0, kernel.OpenDescriptors);

        static unsafe Errno? Answer(BpfCommand command, nint attr)
        {
            if (command != BpfCommand.ObjectGet) return null;
            string path = System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)((ObjectPathAttr*)attr)->Path)!;
            return path.EndsWith("forbidden", StringComparison.Ordinal) ? Errno.EACCES
                : path.EndsWith("vanished", StringComparison.Ordinal) ? Errno.ENOENT : null;
        }
    }

    [Fact]
    public void Walk_AnyCallFails_LeavesNoDescriptor()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        Directory.CreateDirectory(PathOf("inside"));
        map.Pin(PathOf("inside/map"));
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = Errno.EACCES };
            Exception? error = Record.Exception(() => BpfFileSystem.Walk(_root, kernel));

            Assert.True(error is null or BpfException);
            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }
    }

    [Fact]
    public void Walk_NoBpffsOrNothing_SaysSo()
    {
        Assert.StartsWith(
            "List what is pinned below /proc: /proc is in a file system of type proc, not bpf: ",
            Assert.Throws<BpfException>(() => BpfFileSystem.Walk("/proc")).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "there is no such directory", Assert.Throws<BpfException>(() => BpfFileSystem.Walk(PathOf("nothing"))).Advice);
        Assert.Equal("/sys/fs/bpf", BpfFileSystem.DefaultPath);
    }

    public void Dispose() => _files.Dispose();

    private string PathOf(string name) => $"{_root}/{name}";
}
