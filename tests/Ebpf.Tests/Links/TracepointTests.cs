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
            () => collection.Programs["on_getpgid"].AttachTracepoint("syscalls", "sys_enter_nothing"));

        Assert.Equal(
            "Attach program \"on_getpgid\" on tracepoint syscalls/sys_enter_nothing: ENOENT: this kernel has no such tracepoint",
            error.Message);
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
