using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Tests.Verifier;

/// <summary>Mistakes with functions of the kernel, in programs written by hand.</summary>
public sealed class KfuncMistakeTests
{
    [Fact]
    public void Load_RcuSectionThatIsNotLeft_IsTold()
    {
        Requires.Kernel(6, 2, "bpf_rcu_read_lock");
        InstructionBuilder code = Start().Add(Call("bpf_rcu_read_lock"), Mov(R0, 0), Exit());

        AssertMistake(VerifierMistake.RcuMisuse, ProgramType.SchedCls, code, instruction: 2);
    }

    [Fact]
    public void Load_RcuSectionThatWasNotEntered_IsTold()
    {
        Requires.Kernel(6, 2, "bpf_rcu_read_unlock");
        InstructionBuilder code = Start().Add(Call("bpf_rcu_read_unlock"), Mov(R0, 0), Exit());

        AssertMistake(VerifierMistake.RcuMisuse, ProgramType.SchedCls, code, instruction: 0);
    }

    [Fact]
    public void Load_PreemptionThatStaysDisabled_IsTold()
    {
        Requires.Kernel(6, 10, "bpf_preempt_disable");
        InstructionBuilder code = Start().Add(Call("bpf_preempt_disable"), Mov(R0, 0), Exit());

        AssertMistake(VerifierMistake.CriticalSectionMisuse, ProgramType.SchedCls, code, instruction: 2);
    }

    [Fact]
    public void Load_IteratorThatWasNotMade_IsTold()
    {
        Requires.Kernel(6, 4, "bpf_iter_num_next");
        InstructionBuilder code = Start()
            .Add(Store(AccessSize.DoubleWord, R10, -8, 0), Mov(R1, R10), Add(R1, -8), Call("bpf_iter_num_next"), Mov(R0, 0), Exit());

        AssertMistake(VerifierMistake.IteratorMisuse, ProgramType.SchedCls, code, instruction: 3);
    }

    [Fact]
    public void Load_KfuncOfOtherPrograms_IsTold()
    {
        Requires.Kernel(5, 13, "kfuncs");
        InstructionBuilder code = Start().Add(Call("tcp_reno_undo_cwnd"), Mov(R0, 0), Exit());

        AssertMistake(VerifierMistake.KfuncNotAllowed, ProgramType.Xdp, code, instruction: 0);
    }

    [Fact]
    public void Load_ObjectThatIsNotReleased_IsToldWithWhereItWasAcquired()
    {
        Requires.Kernel(6, 2, "bpf_task_from_pid");
        InstructionBuilder code = Start()
            .Add(Mov(R1, 1), Call("bpf_task_from_pid"), JumpIf(JumpCondition.NotEqual, R0, 0, "got"), Exit())
            .Label("got")
            .Add(Mov(R0, 0), Exit());

        AssertMistake(VerifierMistake.UnreleasedReference, ProgramType.SchedCls, code, instruction: 5);
        Assert.Equal(1, Refused.Code(ProgramType.SchedCls, code.Build()).AcquiredAt?.Instruction);
    }

    [Fact]
    public void Load_TypeInThePlaceOfAKfunc_IsTold()
    {
        Requires.Kernel(5, 13, "kfuncs");
        int noFunction = (int)Kernel().Get<StructType>("task_struct").Id.Value;

        VerifierException error = Refused.Code(ProgramType.SchedCls, Start().Add(CallKfunc(noFunction), Mov(R0, 0), Exit()).Build());

        Assert.Equal(VerifierMistake.UnknownKfunc, error.Mistake);
    }

    private static void AssertMistake(VerifierMistake mistake, ProgramType type, InstructionBuilder code, int instruction)
    {
        VerifierException error = Refused.Code(type, code.Build());

        Assert.Equal((mistake, error.Reason), (error.Mistake, error.Reason));
        Assert.Equal(instruction, error.Instruction);
        Assert.Equal("built", error.Function);
    }

    private static InstructionBuilder Start() => new InstructionBuilder().Function("built");

    private static Instruction Call(string kfunc) => CallKfunc((int)Kernel().Get<FunctionType>(kfunc).Id.Value);

    private static BtfSpec Kernel() => KernelTypes.Of(RunningKernel.Instance).Read()!;
}
