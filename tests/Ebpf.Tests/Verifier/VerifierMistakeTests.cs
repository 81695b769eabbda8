using static Ebpf.VerifierMistake;

namespace Ebpf.Tests.Verifier;

/// <summary>Every kind of mistake that can be made here, told from what the running kernel's verifier says.</summary>
public sealed class VerifierMistakeTests
{
    [Theory]
    [InlineData("unchecked_map_value", UncheckedMapValue)]
    [InlineData("unchecked_in_function", UncheckedMapValue)]
    [InlineData("arithmetic_before_check", UncheckedMapValue)]
    [InlineData("unchecked_reservation", UncheckedPointer)]
    [InlineData("unchecked_socket", UncheckedPointer)]
    [InlineData("unbounded_index", UnboundedAccess)]
    [InlineData("negative_index", UnboundedAccess)]
    [InlineData("unbounded_size", UnboundedSize)]
    [InlineData("beyond_value", OutOfBounds)]
    [InlineData("packet_out_of_bounds", PacketBounds)]
    [InlineData("packet_write", ForbiddenAccess)]
    [InlineData("read_only_value", ForbiddenAccess)]
    [InlineData("unset_register", UninitializedRegister)]
    [InlineData("beyond_stack", StackOutOfBounds)]
    [InlineData("variable_stack", VariableStackOffset)]
    [InlineData("variable_read", VariableStackOffset)]
    [InlineData("variable_key", VariableStackOffset)]
    [InlineData("short_key", StackOutOfBounds)]
    [InlineData("short_value", StackOutOfBounds)]
    [InlineData("misaligned_stack", Misaligned)]
    [InlineData("context_field", ContextAccess)]
    [InlineData("moved_context", ModifiedPointer)]
    [InlineData("number_as_pointer", InvalidPointer)]
    [InlineData("pointer_times_two", PointerArithmetic)]
    [InlineData("beyond_struct", KernelObjectAccess)]
    [InlineData("writes_to_struct", ForbiddenAccess)]
    public void Load_WrongUseOfMemory_IsToldWithItsLine(string program, VerifierMistake mistake) =>
        AssertTold(mistake, Refused.Program("verifier_memory", program));

    [Theory]
    [InlineData("too_many_branches", TooManyBranches)]
    [InlineData("infinite_loop", EndlessLoop)]
    [InlineData("unreachable", UnreachableCode)]
    [InlineData("jumps_too_far", JumpOutOfRange)]
    [InlineData("divides_by_zero", UnsupportedInstruction)]
    [InlineData("shifts_too_far", UnsupportedInstruction)]
    [InlineData("returns_nothing", UninitializedRegister)]
    [InlineData("returns_five", ReturnValue)]
    public void Load_WrongWayThroughTheProgram_IsToldWithItsLine(string program, VerifierMistake mistake) =>
        AssertTold(mistake, Refused.Program("verifier_flow", program));

    [Theory]
    [InlineData("unknown_helper", UnknownHelper)]
    [InlineData("helper_of_others", HelperNotAllowed)]
    [InlineData("unreleased", UnreleasedReference)]
    [InlineData("release_of_borrowed", ReleaseMismatch)]
    [InlineData("double_release", ReleaseMismatch)]
    [InlineData("exit_with_lock", LockMisuse)]
    [InlineData("call_with_lock", LockMisuse)]
    [InlineData("number_as_key", ArgumentType)]
    [InlineData("wrong_map", MapMisuse)]
    public void Load_WrongCall_IsToldWithItsLine(string program, VerifierMistake mistake) =>
        AssertTold(mistake, Refused.Program("verifier_calls", program));

    [Theory]
    [InlineData("unchecked_argument", UncheckedPointer, 5, 12)]
    [InlineData("argument_too_small", FunctionArgument, 5, 12)]
    [InlineData("sleeps", SleepsWhereForbidden, 5, 16)]
    [InlineData("unset_dynptr", DynptrMisuse, 5, 19)]
    [InlineData("overwritten_dynptr", DynptrMisuse, 6, 4)]
    public void Load_WrongCallOfWhatIsNewer_IsToldWithItsLine(string program, VerifierMistake mistake, int major, int minor)
    {
        Requires.Kernel(major, minor, mistake.ToString());

        AssertTold(mistake, Refused.Program("verifier_calls", program));
    }

    [Fact]
    public void Load_AMillionInstructions_AreToldOnAllKernelsThoughTheirLogIsLong()
    {
        // The limit is less than the log of a million instructions: the kernel keeps a part.
        VerifierException error = Refused.Program("verifier_flow", "too_large", new CollectionOptions { MaxLogSize = 1 << 20 });

        Assert.Equal((ProgramTooComplex, Errno.E2BIG), (error.Mistake, error.Errno));
        Assert.True(error.IsLogTruncated);
        Assert.Contains("/* wrong */", error.SourceLine?.Text);
    }

    [Fact]
    public void Load_TooMuchStackInAChainOfCalls_IsOfTheProgram()
    {
        VerifierException error = Refused.Program("verifier_memory", "combined_stack");

        Assert.Equal(StackTooLarge, error.Mistake);
        Assert.Null(error.Instruction);
        Assert.Empty(error.Path);
        Assert.Null(error.State);
    }

    [Fact]
    public void Load_TailCallWithTooMuchStack_IsTold() =>
        Assert.Equal(TailCallMisuse, Refused.Program("verifier_calls", "tail_call_with_much_stack").Mistake);

    [Fact]
    public void Load_CallsTooDeep_AreToldInTheFunctionThatCalls()
    {
        VerifierException error = Refused.Program("verifier_flow", "calls_too_deep");

        Assert.Equal(CallsTooDeep, error.Mistake);
        Assert.StartsWith("level_", error.Function);
        Assert.InRange(error.State?.Frame ?? 0, 7, 15);
    }

    [Fact]
    public void Load_NoExit_IsTold() => Assert.Equal(MissingExit, Refused.Program("verifier_flow", "runs_over_the_end").Mistake);

    [Fact]
    public void Load_UnknownInstruction_IsTold() =>
        Assert.Equal(UnsupportedInstruction, Refused.Program("verifier_flow", "unknown_instruction").Mistake);

    [Fact]
    public void Load_GlobalFunctionWithArgumentOfUnknownType_IsTold()
    {
        Requires.Kernel(5, 12, "pointers to structs in global functions");

        Assert.Equal(FunctionArgument, Refused.Program("verifier_calls", "argument_of_unknown_type").Mistake);
    }

    [Fact]
    public void Load_GplHelperUnderAnotherLicence_IsTold() =>
        AssertTold(GplOnly, Refused.Program("verifier_calls", "gpl_helper", change: spec => spec.Programs["gpl_helper"].License = "MIT"));

    [Fact]
    public void Load_CallbackWithoutTypes_IsTold()
    {
        Requires.Kernel(5, 17, "bpf_loop");

        AssertTold(MissingFunctionTypes, Refused.Program("verifier_calls", "with_callback", change: Refused.WithoutTypes));
    }

    [Fact]
    public void Load_MapWithSpinLockInTracing_IsTold() =>
        Assert.Equal(MapMisuse, Refused.Program("verifier_calls", "lock_in_tracing").Mistake);

    [Fact]
    public void Load_SpinLockInMapWithoutTypes_IsTold() =>
        Assert.Equal(MapMisuse, Refused.Program("verifier_calls", "exit_with_lock", change: Refused.WithoutTypes).Mistake);

    [Fact]
    public void Load_Unreleased_NamesWhereItWasAcquired() =>
        Assert.Contains("/* acquired */", Refused.Program("verifier_calls", "unreleased").AcquiredAt?.Source?.Text);

    [Theory]
    [InlineData("short_key", "The helper accesses the key of map \"wide_keys\", 8 bytes, from fp-4 on, where the stack has only 4 bytes left.")]
    [InlineData("short_value", "The helper accesses the value of map \"long_values\", 32 bytes, from fp-16 on, where the stack has only 16 bytes left.")]
    [InlineData(
        "variable_key",
        "The helper accesses the key of map \"wide_keys\", 8 bytes, from anywhere between fp-32 and fp+31 on, "
        + "which is not always within the function's stack (fp-512 to fp-1).")]
    [InlineData(
        "variable_read",
        "The access is to 1 byte from anywhere between fp-32 and fp+95 on, which is not always within the function's stack (fp-512 to fp-1).")]
    public void Load_ReadBeyondTheStack_SaysHowMuchIsThere_AndOfWhichMap(string program, string explanation)
    {
        Requires.Kernel(5, 12, "these words of the verifier");
        if (program.StartsWith("variable", StringComparison.Ordinal)) Requires.Kernel(6, 18, "bounds of variable offsets in the log");

        Assert.Equal(explanation, Refused.Program("verifier_memory", program).Explanation);
    }

    [Fact]
    public void Load_ShortKey_SaysWhichTypeTheVariableShouldHave() => Assert.StartsWith(
        "Give the helper a variable of the key's own type, of 8 bytes", Refused.Program("verifier_memory", "short_key").Remedy);

    [Fact]
    public void Load_ObjectThatWasNotOptimised_SaysThatO2IsMissing_AndWhere()
    {
        VerifierException error = Refused.Program("counter.unoptimized", "count_packets");

        Assert.Equal((UnsupportedInstruction, "unknown opcode 8d"), (error.Mistake, error.Reason));
        Assert.StartsWith("Opcode 8d is a call through a register", error.Explanation);
        Assert.StartsWith("Compile with -O2.", error.Remedy);
        Assert.StartsWith("callx ", error.InstructionText);
        Assert.Contains("counter.bpf.c:", error.Message);
    }

    [Fact]
    public void Load_HelperThatNoKernelHas_SaysSo() => Assert.Equal(
        "No kernel is known to have a helper with the number 9999: the last one is 211, bpf_cgrp_storage_delete.",
        Refused.Program("verifier_calls", "unknown_helper").Explanation);

    [Fact]
    public void Load_HelperOfOtherPrograms_SaysSinceWhenItIsThere() => Assert.Equal(
        "Programs of this type cannot call bpf_xdp_adjust_head (since Linux 4.10), or only with another attach type, a capability, or a newer kernel.",
        Refused.Program("verifier_calls", "helper_of_others").Explanation);

    [Theory]
    [InlineData("by_macro")]
    [InlineData("by_address")]
    public void Load_FieldThatNoKernelHas_IsToldAtItsOwnLine(string program)
    {
        VerifierException error = Refused.Program("missing_fields", program);

        Assert.Equal("struct task_struct.no_such_field: no such field on this kernel", error.Reason);
        Assert.Contains("/* wrong */", error.SourceLine?.Text);
        Assert.Contains("/* wrong */", error.Message);
    }

    [Theory]
    [InlineData(Asm.Helper.MapLookupElem, "3.19")]
    [InlineData(Asm.Helper.KtimeGetNs, "4.1")]
    [InlineData(Asm.Helper.RingbufOutput, "5.8")]
    [InlineData(Asm.Helper.Loop, "5.17")]
    [InlineData(Asm.Helper.UserRingbufDrain, "6.1")]
    [InlineData(Asm.Helper.CgrpStorageDelete, "6.2")]
    [InlineData(Asm.Helper.Unspec, null)]
    [InlineData((Asm.Helper)212, null)]
    [InlineData((Asm.Helper)(-1), null)]
    public void Since_EachHelper_IsTheKernelInWhichItCame(Asm.Helper helper, string? since) =>
        Assert.Equal(since, Asm.HelperNames.Since(helper)?.ToString());

    [Fact]
    public void Last_IsTheLastHelper() =>
        Assert.Equal(Asm.HelperNames.Last, Enum.GetValues<Asm.Helper>().Max());

    private static void AssertTold(VerifierMistake mistake, VerifierException error)
    {
        Assert.Equal((mistake, error.Reason), (error.Mistake, error.Reason));
        Assert.NotNull(error.SourceLine);
        Assert.Contains("/* wrong", error.SourceLine.Text);
        Assert.False(string.IsNullOrEmpty(error.InstructionText));
        Assert.NotNull(error.Explanation);
        Assert.NotNull(error.Remedy);
        Assert.InRange(error.ToString().Split('\n').TakeWhile(line => !line.StartsWith("   at ", StringComparison.Ordinal)).Count(), 5, 40);
    }
}
