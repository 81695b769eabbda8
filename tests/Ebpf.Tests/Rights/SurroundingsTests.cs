using System.Globalization;
using Ebpf.TestData;

namespace Ebpf.Tests.Rights;

/// <summary>Processes that lack what a process usually has, but no right.</summary>
public sealed class SurroundingsTests
{
    private const string Counted = "returned 2, counted 1, types True";

    [Fact]
    public void Use_NoThreadOfThePoolIsFree_NeedsNone()
    {
        using Child child = Child.Start(["env"], ["pool", TestObject.Path("counter"), TestObject.Path("tracing")]);

        Assert.Equal(
            $"0 threads of the pool are free\nloaded 6 programs, ran one 10 times\n{Counted}\nattached RawTracepoint\nenumerated 1000 elements",
            child.Finish());
    }

    [Fact]
    public void Use_WithoutProc_DoesWhatDoesNotNeedIt()
    {
        using Child child = Child.Start(["env"], ["proc", TestObject.Path("counter")]);

        Assert.Equal(
            $"loaded 6 programs, ran one 10 times\n{Counted}\nfeatures Supported, Supported, Supported\nenumerated 1000 elements",
            child.Finish());
    }

    [Fact]
    public void Use_WithoutBpfFileSystem_PinsNothing_AndSaysHowToMountIt()
    {
        using Child child = Child.Start(["env"], ["bpffs", TestObject.Path("counter")]);

        Assert.Equal(
            $"{Counted}\nPin map \"pinned\" at /sys/fs/bpf/pinned: ENOENT: no BPF file system is mounted at /sys/fs/bpf: mount -t bpf bpf /sys/fs/bpf",
            child.Finish());
    }

    [Fact]
    public void Load_CgroupHasNoRoomForAThread_IsDoneByTheCaller()
    {
        string? hierarchy = File.ReadLines("/proc/mounts").Select(line => line.Split(' '))
            .FirstOrDefault(words => words[2] == "cgroup" && words[3].Split(',').Contains("pids"))?[1];
        Assert.SkipWhen(hierarchy is null, "there is no hierarchy of cgroups (version 1) that counts processes");
        string cgroup = Path.Combine(hierarchy, string.Create(CultureInfo.InvariantCulture, $"xt{Environment.ProcessId}pids"));
        Directory.CreateDirectory(cgroup);
        try
        {
            // The limit is what the child has when it has said that it is ready.
            using Child child = Child.Start(["env"], ["waiting"]);
            File.WriteAllText(Path.Combine(cgroup, "cgroup.procs"), child.Id.ToString(CultureInfo.InvariantCulture));
            child.ReadLine();
            File.WriteAllText(Path.Combine(cgroup, "pids.max"), File.ReadAllText(Path.Combine(cgroup, "pids.current")));
            child.WriteLine();

            Assert.Equal("no thread can be started\nloaded 6 programs, ran one 10 times", child.Finish());
        }
        finally
        {
            Directory.Delete(cgroup);
        }
    }
}
