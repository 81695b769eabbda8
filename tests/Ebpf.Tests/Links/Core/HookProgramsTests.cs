using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Core;

public sealed class HookProgramsTests : IDisposable
{
    private readonly KindsOfLinks _links = new();

    public void Dispose() => _links.Dispose();

    [Fact]
    public void OfCgroup_ListsItsOwnAndThoseInEffect()
    {
        using CgroupFixture cgroup = new();
        string below = Path.Combine(cgroup.Path, "below");
        Directory.CreateDirectory(below);
        try
        {
            using BpfLink link = _links.Cgroup(cgroup.Path);
            uint program = link.GetInfo().ProgramId!.Value;

            HookPrograms own = HookPrograms.OfCgroup(cgroup.Path, AttachType.CgroupInetEgress);
            Assert.Equal([program], own.Programs.Select(each => each.ProgramId));
            Assert.Equal(2u, own.Flags);
            Assert.Equal(2u, own.Programs[0].Flags);
            Assert.Null(own.Programs[0].LinkId);
            Assert.Empty(HookPrograms.OfCgroup(below, AttachType.CgroupInetEgress).Programs);
            HookPrograms effective = HookPrograms.OfCgroup(below, AttachType.CgroupInetEgress, effective: true);
            Assert.Equal(program, effective.Programs[^1].ProgramId);
            Assert.Equal((null, null), (effective.Flags, effective.Programs[^1].Flags));
        }
        finally
        {
            Directory.Delete(below);
        }
    }

    [Fact]
    public void OfNetworkNamespace_ListsInTheOrderOfAttaching()
    {
        BpfLink first = _links.Netns(), second = _links.Netns();

        List<uint> programs = [.. HookPrograms.OfNetworkNamespace(null, AttachType.SkLookup).Programs.Select(each => each.ProgramId)];

        Assert.True(programs.IndexOf(first.GetInfo().ProgramId!.Value) < programs.IndexOf(second.GetInfo().ProgramId!.Value));
        Assert.Equal(
            programs, HookPrograms.OfNetworkNamespace("/proc/self/ns/net", AttachType.SkLookup).Programs.Select(each => each.ProgramId));
    }

    [Fact]
    public void OfInterface_ListThatGrows_IsAskedForAgain()
    {
        Requires.Kernel(6, 6, "tcx");
        using VirtualInterfaces interfaces = new();
        using KindsOfLinks more = new();
        more.Tcx(interfaces.Index);
        int asked = 0;
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) =>
            {
                // After the count is told, more programs come.
                if (command == BpfCommand.ProgramQuery && ++asked == 2)
                {
                    for (int i = 0; i < 5; i++) more.Tcx(interfaces.Index);
                }

                return null;
            },
        };

        HookPrograms listed = HookPrograms.OfInterface(interfaces.Index, AttachType.TcxIngress, kernel);

        Assert.Equal((6, 3), (listed.Programs.Count, asked));
        Assert.DoesNotContain(listed.Programs, program => program.ProgramId == 0 || program.LinkId is null or 0);
    }

    [Fact]
    public void OfInterface_ListThatGrowsWithoutEnd_EndsWithAnError()
    {
        Requires.Kernel(6, 6, "tcx");
        using VirtualInterfaces interfaces = new();
        _links.Tcx(interfaces.Index);
        int asked = 0;
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == BpfCommand.ProgramQuery && ++asked > 1 ? Errno.ENOSPC : null,
        };

        BpfException error = Assert.Throws<BpfException>(() => HookPrograms.OfInterface(interfaces.Index, AttachType.TcxIngress, kernel));

        Assert.Equal(Errno.ENOSPC, error.Errno);
        Assert.InRange(asked, 3, 100);
    }

    [Fact]
    public void OfSockMap_TellsWhetherThereIsAProgram()
    {
        Requires.Kernel(5, 16, "queries of socket maps");
        using BpfMap map = BpfMap.Create(new MapSpec { Name = "sockets", Type = MapType.SockMap, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        using BpfMap other = BpfMap.Create(new MapSpec { Name = "some", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 1 });

        Assert.Empty(HookPrograms.OfSockMap(map, AttachType.SkMsgVerdict).Programs);
        Assert.Throws<ArgumentException>(() => HookPrograms.OfSockMap(other, AttachType.SkMsgVerdict));
    }

    [Fact]
    public void Of_BadTargets_SayWhatIsWrong()
    {
        Assert.Equal(
            "List programs of interface nowhere0, TcxIngress: ENODEV: there is no interface of this name in this network namespace",
            Assert.Throws<BpfException>(() => HookPrograms.OfInterface("nowhere0", AttachType.TcxIngress)).Message);
        Assert.Throws<ArgumentException>(() => HookPrograms.OfInterface("lo", AttachType.Xdp));
        Assert.Contains(
            "there is nothing at this path",
            Assert.Throws<BpfException>(() => HookPrograms.OfCgroup("/nowhere", AttachType.CgroupInetEgress)).Message);
        Assert.Contains(
            "it is no directory of a cgroup2 file system",
            Assert.Throws<BpfException>(() => HookPrograms.OfCgroup("/tmp", AttachType.CgroupInetEgress)).Message);
    }

    [Fact]
    public void OfCgroup_EveryCallFails_LeavesNothing()
    {
        using CgroupFixture cgroup = new();
        using BpfLink link = _links.Cgroup(cgroup.Path);
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = Errno.EIO };
            try
            {
                HookPrograms.OfCgroup(cgroup.Path, AttachType.CgroupInetEgress, kernel: kernel);
                Assert.Equal(4, call);
                return;
            }
            catch (BpfException error)
            {
                Assert.Equal(Errno.EIO, error.Errno);
                Assert.Equal(0, kernel.OpenDescriptors);
            }
        }
    }
}
