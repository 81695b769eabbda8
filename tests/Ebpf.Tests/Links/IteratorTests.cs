using System.Globalization;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Links;

public sealed class IteratorTests
{
    [Fact]
    public void AttachIterator_Tasks_AreReadAsText()
    {
        using Hooks hooks = Hooks.Of("iterators", "tasks_as_text");
        using BpfLink link = hooks["tasks_as_text"].AttachIterator();

        using StreamReader reader = new(link.OpenIterator());
        string[] lines = reader.ReadToEnd().Split('\n');

        Assert.Equal(LinkType.Iter, link.Type);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.ProcessId}"), lines);
        Assert.Equal("end", lines[^2]);
    }

    [Fact]
    public void Attach_SectionOfAnIterator_AttachesIt()
    {
        using Hooks hooks = Hooks.Of("iterators", "tasks");

        using BpfLink link = hooks["tasks"].Attach();

        Assert.Contains(link.ReadRecords<Task>(), task => task.Thread == Environment.ProcessId);
    }

    [Fact]
    public void ReadRecords_Enumerated_AreSeenInPlaceAndAnew()
    {
        using Hooks hooks = Hooks.Of("iterators", "elements");
        Fill(hooks.Map("numbers"), 20_000);
        using BpfLink link = hooks["elements"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));
        BpfIteratorRecords<Number> records = link.ReadRecords<Number>();

        for (int walk = 0; walk < 2; walk++)
        {
            HashSet<uint> seen = [];
            foreach (ref readonly Number number in records)
            {
                Assert.Equal(number.Key * 10ul, number.Value);
                seen.Add(number.Key);
            }

            Assert.Equal(20_000, seen.Count);
        }

        Assert.Equal(20_000, records.Select(static number => number.Key).Distinct().Count());
    }

    [Fact]
    public void ReadRecords_LargerThanTheKernelsPieces_AreWhole()
    {
        using Hooks hooks = Hooks.Of("iterators", "values");
        Fill(hooks.Map("numbers"), 20_000);
        using BpfLink link = hooks["values"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));

        // 24 bytes do not divide the 32 KiB that the kernel gives at once; 20,000 values of 8 bytes are no multiple of 24.
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => link.ReadRecords<Three>().Count());
        Assert.Contains("16 bytes are left at its end, and a Ebpf.Tests.Links.IteratorTests+Three has 24", error.Message);
        hooks.Map("numbers").Remove(BitConverter.GetBytes(0u));
        hooks.Map("numbers").Remove(BitConverter.GetBytes(1u));
        Assert.Equal(6666, link.ReadRecords<Three>().Count());
    }

    [Fact]
    public void OpenIterator_Stream_IsReadOnceInPieces()
    {
        using Hooks hooks = Hooks.Of("iterators", "elements");
        Fill(hooks.Map("numbers"), 3);
        using BpfLink link = hooks["elements"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));

        using BpfIteratorStream stream = link.OpenIterator();
        byte[] buffer = new byte[5];
        int total = 0;
        while (stream.Read(buffer, 0, buffer.Length) is > 0 and int read) total += read;

        Assert.Equal(48, total);
        Assert.Equal(0, stream.Read(buffer));
        Assert.Equal((true, false, false), (stream.CanRead, stream.CanSeek, stream.CanWrite));
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        stream.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stream.Read(buffer));
    }

    [Fact]
    public async System.Threading.Tasks.Task ReadAsync_Stream_ReadsAtOnce()
    {
        using Hooks hooks = Hooks.Of("iterators", "elements");
        Fill(hooks.Map("numbers"), 3);
        using BpfLink link = hooks["elements"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));
        await using BpfIteratorStream stream = link.OpenIterator();

        ValueTask<int> read = stream.ReadAsync(new byte[100], TestContext.Current.CancellationToken);

        Assert.True(read.IsCompletedSuccessfully);
        Assert.Equal(48, await read);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => stream.ReadAsync(new byte[100], new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public void Read_ProgramAsksForTheSameObjectAgain_IsTriedAgain()
    {
        using Hooks hooks = Hooks.Of("iterators", "unruly");
        Fill(hooks.Map("numbers"), 3);
        hooks.Set("ask_again", 5u);
        using BpfLink link = hooks["unruly"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));

        ulong[] values = [.. link.ReadRecords<ulong>()];

        Assert.Equal([0ul, 10ul, 20ul], values.Order());
        Assert.Equal(0u, hooks.Get<uint>("ask_again"));
    }

    [Fact]
    public void Read_KernelAsksToTryAgainForEver_EndsInAnError()
    {
        using Hooks hooks = Hooks.Of("iterators", "unruly");
        Fill(hooks.Map("numbers"), 1);
        hooks.Set("ask_again", uint.MaxValue);
        using BpfLink link = hooks["unruly"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));

        BpfException error = Assert.Throws<BpfException>(() => link.ReadRecords<ulong>().Count());

        Assert.Equal((Errno.EAGAIN, "the program asks for the same object again and again (it returns 1)"), (error.Errno, error.Advice));
    }

    [Fact]
    public void Read_ObjectOfMoreThanTheKernelsBuffer_SaysSo()
    {
        using Hooks hooks = Hooks.Of("iterators", "unruly");
        Fill(hooks.Map("numbers"), 1);
        hooks.Set("fill", 40_000u);
        using BpfLink link = hooks["unruly"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));

        BpfException error = Assert.Throws<BpfException>(() => link.ReadRecords<ulong>().Count());

        Assert.Equal(Errno.E2BIG, error.Errno);
        Assert.StartsWith("the program wrote more for one object than the kernel's buffer holds (32 KiB)", error.Advice);
    }

    [Fact]
    public void OpenPinned_Iterator_IsReadLikeAFile()
    {
        using BpfFileSystemFixture pins = new();
        string pin = $"{pins.Root}/numbers";
        using Hooks hooks = Hooks.Of("iterators", "elements", "values");
        Fill(hooks.Map("numbers"), 7);
        using (BpfLink link = hooks["elements"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")))) link.Pin(pin);

        using BpfIteratorStream stream = BpfIteratorStream.OpenPinned(pin);
        using BpfLink again = BpfLink.OpenPinned(pin);

        Assert.Equal(7, stream.ReadRecords<Number>().Count());
        Assert.Equal(7, again.ReadRecords<Number>().Count());
        Assert.Equal(7 * 16, File.ReadAllBytes(pin).Length);
        Assert.Equal("nothing is pinned there", Assert.Throws<BpfException>(() => BpfIteratorStream.OpenPinned($"{pins.Root}/nothing")).Advice);
        hooks["values"].Pin($"{pins.Root}/program");
        Assert.Equal(
            "what is pinned there is no iterator",
            Assert.Throws<BpfException>(() => BpfIteratorStream.OpenPinned($"{pins.Root}/program")).Advice);
    }

    [Fact]
    public void Update_OpenStream_KeepsTheProgramWithWhichItWasOpened()
    {
        using Hooks hooks = Hooks.Of("iterators", "elements", "values");
        Fill(hooks.Map("numbers"), 4);
        using BpfLink link = hooks["elements"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));
        using BpfIteratorStream before = link.OpenIterator();

        link.Update(hooks["values"], expected: hooks["elements"]);
        using BpfIteratorStream after = link.OpenIterator();
        link.Dispose();

        Assert.Equal(4, before.ReadRecords<Number>().Count());
        Assert.Equal([0ul, 10ul, 20ul, 30ul], after.ReadRecords<ulong>().Order());
    }

    [Fact]
    public void AttachIterator_Cgroups_InTheOrderAskedFor()
    {
        Requires.Kernel(6, 1, "iterators over a part of the cgroups");
        using Hooks hooks = Hooks.Of("iterators", "cgroups");
        using CgroupFixture above = new();
        string child = $"{above.Path}/child";
        Directory.CreateDirectory(child);
        try
        {
            ulong own = above.Id, below = CgroupFixture.IdOf(child), root = CgroupFixture.IdOf(CgroupFixture.Root);
            using BpfHandle directory = CgroupFixture.Open(child);

            Assert.Equal([own, below], Walk(IteratorScope.Cgroup(above.Path)));
            Assert.Equal([below, own], Walk(IteratorScope.Cgroup(above.Path, CgroupIterationOrder.DescendantsPost)));
            Assert.Equal([own], Walk(IteratorScope.Cgroup(own, CgroupIterationOrder.SelfOnly)));
            Assert.Equal([below, own, root], Walk(IteratorScope.Cgroup(directory, CgroupIterationOrder.AncestorsUp)));
            Assert.Contains(below, Walk(null));
            if (KernelFeatures.Running.KernelVersion >= new Version(7, 2))
                Assert.Equal([below], Walk(IteratorScope.Cgroup(above.Path, CgroupIterationOrder.Children)));
            Assert.Equal(root, Walk(IteratorScope.AllCgroups())[0]);
        }
        finally
        {
            Directory.Delete(child);
        }

        ulong[] Walk(IteratorScope? scope)
        {
            using BpfLink link = hooks["cgroups"].AttachIterator(scope);
            return [.. link.ReadRecords<ulong>()];
        }
    }

    [Fact]
    public void AttachIterator_OneProcess_SeesItsThreadsAlone()
    {
        Requires.Kernel(6, 1, "iterators over one process");
        using Hooks hooks = Hooks.Of("iterators", "tasks", "areas");
        RunningKernel kernel = RunningKernel.Instance;
        using BpfHandle process = BpfHandle.Take(kernel, kernel.OpenTask(Environment.ProcessId, thread: false), out _)!;

        foreach (IteratorScope scope in (IteratorScope[])[IteratorScope.Process(Environment.ProcessId), IteratorScope.Process(process)])
        {
            using BpfLink tasks = hooks["tasks"].AttachIterator(scope);
            int[] threads = [.. tasks.ReadRecords<Task>().Where(task => task.Process == Environment.ProcessId).Select(task => task.Thread)];
            Assert.All(tasks.ReadRecords<Task>(), task => Assert.Equal(Environment.ProcessId, task.Process));
            Assert.True(threads.Length > 1);
        }

        using BpfLink one = hooks["tasks"].AttachIterator(IteratorScope.Thread(Environment.ProcessId));
        Assert.Equal([new Task(Environment.ProcessId, Environment.ProcessId)], one.ReadRecords<Task>());
        using BpfLink areas = hooks["areas"].Attach(AttachPoint.Iteration(IteratorScope.Process(Environment.ProcessId)));
        Area[] seen = [.. areas.ReadRecords<Area>()];
        Assert.All(seen, area => Assert.Equal(Environment.ProcessId, area.Process));
        Assert.Contains(seen, area => area.Start < area.End);
    }

    [Fact]
    public void AttachIterator_NoSuchProcess_ReadsNothing()
    {
        Requires.Kernel(6, 1, "iterators over one process");
        using Hooks hooks = Hooks.Of("iterators", "tasks");
        using BpfHandle directory = CgroupFixture.Open("/tmp");

        using BpfLink link = hooks["tasks"].AttachIterator(IteratorScope.Process(int.MaxValue));
        BpfException error = Assert.Throws<BpfException>(() => hooks["tasks"].AttachIterator(IteratorScope.Process(directory)));

        Assert.Empty(link.ReadRecords<Task>());
        Assert.Equal((Errno.EBADF, "the descriptor is of no process (pidfd_open)"), (error.Errno, error.Advice));
    }

    [Fact]
    public void AttachIterator_NoSuchCgroup_SaysSo()
    {
        Requires.Kernel(6, 1, "iterators over a part of the cgroups");
        using Hooks hooks = Hooks.Of("iterators", "cgroups");

        Assert.Equal(
            "there is no such directory",
            Assert.Throws<BpfException>(() => hooks["cgroups"].AttachIterator(IteratorScope.Cgroup("/no/such"))).Advice);
        Assert.Equal(
            "it is no cgroup",
            Assert.Throws<BpfException>(() => hooks["cgroups"].AttachIterator(IteratorScope.Cgroup("/tmp"))).Advice);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => hooks["cgroups"].AttachIterator(IteratorScope.AllCgroups((CgroupIterationOrder)9)));
    }

    [Fact]
    public void AttachIterator_ElementsOfNoMap_AsksForOne()
    {
        using Hooks hooks = Hooks.Of("iterators", "elements");

        Assert.Contains(
            "it does not say over which map: give IteratorScope.Elements",
            Assert.Throws<InvalidOperationException>(() => hooks["elements"].AttachIterator()).Message);
        using BpfProgram opened = BpfProgram.Open(hooks["elements"].Id);
        Assert.Equal(Errno.EBADF, Assert.Throws<BpfException>(() => opened.AttachIterator()).Errno);
    }

    [Fact]
    public void AttachIterator_MapWithShorterElements_SaysSo()
    {
        using Hooks hooks = Hooks.Of("iterators", "elements");

        BpfException error = Assert.Throws<BpfException>(
            () => hooks["elements"].AttachIterator(IteratorScope.Elements(hooks.Map("short_numbers"))));

        Assert.Equal(Errno.EACCES, error.Errno);
        Assert.StartsWith("the program reads more of keys or values than they have (2 and 2 bytes)", error.Advice);
    }

    [Fact]
    public void AttachIterator_ScopeOfAnotherKind_SaysSo()
    {
        using Hooks hooks = Hooks.Of("iterators", "maps");

        using BpfLink all = hooks["maps"].AttachIterator();
        Assert.Contains(hooks.Map("numbers").Id, all.ReadRecords<uint>());
        Assert.Throws<InvalidOperationException>(() => new Hooks("connect4")["connect4"].AttachIterator());
    }

    [Fact]
    public void OpenIterator_LinkOfAnotherKind_IsAMistake()
    {
        using CgroupFixture cgroup = new();
        using Hooks hooks = new("connect4");
        using BpfLink link = hooks["connect4"].AttachCgroup(cgroup.Path);

        Assert.Throws<InvalidOperationException>(() => link.OpenIterator());
        Assert.Throws<InvalidOperationException>(() => link.ReadRecords<uint>());
    }

    [Fact]
    public void AttachIterator_AnyCallFails_LeavesNothingOpen()
    {
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using Hooks hooks = Hooks.On(kernel, "iterators", "elements");
            int before = kernel.OpenDescriptors;
            (kernel.FailingCall, kernel.FailingWith) = (kernel.Calls + call, Errno.EIO);
            try
            {
                using BpfLink link = hooks["elements"].AttachIterator(IteratorScope.Elements(hooks.Map("numbers")));
                using BpfIteratorStream stream = link.OpenIterator();
                Assert.Equal(0, stream.Read(new byte[10]));
            }
            catch (BpfException)
            {
            }

            Assert.Equal(before, kernel.OpenDescriptors);
            if (kernel.FailingCall > kernel.Calls) break;
        }
    }

    private static void Fill(BpfMap map, uint count)
    {
        BpfMap<uint, ulong> numbers = map.As<uint, ulong>();
        for (uint i = 0; i < count; i++) numbers.Update(i, i * 10);
    }

    private readonly record struct Task(int Thread, int Process);

#pragma warning disable CS0649 // Read from bytes.
    private struct Number
    {
        public uint Key;
        public uint Padding;
        public ulong Value;
    }

    private struct Area
    {
        public ulong Start, End;
        public int Process;
        public uint Padding;
    }

    private struct Three
    {
        public ulong A, B, C;
    }
#pragma warning restore CS0649
}
