using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using static Ebpf.Tests.Links.ProcessGroup;

namespace Ebpf.Tests.Links.PerfEvents;

/// <summary>Programs on perf events, seen to run.</summary>
public sealed unsafe partial class PerfEventTests
{
    private static readonly PerfEventSource Clock = PerfEventSource.Software(PerfSoftwareEvent.CpuClock);
    private static readonly PerfEventSampling Often = PerfEventSampling.Every(100_000);

    [Fact]
    public void AttachPerfEvent_ClockOfAllCpus_RunsAndStops()
    {
        using BpfCollection collection = Load();

        using (BpfLink link = collection.Programs["on_sample"].AttachPerfEvent(Clock, Often, PerfEventScope.AllCpus))
        {
            Assert.Equal((LinkType.PerfEvent, "program \"on_sample\" on perf event CpuClock of all CPUs"), (link.Type, link.ToString()));
            WorkUntil(() => Seen(collection, 9) > 10);
        }

        ulong seen = Seen(collection, 9);
        WorkFor(TimeSpan.FromMilliseconds(20));
        Assert.Equal(seen, Seen(collection, 9));
    }

    [Fact]
    public void Attach_ToAGivenPerfEvent_Runs()
    {
        using BpfCollection collection = Load();

        using (collection.Programs["on_sample"].Attach(AttachPoint.PerfEvent(Clock, Often, PerfEventScope.ThisProcess)))
            WorkUntil(() => Seen(collection, 9) > 3);
        Assert.Throws<InvalidOperationException>(
            () => collection.Programs["on_entry"].Attach(AttachPoint.PerfEvent(Clock, Often, PerfEventScope.ThisProcess)));
    }

    [Fact]
    public void AttachPerfEvent_Frequency_Runs()
    {
        using BpfCollection collection = Load();

        using (collection.Programs["on_sample"].AttachPerfEvent(Clock, PerfEventSampling.Frequency(1000), PerfEventScope.ThisProcess))
            WorkUntil(() => Seen(collection, 9) > 3);
    }

    [Fact]
    public void AttachPerfEvent_OfOneThread_SeesItsPageFaultsOnly()
    {
        using BpfCollection collection = Load();
        PerfEventSource faults = PerfEventSource.Software(PerfSoftwareEvent.PageFaults);

        using (collection.Programs["on_sample"].AttachPerfEvent(faults, PerfEventSampling.Every(1), PerfEventScope.Thread(GetThreadId())))
        {
            const int pages = 4096;
            Thread other = new(() => TouchPages(pages));
            other.Start();
            other.Join();
            ulong before = Seen(collection, 9);
            Assert.True(before < pages, $"{before} of another thread");
            TouchPages(pages);
            Assert.True(Seen(collection, 9) >= before + pages);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AttachPerfEvent_OfAProcess_SeesThreadsThatItStartsLaterIfTold(bool withChildren)
    {
        using BpfCollection collection = Load();
        PerfEventSource faults = PerfEventSource.Software(PerfSoftwareEvent.PageFaults);
        PerfEventScope scope = PerfEventScope.Process(Environment.ProcessId, withChildren);

        using (collection.Programs["on_sample"].AttachPerfEvent(faults, PerfEventSampling.Every(1), scope))
        {
            ulong before = 0, after = 0;
            Thread later = new(() =>
            {
                before = Seen(collection, 9);
                TouchPages(4096);
                after = Seen(collection, 9);
            });
            later.Start();
            later.Join();
            Assert.Equal(withChildren, after - before >= 4096);
        }
    }

    [Fact]
    public void AttachPerfEvent_OfACgroup_SeesItsProcesses()
    {
        using BpfCollection collection = Load();
        using CgroupFixture cgroup = new();
        BpfLink link;
        try
        {
            link = collection.Programs["on_sample"].AttachPerfEvent(Clock, Often, PerfEventScope.Cgroup(cgroup.Path));
        }
        catch (BpfException error) when (error.Errno is Errno.EBADF or Errno.EINVAL or Errno.ENOENT)
        {
            Assert.Skip($"this machine counts no perf events of cgroups of version 2: {error.Message}");
            return;
        }

        using (link)
        {
            WorkFor(TimeSpan.FromMilliseconds(20));
            Assert.Equal(0ul, Seen(collection, 9));
            using Process worker = Process.Start("sh", ["-c", $"echo $$ > {cgroup.Path}/cgroup.procs; while :; do :; done"]);
            WorkUntil(() => Seen(collection, 9) > 3);
            worker.Kill();
            worker.WaitForExit();
        }

        Stopwatch waited = Stopwatch.StartNew();
        while (File.ReadAllText($"{cgroup.Path}/cgroup.procs").Length > 0 && waited.Elapsed < TimeSpan.FromSeconds(5)) Thread.Sleep(10);
    }

    [Fact]
    public void AttachPerfEvent_WithCookie_GivesItToTheProgram()
    {
        Requires.Kernel(5, 15, "cookies of perf events");
        using BpfCollection collection = Load(null, "on_sample_cookie");

        using (collection.Programs["on_sample_cookie"].AttachPerfEvent(Clock, Often, PerfEventScope.ThisProcess, new PerfEventOptions { Cookie = 220 }))
            WorkUntil(() => Seen(collection, 220) > 3);
    }

    [Fact]
    public void AttachPerfEvent_KernelWithoutPerfEventLinks_RunsAllTheSame()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == Ebpf.Linux.BpfCommand.LinkCreate ? Errno.EINVAL : null };
        using BpfCollection collection = Load(kernel);

        using (collection.Programs["on_sample"].AttachPerfEvent(Clock, Often, PerfEventScope.AllCpus)) WorkUntil(() => Seen(collection, 9) > 3);
    }

    [Fact]
    public void AttachPerfEvent_DataBreakpoint_RunsAtEachWrite()
    {
        using BpfCollection collection = Load();
        long* watched = (long*)NativeMemory.AlignedAlloc(sizeof(long), sizeof(long));
        try
        {
            PerfEventSource writes = PerfEventSource.DataBreakpoint((ulong)watched, sizeof(long), BreakpointAccess.Write);
            BpfLink link;
            try
            {
                link = collection.Programs["on_sample"].AttachPerfEvent(writes, PerfEventSampling.Every(1), PerfEventScope.Thread(GetThreadId()));
            }
            catch (BpfException error) when (error.Errno is Errno.ENOENT or Errno.ENOSPC or Errno.EOPNOTSUPP or Errno.ENODEV)
            {
                Assert.Skip($"this machine has no breakpoints: {error.Message}");
                return;
            }

            using (link)
            {
                for (int i = 0; i < 10; i++) Volatile.Write(ref *watched, i);
            }

            Assert.SkipWhen(Seen(collection, 9) == 0, "this machine takes breakpoints, but does not stop at them");
            Assert.Equal(10ul, Seen(collection, 9));
        }
        finally
        {
            NativeMemory.AlignedFree(watched);
        }
    }

    [Fact]
    public void AttachPerfEvent_CounterThatThisMachineLacks_SaysSo()
    {
        using BpfCollection collection = Load();
        try
        {
            collection.Programs["on_sample"].AttachPerfEvent(
                PerfEventSource.Cache(PerfCache.Node, PerfCacheOperation.Prefetch, PerfCacheResult.Miss), PerfEventSampling.Every(1000), PerfEventScope.ThisProcess).Dispose();
            Assert.Skip("this machine has that counter");
        }
        catch (BpfException error)
        {
            Assert.Equal("this machine has no such counter, as most virtual machines have none: use a software event (CpuClock for a profiler)", error.Advice);
        }
    }

    [Fact]
    public void AttachPerfEvent_FrequencyAboveTheLimit_SaysWhatItIs()
    {
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_sample"].AttachPerfEvent(
            Clock, PerfEventSampling.Frequency(10_000_000), PerfEventScope.ThisProcess));

        Assert.Matches("10000000 times a second is more than sysctl kernel.perf_event_max_sample_rate allows, which is [0-9]+ now", error.Message);
    }

    [Fact]
    public void AttachPerfEvent_NoSuchProcessOrCpuOrCgroupOrKind_SaysSo()
    {
        using BpfCollection collection = Load();
        BpfProgram program = collection.Programs["on_sample"];

        Assert.EndsWith("ESRCH: there is no such process", Message(PerfEventScope.Process(int.MaxValue)), StringComparison.Ordinal);
        Assert.EndsWith("there is no such process or thread", Message(PerfEventScope.Thread(int.MaxValue)), StringComparison.Ordinal);
        Assert.EndsWith("the CPU is not online", Message(PerfEventScope.OneCpu(4095)), StringComparison.Ordinal);
        Assert.EndsWith("there is no such directory", Message(PerfEventScope.Cgroup("/no/such/cgroup")), StringComparison.Ordinal);
        Assert.Contains("of kind no_such_kind", Assert.Throws<BpfException>(
            () => program.AttachPerfEvent(PerfEventSource.Pmu("no_such_kind", 0), Often, PerfEventScope.AllCpus)).Message, StringComparison.Ordinal);

        string Message(PerfEventScope scope) => Assert.Throws<BpfException>(() => program.AttachPerfEvent(Clock, Often, scope)).Message.Split(" (see")[0];
    }

    [Fact]
    public void AttachPerfEvent_WrongValues_AreMistakes()
    {
        using BpfCollection collection = Load();

        Assert.Throws<ArgumentException>(() => collection.Programs["on_sample"].AttachPerfEvent(Clock, default, PerfEventScope.AllCpus));
        Assert.Throws<InvalidOperationException>(() => collection.Programs["on_entry"].AttachPerfEvent(Clock, Often, PerfEventScope.AllCpus));
        Assert.Throws<InvalidOperationException>(() => PerfEventScope.AllCpus.OnCpu(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => PerfEventSampling.Every(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PerfEventSource.Software((PerfSoftwareEvent)99));
        Assert.Throws<ArgumentOutOfRangeException>(() => PerfEventSource.DataBreakpoint(8, 3, BreakpointAccess.Write));
        Assert.Throws<ArgumentException>(() => PerfEventSource.DataBreakpoint(9, 8, BreakpointAccess.Write));
        Assert.Throws<ArgumentException>(() => PerfEventSource.Pmu("../x", 0));
    }

    [Fact]
    public void AttachPerfEvent_CpuThatWentOffline_IsPassedOver()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = Load(kernel);
        kernel.Files["/sys/devices/system/cpu/online"] = "0,0-1\n";
        kernel.FailingCall = kernel.Calls + 1;
        kernel.FailingWith = Errno.ENODEV;

        using (collection.Programs["on_sample"].AttachPerfEvent(Clock, Often, PerfEventScope.AllCpus)) WorkUntil(() => Seen(collection, 9) > 3);
    }

    [Fact]
    public void AttachPerfEvent_AnyOneCallFails_LeavesNothingOpen()
    {
        using CgroupFixture cgroup = new();
        foreach (PerfEventScope scope in (PerfEventScope[])[PerfEventScope.AllCpus, PerfEventScope.Process(1), PerfEventScope.Cgroup(cgroup.Path)])
        {
            for (int call = 1; ; call++)
            {
                FaultyKernel kernel = new();
                using (BpfCollection collection = Load(kernel))
                {
                    int before = kernel.OpenDescriptors;
                    kernel.FailingWith = Errno.ENOMEM;
                    kernel.FailingCall = kernel.Calls + call;
                    try
                    {
                        collection.Programs["on_sample"].AttachPerfEvent(Clock, Often, scope).Dispose();
                    }
                    catch (BpfException)
                    {
                        // What matters is what it leaves.
                    }

                    Assert.Equal(before, kernel.OpenDescriptors);
                }

                if (kernel.Calls < kernel.FailingCall) break;
            }
        }
    }

    [Theory]
    [InlineData("EPERM", "2", "2", "0", "a seccomp filter forbids perf_event_open(2) to this process")]
    [InlineData("EACCES", "3", "0", "c000000000", "sysctl kernel.perf_event_paranoid is 3, at which kernels of Debian and Ubuntu ask for CAP_SYS_ADMIN whatever other capabilities")]
    [InlineData("EACCES", "2", "0", "8000000000", "needs CAP_PERFMON (this process does not have it); without, sysctl kernel.perf_event_paranoid must be 0 or less, and is 2")]
    public void AttachPerfEvent_NotAllowed_TellsTheCausesApart(string error, string level, string seccomp, string capabilities, string advice)
    {
        FaultyKernel kernel = new();
        kernel.Files[FaultyKernel.Release] = "6.1.0";
        kernel.Files[FaultyKernel.Build] = "#1";
        using BpfCollection collection = Load(kernel);
        kernel.Files["/proc/sys/kernel/perf_event_paranoid"] = level + "\n";
        kernel.Files["/proc/thread-self/status"] = $"Name:\tx\nSeccomp:\t{seccomp}\nCapEff:\t{capabilities}\n";
        kernel.Files["/sys/devices/system/cpu/online"] = "0\n";
        kernel.FailingCall = kernel.Calls + 1;
        kernel.FailingWith = Enum.Parse<Errno>(error);

        BpfException refused = Assert.Throws<BpfException>(
            () => collection.Programs["on_sample"].AttachPerfEvent(Clock, Often, PerfEventScope.AllCpus));

        Assert.StartsWith(advice, refused.Advice, StringComparison.Ordinal);
    }

    private static void WorkUntil(Func<bool> isDone)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!isDone())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "the program does not run");
            WorkFor(TimeSpan.FromMilliseconds(5));
        }
    }

    private static void WorkFor(TimeSpan time)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed < time)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TouchPages(int count)
    {
        nuint page = (nuint)Environment.SystemPageSize, length = (nuint)count * page;
        nint start = RunningKernel.Instance.Mmap(
            0, length, MemoryProtection.Read | MemoryProtection.Write, MemoryMapping.Private | MemoryMapping.Anonymous, -1, 0).Address;
        const int noHugePages = 15;
        _ = Advise(start, length, noHugePages);
        for (nuint i = 0; i < length; i += page) *(byte*)(start + (nint)i) = 1;
        RunningKernel.Instance.Munmap(start, length);
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint length, int advice);
}
