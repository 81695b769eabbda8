using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links;

public sealed partial class TracepointTests
{
    private const int Calls = 25;

    [Fact]
    public void Attach_BySectionName_CountsTheCallsOfThisProcess()
    {
        using BpfCollection collection = BpfCollection.Load(Spec());
        BpfMap<uint, ulong> calls = collection.Maps["calls"].As<uint, ulong>();

        using (BpfLink link = collection.Programs["on_getpgid"].Attach())
        {
            Assert.Equal(LinkType.PerfEvent, link.Type);
            Assert.Equal("program \"on_getpgid\" on tracepoint syscalls/sys_enter_getpgid", link.ToString());
            CallOften();
        }

        Assert.Equal((ulong)Calls, calls[1]);

        // Detached: nothing is counted any more.
        CallOften();
        Assert.Equal((ulong)Calls, calls[1]);
    }

    [Fact]
    public void Attach_RawBySectionName_SeesEveryCall()
    {
        using BpfCollection collection = BpfCollection.Load(Spec());

        using (collection.Programs["on_raw_enter"].Attach())
        {
            CallOften();
        }

        Assert.True(collection.Maps["calls"].As<uint, ulong>()[2] >= Calls);
    }

    [Fact]
    public void AttachTracepoint_WithCookie_GivesItToTheProgram()
    {
        Requires.Kernel(5, 15, "cookies of perf events");
        CollectionSpec spec = Spec();
        spec.Programs["on_cookie"].AutoLoad = true;
        using BpfCollection collection = BpfCollection.Load(spec);

        using (collection.Programs["on_cookie"].AttachTracepoint("syscalls", "sys_enter_getpgid", new TracepointOptions { Cookie = 42 }))
        {
            CallOften();
        }

        Assert.Equal((ulong)Calls, collection.Maps["calls"].As<uint, ulong>()[42]);
    }

    [Fact]
    public void AttachTracepoint_KernelWithoutPerfEventLinks_AttachesAllTheSame()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == Ebpf.Linux.BpfCommand.LinkCreate ? Errno.EINVAL : null,
        };
        using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel });

        using (BpfLink link = collection.Programs["on_getpgid"].AttachTracepoint("syscalls", "sys_enter_getpgid"))
        {
            Assert.Equal((LinkType.PerfEvent, null, null), (link.Type, link.Handle, link.Id));
            uint program = collection.Programs["on_getpgid"].Id;
            Assert.Equal(new TracepointLinkInfo { ProgramId = program, Name = "sys_enter_getpgid" }, link.GetInfo());
            Assert.Throws<NotSupportedException>(() => link.Update(collection.Programs["on_getpgid"]));
            CallOften();
        }

        Assert.Equal((ulong)Calls, collection.Maps["calls"].As<uint, ulong>()[1]);
        Assert.DoesNotContain(Ebpf.Linux.BpfCommand.RawTracepointOpen, kernel.Commands);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AttachTracepoint_LinkThatNobodyDisposes_OutlivesTheGarbageCollector(bool hasLinks)
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == Ebpf.Linux.BpfCommand.LinkCreate && !hasLinks ? Errno.EINVAL : null,
        };
        using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel });
        AttachAndForget(collection.Programs["on_getpgid"]);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        CallOften();

        Assert.Equal((ulong)Calls, collection.Maps["calls"].As<uint, ulong>()[1]);
    }

    [Fact]
    public void AttachTracepoint_Unknown_SaysSo()
    {
        using BpfCollection collection = BpfCollection.Load(Spec());

        BpfException error = Assert.Throws<BpfException>(
            () => collection.Programs["on_getpgid"].AttachTracepoint("syscalls", "sys_enter_getpgidd"));

        Assert.StartsWith(
            "Attach program \"on_getpgid\" on tracepoint syscalls/sys_enter_getpgidd: ENOENT: this kernel has no such tracepoint; similar: sys_enter_getpgid",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AttachTracepoint_CategoryOfAModuleThatIsNotLoaded_SaysSo()
    {
        using BpfCollection collection = BpfCollection.Load(Spec());

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_getpgid"].AttachTracepoint("no_such_module", "event"));

        Assert.Contains("it has no category no_such_module, or that of a module which is not loaded", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachTracepoint_ProgramThatReadsBeyondTheRecord_SaysHowLongItIs()
    {
        using BpfCollection collection = ProcessGroup.Load(null, "reads_too_far");

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["reads_too_far"].Attach());

        Assert.Equal(Errno.EACCES, error.Errno);
        Assert.Matches("the record has [0-9]+ bytes and ends with \"pid_t pid\"", error.Message);
    }

    [Fact]
    public void AttachRawTracepoint_ProgramThatReadsTooManyArguments_SaysSo()
    {
        using BpfCollection collection = ProcessGroup.Load(null, "reads_too_many");

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["reads_too_many"].Attach());

        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.Contains("the program reads more arguments than this tracepoint has", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachRawTracepoint_Unknown_NamesSimilarOnesAndTheNameWithoutCategory()
    {
        using BpfCollection collection = BpfCollection.Load(Spec());
        BpfProgram program = collection.Programs["on_raw_enter"];

        Assert.Contains("; similar: sched_switch", Assert.Throws<BpfException>(() => program.AttachRawTracepoint("sched_swich")).Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "the name is without its category (sched_switch)",
            Assert.Throws<BpfException>(() => program.AttachRawTracepoint("sched/sched_switch")).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => program.AttachRawTracepoint(new string('a', 128)));
    }

    [Fact]
    public void Attach_ToAGivenTracepoint_CountsTheCalls()
    {
        using BpfCollection collection = BpfCollection.Load(Spec());

        using (collection.Programs["without_target"].Attach(AttachPoint.Tracepoint("syscalls", "sys_enter_getpgid"))) CallOften();

        Assert.Equal((ulong)Calls, collection.Maps["calls"].As<uint, ulong>()[3]);
        collection.Programs["on_raw_enter"].Attach(AttachPoint.Tracepoint("raw_syscalls", "sys_enter")).Dispose();
    }

    [Fact]
    public void Attach_SectionWithoutTarget_SaysWhy()
    {
        using BpfCollection collection = BpfCollection.Load(Spec());

        InvalidOperationException error =
            Assert.Throws<InvalidOperationException>(() => collection.Programs["without_target"].Attach());

        Assert.Contains("it does not say where", error.Message);
    }

    [Fact]
    public void Dispose_Links_LeavesNothingOpen() => CollectionFixture.AssertNoDescriptorStays(kernel =>
    {
        using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel });
        collection.Programs["on_getpgid"].Attach().Dispose();
        BpfLink raw = collection.Programs["on_raw_enter"].Attach();
        raw.Dispose();
        raw.Dispose();
    });

    [Fact]
    public void Attach_AnyOneCallFails_LeavesNothingOpen()
    {
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using (BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel }))
            {
                int before = kernel.OpenDescriptors;
                kernel.FailingWith = Errno.ENOMEM;
                kernel.FailingCall = kernel.Calls + call;
                try
                {
                    collection.Programs["on_getpgid"].Attach().Dispose();
                }
                catch (BpfException)
                {
                    // What matters is what it leaves.
                }

                Assert.Equal(before, kernel.OpenDescriptors);
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < kernel.FailingCall) break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AttachAndForget(BpfProgram program) => program.AttachTracepoint("syscalls", "sys_enter_getpgid");

    private static void CallOften()
    {
        for (int i = 0; i < Calls; i++) Assert.True(GetProcessGroup(0) >= 0);
    }

    [LibraryImport("libc", EntryPoint = "getpgid")]
    private static partial int GetProcessGroup(int process);

    private static CollectionSpec Spec()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("tracing"));
        spec.Variables["traced_process"].Set((uint)Environment.ProcessId);
        return spec;
    }
}
