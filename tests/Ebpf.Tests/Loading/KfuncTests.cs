using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Tests.Loading;

public sealed class KfuncTests
{
    [Fact]
    public void Load_Kfunc_IsCalled()
    {
        Requires.Kernel(6, 2, "bpf_task_from_pid");
        CollectionSpec spec = One.Spec("kfuncs", "tgid_of_pid");
        spec.Variables["pid"].Set(Environment.ProcessId);

        Assert.Equal((uint)Environment.ProcessId, One.Run(spec, "tgid_of_pid"));
    }

    [Fact]
    public void Load_WeakKfuncs_AreThereOrNot_AndWhatIsNotReachedNeedsNone()
    {
        // Of the two declarations of bpf_task_from_pid, the kernel's has the parameters of the first.
        CollectionSpec spec = One.Spec("kfuncs", "guarded");
        bool hasKfunc = KernelBtf.TryFind(name: "bpf_task_from_pid", out Btf.FunctionType? _, out _);

        Assert.Equal(hasKfunc ? 9u : 8u, One.Run(spec, "guarded"));
    }

    [Theory]
    [InlineData("unguarded", "unguarded")]
    [InlineData("unguarded_in_function", "in_function")]
    public void Load_WeakKfuncThatIsNotThereAndIsReached_IsNamed(string program, string function)
    {
        VerifierException error = One.Fails<VerifierException>(One.Spec("kfuncs", program));

        Assert.Equal("kfunc bpf_no_such_kfunc_either: this kernel has none", error.Reason);
        Assert.Equal(VerifierMistake.UnresolvedReference, error.Mistake);
        Assert.Equal(function, error.Function);
        Assert.EndsWith("/* wrong */", error.SourceLine?.Text);
    }

    [Fact]
    public void Load_KfuncsThatTheKernelLacks_AreListedTogetherWithWhoWantsThem()
    {
        Requires.Kernel(6, 2, "bpf_task_release");
        FeatureNotSupportedException error =
            One.Fails<FeatureNotSupportedException>(One.Spec("kfuncs", "missing_one", "missing_two", "guarded"));

        Assert.StartsWith(
            "Find what the programs expect of the kernel: this kernel lacks "
            + "kfunc bpf_task_releese (wanted by programs \"missing_one\", \"missing_two\"; similar: bpf_task_release",
            error.Message);
        Assert.Contains(", kfunc bpf_missing_too (wanted by program \"missing_two\"", error.Message);
        Assert.DoesNotContain("bpf_no_such_kfunc", error.Message);
    }

    [Fact]
    public void Load_KfuncOfAnotherType_ShowsBothInC()
    {
        Requires.Kernel(6, 2, "bpf_task_from_pid");

        FeatureNotSupportedException error = One.Fails<FeatureNotSupportedException>(One.Spec("kfuncs", "of_another_type"));

        Assert.Equal(
            "kfunc bpf_task_from_pid___wrong (declared as \"struct task_struct *bpf_task_from_pid___wrong(struct task_struct *)\", "
            + "but this kernel has \"struct task_struct *bpf_task_from_pid(s32)\"; wanted by program \"of_another_type\")",
            error.Feature);
    }

    [Fact]
    public void Load_KernelWithoutBtf_LoadsWithoutWeakKfuncs_AndSaysWhatStrongOnesNeed()
    {
        static void TakeBtfAway(FaultyKernel kernel)
        {
            foreach (string place in (string[])["/sys/kernel/btf", "/boot", "/lib/modules", "/usr/lib/debug"])
                kernel.Replacements[place] = "/nonexistent";
        }

        FaultyKernel without = new();
        TakeBtfAway(without);
        using BpfCollection collection = BpfCollection.Load(One.Spec("kfuncs", "guarded"), new CollectionOptions { Kernel = without });
        FeatureNotSupportedException error =
            One.Fails<FeatureNotSupportedException>(One.Spec("kfuncs", "missing_two"), null, TakeBtfAway);

        Assert.Equal(8u, collection.Programs["guarded"].TestRun(new byte[64]));
        Assert.Equal(
            "Find what the programs expect of the kernel: kfunc bpf_task_releese, kfunc bpf_missing_too: "
            + "this kernel lacks BTF of its own (CONFIG_DEBUG_INFO_BTF) (Linux 5.4 has it)",
            error.Message);
    }

    [Theory]
    [InlineData("trap")]
    [InlineData("trap.nobtf")]
    public void Load_TrapThatIsNotReached_NeedsNoSuchFunction(string name) =>
        Assert.Equal(7u, One.Run(One.Spec(name, "out_of_reach"), "out_of_reach"));

    [Theory]
    [InlineData("trap")]
    [InlineData("trap.nobtf")]
    public void Load_TrapThatIsReached_IsExplained(string name)
    {
        VerifierException error = One.Fails<VerifierException>(One.Spec(name, "within_reach"));

        Assert.Equal("unexpected __bpf_trap() due to uninitialized variable?", error.Reason);
        Assert.Equal(VerifierMistake.UninitializedRegister, error.Mistake);
    }

    [Fact]
    public void Load_KfuncOfAProgramWrittenByHand_IsFoundByItsName()
    {
        Requires.Kernel(6, 2, "bpf_task_from_pid");
        CollectionSpec spec = ByHand(new InstructionBuilder().Function("by_hand").Add(
            Mov(R1, 0), CallKfunc("bpf_task_from_pid"), JumpIf(JumpCondition.Equal, R0, 0, "none"), Mov(R1, R0),
            CallKfunc("bpf_task_release"), Mov(R0, 1), Exit()).Label("none").Add(Mov(R0, 5), Exit()));

        Assert.Equal(5u, One.Run(spec, "by_hand"));
    }

    [Fact]
    public void Load_SymbolOfAProgramWrittenByHand_IsItsAddress()
    {
        CollectionSpec spec = ByHand(new InstructionBuilder().Function("by_hand").Add(
            LoadKsym(R0, "bpf_prog_put"), LoadKsym(R1, "bpf_map_put"), Sub(R0, R1), Exit()));
        Ebpf.Kernel.KernelSymbols symbols = Ebpf.Kernel.KernelSymbols.Find(Ebpf.Linux.RunningKernel.Instance, ["bpf_prog_put", "bpf_map_put"]);

        Assert.Equal((uint)(symbols["bpf_prog_put"].Address - symbols["bpf_map_put"].Address), One.Run(spec, "by_hand"));
    }

    [Fact]
    public void Load_ReferenceInTheWrongPlace_OrToNothing_IsNamed()
    {
        CollectionSpec jump = ByHand(new InstructionBuilder().Function("by_hand").Add(
            Mov(R0, 0).WithReference(new Reference(ReferenceKind.Ksym, "bpf_prog_put")), Exit()));
        CollectionSpec nothing = ByHand(new InstructionBuilder().Function("by_hand").Add(
            Mov(R0, 0).WithReference(new Reference(ReferenceKind.Symbol, "missing")), Exit()));

        Assert.Equal(
            "Load program \"by_hand\": instruction 0 (`r0 = 0 ; Ksym \"bpf_prog_put\"`) cannot refer to Ksym \"bpf_prog_put\": only a call or a wide load can",
            One.Fails<BpfException>(jump).Message);
        Assert.Equal(
            "Load program \"by_hand\": instruction 0 refers to \"missing\", which nothing defines: "
            + "put in what it stands for (ProgramSpec.Instructions)",
            One.Fails<BpfException>(nothing).Message);
    }

    private static CollectionSpec ByHand(InstructionBuilder code)
    {
        CollectionSpec spec = new();
        spec.Programs.Add(
            "by_hand", new ProgramSpec { Name = "by_hand", Type = ProgramType.SchedCls, License = "GPL", Instructions = code.Build() });
        return spec;
    }
}
