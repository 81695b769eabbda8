using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links;

/// <summary>Programs that cannot be attached by the method that is called: said without asking the kernel.</summary>
public sealed class WrongProgramTests
{
    [Theory]
    [InlineData(
        "xdp", "Attach program \"filter\" on interface lo: it is a SocketFilter program; this method attaches programs of SEC(\"xdp\") and SEC(\"xdp.frags\").")]
    [InlineData(
        "xdp-index", "Attach program \"filter\" on interface 1: it is a SocketFilter program; this method attaches programs of SEC(\"xdp\") and SEC(\"xdp.frags\").")]
    [InlineData(
        "tp", "Attach program \"filter\" on tracepoint sched/sched_switch: it is a SocketFilter program; this method attaches programs of SEC(\"tp/…\").")]
    [InlineData(
        "raw_tp", "Attach program \"filter\" on raw tracepoint sched_switch: it is a SocketFilter program; this method attaches programs of SEC(\"raw_tp/…\") and SEC(\"raw_tp.w/…\").")]
    [InlineData(
        "tracing", "Attach program \"filter\" to its target: it is a SocketFilter program; this method attaches programs of SEC(\"fentry/…\"), SEC(\"fexit/…\"), SEC(\"fmod_ret/…\"), SEC(\"fsession/…\") and SEC(\"tp_btf/…\").")]
    [InlineData(
        "lsm", "Attach program \"filter\" to its target: it is a SocketFilter program; this method attaches programs of SEC(\"lsm/…\") and SEC(\"lsm.s/…\").")]
    public void Attach_ProgramOfAnotherType_SaysSoBeforeTheKernelIsAsked(string method, string message)
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = Load(ProgramType.SocketFilter, default, kernel);
        BpfProgram program = collection.Programs["filter"];
        int calls = kernel.Calls;

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Attach(program, method));

        Assert.Equal((message, calls), (error.Message, kernel.Calls));
    }

    [Theory]
    [InlineData(AttachType.XdpDevMap)]
    [InlineData(AttachType.XdpCpuMap)]
    public void AttachXdp_ProgramForAMap_SaysSoBeforeTheKernelIsAsked(AttachType type)
    {
        Requires.Kernel(5, 9, "XDP programs of CPU maps");
        FaultyKernel kernel = new();
        using BpfCollection collection = Load(ProgramType.Xdp, type, kernel);
        int calls = kernel.Calls;

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => collection.Programs["filter"].AttachXdp("lo"));

        Assert.Contains($"it was loaded with attach type {type}", error.Message);
        Assert.Equal(calls, kernel.Calls);
    }

    [Theory]
    [InlineData("sched/sched_switch", "id")]
    [InlineData("..", "sched_switch")]
    [InlineData("sched", ".")]
    [InlineData("sched", "a\0b")]
    public void AttachTracepoint_NameThatLeadsElsewhere_IsAMistake(string category, string name)
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("tracing")), new CollectionOptions { Kernel = kernel });
        int calls = kernel.Calls;

        Assert.Throws<ArgumentException>(() => collection.Programs["on_getpgid"].AttachTracepoint(category, name));
        Assert.Equal(calls, kernel.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("no number\n")]
    public void AttachTracepoint_IdThatIsNoNumber_IsAnErrorOfTheKernel(string id)
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("tracing")), new CollectionOptions { Kernel = kernel });
        foreach (string root in (string[])["/sys/kernel/tracing", "/sys/kernel/debug/tracing"])
            kernel.Files[$"{root}/events/syscalls/sys_enter_getpgid/id"] = id;

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_getpgid"].AttachTracepoint("syscalls", "sys_enter_getpgid"));

        Assert.Equal((Errno.EIO, $"its id in tracefs, of {id.Length} bytes, is no number"), (error.Errno, error.Advice));
    }

    private static BpfLink Attach(BpfProgram program, string method) => method switch
    {
        "xdp" => program.AttachXdp("lo"),
        "xdp-index" => program.AttachXdp(1),
        "tp" => program.AttachTracepoint("sched", "sched_switch"),
        "raw_tp" => program.AttachRawTracepoint("sched_switch"),
        "tracing" => program.AttachTracing(),
        _ => program.AttachLsm(),
    };

    private static BpfCollection Load(ProgramType type, AttachType attachType, FaultyKernel kernel)
    {
        CollectionSpec spec = new();
        spec.Programs.Add("filter", new ProgramSpec
        {
            Name = "filter",
            Type = type,
            AttachType = attachType,
            License = "GPL",
            Instructions = [Asm.Instruction.Mov(Asm.Register.R0, 2), Asm.Instruction.Exit()],
        });
        return BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
    }
}
