using Ebpf.Linux;

namespace Ebpf.Tests.Maps;

public sealed class CgroupAndEventArrayTests
{
    [Fact]
    public void CgroupArray_TellsProgramsWhoBelongsWhere()
    {
        using LoadedMaps maps = new("map_objects", ["in_cgroup"]);
        using CgroupFixture empty = new();
        BpfCgroupArray cgroups = maps["cgroups"].AsCgroupArray();

        Assert.Equal(-(int)Errno.EAGAIN, maps.Run("in_cgroup", "slot", 1u));
        cgroups.Update(1, CgroupFixture.Root);
        Assert.Equal(1, maps.Run("in_cgroup"));
        cgroups.Update(1, empty.Path);
        Assert.Equal(0, maps.Run("in_cgroup"));
        using (BpfHandle root = CgroupFixture.Open(CgroupFixture.Root)) cgroups.Update(1, root);
        Assert.Equal(1, maps.Run("in_cgroup"));

        Assert.True(cgroups.Remove(1));
        Assert.False(cgroups.Remove(1));
        cgroups.Update(0, empty.Path);
        cgroups.Clear();
        Assert.False(cgroups.Remove(0));
    }

    [Fact]
    public void CgroupArray_Mistakes_AreNamed()
    {
        using LoadedMaps maps = new("map_objects", [], "cgroups");
        BpfCgroupArray cgroups = maps["cgroups"].AsCgroupArray();

        Assert.Equal(
            "Set a cgroup in map \"cgroups\": EBADF: / is no cgroup of version 2",
            Assert.Throws<BpfException>(() => cgroups.Update(0, "/")).Message);
        Assert.StartsWith(
            "Open /no/such/place: ENOENT", Assert.Throws<BpfException>(() => cgroups.Update(0, "/no/such/place")).Message);
        Assert.StartsWith(
            "Open /proc/version: ENOTDIR", Assert.Throws<BpfException>(() => cgroups.Update(0, "/proc/version")).Message);
        Assert.Contains(
            "the index is not below 2",
            Assert.Throws<BpfException>(() => cgroups.Update(2, CgroupFixture.Root)).Message);
    }

    [Fact]
    public void PerfEventArray_TakesWhatProgramsWriteTo()
    {
        using LoadedMaps maps = new("map_objects", ["send_event"]);
        BpfPerfEventArray events = maps["events"].AsPerfEventArray();
        using BpfHandle perfEvent = OutputEvent();

        Assert.Equal(-(int)Errno.ENOENT, maps.Run("send_event", "slot", 0u));
        events.Update(0, perfEvent);

        // Found; but nobody has mapped a buffer for it (ENOSPC), or the program runs on another CPU (EOPNOTSUPP).
        Assert.Contains(maps.Run("send_event"), (int[])[-(int)Errno.ENOSPC, -(int)Errno.EOPNOTSUPP]);
        Assert.True(events.Remove(0));
        Assert.False(events.Remove(0));
        Assert.Equal(-(int)Errno.ENOENT, maps.Run("send_event"));
        events.Update(0, perfEvent);
        events.Clear();
        Assert.Equal(-(int)Errno.ENOENT, maps.Run("send_event"));
    }

    [Fact]
    public void PerfEventArray_OtherDescriptor_IsNamed()
    {
        using LoadedMaps maps = new("map_objects", [], "events");

        BpfException error = Assert.Throws<BpfException>(
            () => maps["events"].AsPerfEventArray().Update(0, maps["events"].Handle));

        Assert.Equal("Set a perf event in map \"events\": EBADF: the descriptor is no perf event", error.Message);
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using LoadedMaps maps = new("map_objects", [], "events", "cgroups");
        BpfPerfEventArray events = maps["events"].AsPerfEventArray();
        BpfCgroupArray cgroups = maps["cgroups"].AsCgroupArray();
        using BpfHandle perfEvent = OutputEvent(), cgroup = CgroupFixture.Open(CgroupFixture.Root);

        Allocations.AssertNone(() =>
        {
            events.Update(0, perfEvent);
            events.Remove(0);
            cgroups.Update(0, CgroupFixture.Root);
            cgroups.Update(0, cgroup);
            cgroups.Remove(0);
        });
    }

    private static BpfHandle OutputEvent()
    {
        const uint software = 1, output = 10;
        const int everyProcess = -1, cpu = 0, noGroup = -1;
        RunningKernel kernel = RunningKernel.Instance;
        PerfEventAttr attr = new() { Type = software, Config = output };
        BpfHandle? handle = BpfHandle.Take(kernel, kernel.PerfEventOpen(ref attr, everyProcess, cpu, noGroup, 0), out Errno error);
        Assert.Equal(Errno.None, error);
        return handle!;
    }
}
