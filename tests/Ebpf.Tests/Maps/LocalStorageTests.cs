using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class LocalStorageTests
{
    private static readonly Note Five = new() { Count = 5, Writer = 1 };

    [Fact]
    public void SkStorage_KeepsAValueWithASocket()
    {
        using LoadedMaps maps = new("map_objects", [], "socket_notes");
        using TcpPair pair = new();
        BpfSkStorage<Note> notes = maps["socket_notes"].AsSkStorage<Note>();

        Assert.False(notes.TryGetValue(pair.Client, out _));
        Assert.True(notes.TryAdd(pair.Client, Five));
        Assert.False(notes.TryAdd(pair.Client, default));
        Assert.True(notes.TryGetValue(pair.Client, out Note note));
        Assert.Equal(Five, note);
        Assert.False(notes.TryGetValue(pair.Server, out note));
        Assert.Equal(default, note);
        notes.Update(pair.Client, default, MapUpdateFlags.Exist);
        Assert.Equal(
            Errno.ENOENT,
            Assert.Throws<BpfException>(() => notes.Update(pair.Server, Five, MapUpdateFlags.Exist)).Errno);
        Assert.True(notes.Remove(pair.Client));
        Assert.False(notes.Remove(pair.Client));
    }

    [Fact]
    public void SkStorage_IsSharedWithPrograms()
    {
        using LoadedMaps maps = new("map_objects", ["note_socket"]);
        BpfSkStorage<Note> notes = maps["socket_notes"].AsSkStorage<Note>();
        using Socket noted = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using BpfHandle root = CgroupFixture.Open(CgroupFixture.Root);
        using IDisposable attached = maps.Attach("note_socket", root, flags: 2);
        notes.Update(noted, Five);

        for (int i = 0; i < 3; i++) noted.SendTo([1], new IPEndPoint(IPAddress.Loopback, 9));

        Assert.True(notes.TryGetValue(noted, out Note note));
        Assert.Equal(8UL, note.Count);
    }

    [Fact]
    public void TaskStorage_IsSharedWithPrograms()
    {
        Requires.Map(MapType.TaskStorage);
        Requires.Kernel(5, 12, "storage of tasks in programs of tracing");
        using LoadedMaps maps = new("map_objects", ["note_task"]);
        BpfTaskStorage<Note> notes = maps["task_notes"].AsTaskStorage<Note>();

        // The program runs on behalf of this thread, which is the first of no process.
        Assert.Equal(0, maps.Run("note_task"));
        int thread = ThisThread();
        Assert.SkipWhen(
            thread != Environment.ProcessId && KernelIsBefore(6, 9), "single threads since Linux 6.9; older kernels open processes");

        Assert.True(notes.TryGetValue(thread, out Note note));
        Assert.Equal((1UL, (uint)thread), (note.Count, note.Writer));
        notes.Update(thread, Five);
        Assert.Equal(0, maps.Run("note_task"));
        Assert.True(notes.TryGetValue(thread, out note));
        Assert.Equal(6UL, note.Count);
        Assert.True(notes.Remove(thread));
        Assert.False(notes.TryGetValue(thread, out _));
    }

    [Fact]
    public void TaskStorage_KeepsAValueWithAProcess()
    {
        Requires.Map(MapType.TaskStorage);
        using LoadedMaps maps = new("map_objects", [], "task_notes");
        BpfTaskStorage<Note> notes = maps["task_notes"].AsTaskStorage<Note>();
        using Process child = Process.Start("sleep", "60");
        try
        {
            using BpfHandle task = OpenTask(child.Id);
            Assert.True(notes.TryAdd(child.Id, Five));
            Assert.False(notes.TryAdd(task, Five));
            Assert.True(notes.TryGetValue(task, out Note note));
            Assert.Equal(Five, note);
            notes.Update(task, default);
            Assert.True(notes.TryGetValue(child.Id, out note));
            Assert.Equal(default, note);
            Assert.True(notes.Remove(task));
            Assert.False(notes.Remove(child.Id));
        }
        finally
        {
            child.Kill();
        }

        Assert.Equal(
            "Open task 999999999: ESRCH: there is no such process or thread",
            Assert.Throws<BpfException>(() => notes.TryGetValue(999_999_999, out _)).Message);
    }

    [Fact]
    public void InodeStorage_KeepsAValueWithAFile()
    {
        using LoadedMaps maps = Load(MapType.InodeStorage, "inode_notes");
        BpfInodeStorage<Note> notes = maps["inode_notes"].AsInodeStorage<Note>();
        string path = Path.GetTempFileName();
        try
        {
            using FileStream file = File.OpenRead(path);
            Assert.True(notes.TryAdd(path, Five));
            Assert.False(notes.TryAdd(file.SafeFileHandle, Five));
            Assert.True(notes.TryGetValue(file.SafeFileHandle, out Note note));
            Assert.Equal(Five, note);
            notes.Update(file.SafeFileHandle, default);
            notes.Update(path, Five);
            Assert.True(notes.TryGetValue(path, out note));
            Assert.Equal(Five, note);
            Assert.False(notes.TryGetValue("/", out _));
            Assert.True(notes.Remove(file.SafeFileHandle));
            Assert.False(notes.Remove(path));
        }
        finally
        {
            File.Delete(path);
        }

        Assert.StartsWith("Open /no/such/file: ENOENT", Assert.Throws<BpfException>(() => notes.Remove("/no/such/file")).Message);
    }

    [Fact]
    public void InodeStorage_IsSharedWithPrograms()
    {
        using LoadedMaps? maps = TryLoadForLsm();
        Assert.SkipWhen(maps is null, "The kernel is locked down, and refuses programs for LSM");
        BpfInodeStorage<Note> notes = maps["inode_notes"].AsInodeStorage<Note>();
        string path = Path.GetTempFileName();
        try
        {
            using BpfLink link = maps.Program("note_file").Attach();
            notes.Update(path, Five);
            for (int i = 0; i < 3; i++) File.ReadAllBytes(path);
            Assert.True(notes.TryGetValue(path, out Note note));
            Assert.Equal(8UL, note.Count);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void CgrpStorage_IsSharedWithPrograms()
    {
        Requires.Map(MapType.CgrpStorage);
        using LoadedMaps maps = new("map_objects", ["note_cgroup"]);
        BpfCgrpStorage<Note> notes = maps["cgroup_notes"].AsCgrpStorage<Note>();
        string own = File.ReadLines("/proc/self/cgroup").First(line => line.StartsWith("0::", StringComparison.Ordinal));
        own = CgroupFixture.Root + own[3..];

        Assert.Equal(0, maps.Run("note_cgroup"));

        Assert.True(notes.TryGetValue(own, out Note note));
        Assert.Equal((1UL, (uint)ThisThread()), (note.Count, note.Writer));
        using BpfHandle cgroup = CgroupFixture.Open(own);
        notes.Update(cgroup, Five);
        Assert.Equal(0, maps.Run("note_cgroup"));
        Assert.True(notes.TryGetValue(cgroup, out note));
        Assert.Equal(6UL, note.Count);
        Assert.False(notes.TryAdd(own, Five));
        Assert.True(notes.Remove(own));
        Assert.True(notes.TryAdd(cgroup, Five));
        Assert.True(notes.Remove(cgroup));
        Assert.Contains(
            "the descriptor is of nothing with which this map keeps values",
            Assert.Throws<BpfException>(() => notes.Remove("/")).Message);
    }

    [Fact]
    public void CgroupStorage_OfTheOldKind_HasKeys()
    {
        using LoadedMaps maps = new("map_objects", ["note_packet"]);
        using CgroupFixture cgroup = new();
        using BpfHandle directory = CgroupFixture.Open(cgroup.Path);
        using IDisposable attached = maps.Attach("note_packet", directory);
        CgroupStorageKey key = new(cgroup.Id, AttachType.CgroupInetEgress);
        BpfMap<CgroupStorageKey, ulong> all = maps["old_notes"].As<CgroupStorageKey, ulong>();
        BpfPerCpuMap<CgroupStorageKey, ulong> perCpu = maps["old_cpu_notes"].AsPerCpu<CgroupStorageKey, ulong>();

        all[key] = 7;
        perCpu.Update(in key, [.. Enumerable.Repeat(3UL, perCpu.CpuCount)]);

        Assert.Equal([KeyValuePair.Create(key, 7UL)], all);
        Assert.Equal(3UL * (ulong)perCpu.CpuCount, perCpu.Sum(in key));
        Assert.Equal((1, 1), (all.Count(), perCpu.Count()));
        Assert.False(all.ContainsKey(key with { AttachType = AttachType.CgroupInetIngress }));
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using LoadedMaps maps = new("map_objects", [], "socket_notes");
        using TcpPair pair = new();
        BpfSkStorage<Note> notes = maps["socket_notes"].AsSkStorage<Note>();

        Allocations.AssertNone(() =>
        {
            notes.Update(pair.Client, Five);
            notes.TryAdd(pair.Client, Five);
            notes.TryGetValue(pair.Client, out _);
            notes.Remove(pair.Client);
        });
    }

    [Fact]
    public void InodeAndCgroupAndTaskOperations_AllocateNothing()
    {
        using LoadedMaps inodes = Load(MapType.InodeStorage, "inode_notes");
        using LoadedMaps tasks = Load(MapType.TaskStorage, "task_notes");
        using LoadedMaps cgroups = Load(MapType.CgrpStorage, "cgroup_notes");
        BpfInodeStorage<Note> files = inodes["inode_notes"].AsInodeStorage<Note>();
        BpfTaskStorage<Note> processes = tasks["task_notes"].AsTaskStorage<Note>();
        BpfCgrpStorage<Note> groups = cgroups["cgroup_notes"].AsCgrpStorage<Note>();
        using BpfHandle directory = CgroupFixture.Open(CgroupFixture.Root), task = OpenTask(Environment.ProcessId);

        Allocations.AssertNone(() =>
        {
            files.Update("/", Five);
            files.TryAdd(directory, Five);
            files.TryGetValue("/", out _);
            files.Remove("/");
            processes.Update(Environment.ProcessId, Five);
            processes.TryAdd(task, Five);
            processes.TryGetValue(task, out _);
            processes.Remove(Environment.ProcessId);
            groups.Update(CgroupFixture.Root, Five);
            groups.TryAdd(directory, Five);
            groups.TryGetValue(directory, out _);
            groups.Remove(CgroupFixture.Root);
        });
    }

    [Fact]
    public void Failures_LeaveNothingOpen()
    {
        using LoadedMaps inodes = Load(MapType.InodeStorage, "inode_notes");
        FaultyKernel kernel = new();
        using BpfMap map = BpfMap.Open(inodes["inode_notes"].Id, kernel: kernel);
        int open = kernel.OpenDescriptors;
        kernel.OnBpf = (_, _) => Errno.EPERM;
        BpfInodeStorage<Note> notes = new(map);

        Assert.Throws<BpfException>(() => notes.Update("/", Five));
        Assert.Throws<BpfException>(() => notes.TryGetValue("/", out _));
        Assert.Throws<BpfException>(() => notes.Remove("/"));

        Assert.Equal(open, kernel.OpenDescriptors);
    }

    private static LoadedMaps Load(MapType type, string map)
    {
        Requires.Map(type);
        return new LoadedMaps("map_objects", [], map);
    }

    private static LoadedMaps? TryLoadForLsm()
    {
        try
        {
            return new LoadedMaps("map_objects", ["note_file"]);
        }
        catch (BpfException error) when (error.Errno == Errno.EPERM)
        {
            return null;
        }
    }

    private static BpfHandle OpenTask(int id)
    {
        RunningKernel kernel = RunningKernel.Instance;
        return BpfHandle.Take(kernel, kernel.OpenTask(id, thread: false), out _)!;
    }

    private static int ThisThread()
    {
        string line = File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith("Pid:", StringComparison.Ordinal));
        return int.Parse(line[4..], CultureInfo.InvariantCulture);
    }

    private static bool KernelIsBefore(int major, int minor) =>
        Ebpf.Kernel.KernelFacts.Of(RunningKernel.Instance).Version < new Version(major, minor);

    private record struct Note
    {
        public ulong Count;
        public uint Writer, Reserved;
    }
}
