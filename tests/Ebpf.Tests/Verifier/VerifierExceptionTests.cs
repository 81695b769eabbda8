using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Verifier;

namespace Ebpf.Tests.Verifier;

public sealed class VerifierExceptionTests
{
    [Fact]
    public void Load_UncheckedLookup_SaysWhatIsWrongAndWhere()
    {
        VerifierException error = Refused.Program("verifier_memory", "unchecked_map_value");

        Assert.Equal("unchecked_map_value", error.Program);
        Assert.Equal("unchecked_map_value", error.Function);
        Assert.Equal(Errno.EACCES, error.Errno);
        Assert.Equal("R0 invalid mem access 'map_value_or_null'", error.Reason);
        Assert.Equal(7, error.Instruction);
        Assert.Equal("r0 = *(u32 *)(r0 + 0)", error.InstructionText);
        Assert.NotNull(error.SourceLine);
        Assert.EndsWith("verifier_memory.bpf.c", error.SourceLine.File);
        Assert.Contains("return record->length; /* wrong */", error.SourceLine.Text);
        Assert.True(error.SourceLine.Column > 0);
    }

    [Fact]
    public void Message_OfARefusal_HasTheWordsTheLineAndTheRemedy()
    {
        VerifierException error = Refused.Program("verifier_memory", "unchecked_map_value");

        string[] lines = error.Message.Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Matches(
            "^Load program \"unchecked_map_value\": EACCES: R0 invalid mem access 'map_value_or_null', at .*verifier_memory.bpf.c:[0-9]+: return record->length; /. wrong ./$",
            lines[0]);
        Assert.Equal(error.Remedy, lines[1]);
        Assert.Equal(error.Remedy, error.Advice);
    }

    [Fact]
    public void State_BeforeTheInstruction_TellsOfRegistersAndStack()
    {
        VerifierException error = Refused.Program("verifier_memory", "unchecked_map_value");

        Assert.NotNull(error.State);
        Assert.Equal(0, error.State.Frame);
        Assert.Equal("map_value_or_null", error.State[Register.R0]?.Kind);
        Assert.Contains("ks=4,vs=64", error.State[Register.R0]?.Text);
        Assert.Equal("fp", error.State[Register.R10]?.Kind);
        Assert.Null(error.State[Register.R1]);
        Assert.NotNull(error.State.StackAt(-8));
    }

    [Fact]
    public void State_InACalledFunction_IsOfItsFrame()
    {
        VerifierException error = Refused.Program("verifier_memory", "unchecked_in_function");

        Assert.Equal("length_of", error.Function);
        Assert.NotNull(error.State);
        Assert.Equal(1, error.State.Frame);
        Assert.Equal("map_value_or_null", error.State[Register.R0]?.Kind);
    }

    [Fact]
    public void State_OfARefusedCall_HasItsArguments()
    {
        VerifierException error = Refused.Program("verifier_calls", "number_as_key");

        Assert.NotNull(error.State);
        Assert.Equal("map_ptr", error.State[Register.R1]?.Kind);
        Assert.Equal("scalar", error.State[Register.R2]?.Kind);
    }

    [Fact]
    public void Path_ThroughBranchesAndCalls_GoesFromTheFirstInstructionToTheRefusedOne()
    {
        VerifierException error = Refused.Program("verifier_memory", "unchecked_in_function");

        Assert.Equal(0, error.Path[0].Instruction);
        Assert.Equal("unchecked_in_function", error.Path[0].Function);
        Assert.Equal(error.Instruction, error.Path[^1].Instruction);
        Assert.Equal("length_of", error.Path[^1].Function);
        VerifierStep call = error.Path.First(step => step.Text.StartsWith("call length_of", StringComparison.Ordinal));
        Assert.Contains(error.Path, step => step.JumpedFrom == call.Instruction);
        Assert.All(error.Path, step => Assert.NotEmpty(step.Text));
    }

    [Fact]
    public void FormatSource_Loop_NamesItsLinesOnce()
    {
        VerifierException error = Refused.Program("rejected", "long_log");

        string path = error.Path.FormatSource(6);

        string[] lines = path.Split('\n');
        Assert.InRange(lines.Length, 2, 6);
        Assert.EndsWith("return *value;", lines[^1]);
        Assert.Contains(lines, line => line.Contains("key = key * 3 + skb->mark;") && line.Contains(" times)"));
        Assert.Equal(lines.Length, lines.Distinct().Count());
    }

    [Fact]
    public void ToString_OfARefusal_ShowsWhatOneWantsToSee()
    {
        VerifierException error = Refused.Program("verifier_memory", "unchecked_in_function");

        string text = error.ToString();

        string[] lines = text.Split('\n');
        int frames = lines.Count(line => line.StartsWith("   at ", StringComparison.Ordinal));
        Assert.InRange(lines.Length - frames, 15, 40);
        Assert.StartsWith("Ebpf.VerifierException: Load program \"unchecked_in_function\": EACCES: R0 invalid mem access", lines[0]);
        Assert.Contains(", in length_of() of program unchecked_in_function\n    return record->length; /* wrong */\n", text);
        Assert.Contains("Verifier:    R0 invalid mem access 'map_value_or_null'\n", text);
        Assert.Contains($"Instruction: {error.Instruction}: r0 = *(u32 *)(r0 + 0)\n", text);
        Assert.Contains("Register:    R0=map_value_or_null(", text);
        Assert.Contains($"Why:         {error.Explanation}\n", text);
        Assert.Contains($"What to do:  {error.Remedy}\n", text);
        Assert.Contains("verifier_memory.bpf.c:", text[text.IndexOf("The way there", StringComparison.Ordinal)..]);
        Assert.Contains("processed ", text[text.IndexOf("End of the log", StringComparison.Ordinal)..]);
        Assert.True(frames > 0);
    }

    [Fact]
    public void ToString_ColumnIsKnown_PointsAtIt()
    {
        VerifierException error = Refused.Program("verifier_memory", "unchecked_map_value");

        string[] lines = error.ToString().Split('\n');

        int source = Array.FindIndex(lines, line => line.Trim() == "return record->length; /* wrong */");
        Assert.Equal(lines[source].IndexOf("length", StringComparison.Ordinal), lines[source + 1].IndexOf('^'));
    }

    [Fact]
    public void Log_LongerThanTheFirstBuffer_IsWhole()
    {
        VerifierException error = Refused.Program("rejected", "long_log");

        Assert.True(error.Log.Length > 64 * 1024, $"the log has only {error.Log.Length} characters");
        Assert.False(error.IsLogTruncated);
        Assert.Contains("0: ", error.Log[..200]);
        Assert.Contains("processed ", error.Log[^200..]);
        Assert.Contains("invalid mem access", error.Reason);
    }

    [Fact]
    public void Log_LongerThanTheLimit_HasItsEndOrSaysThatItHasNot()
    {
        VerifierException error = Refused.Program("rejected", "long_log", new CollectionOptions { MaxLogSize = 4096 });

        Assert.True(error.IsLogTruncated);
        Assert.InRange(error.Log.Length, 4000, 4096);
        Assert.Equal(Errno.EACCES, error.Errno);
        if (error.Reason.StartsWith("R0 invalid mem access", StringComparison.Ordinal))
        {
            Assert.Equal(VerifierMistake.UncheckedMapValue, error.Mistake);
            Assert.EndsWith("return *value;", error.Path.ToString());
        }
        else
        {
            Assert.Contains("kernels before 6.4 keep the beginning", error.Reason);
        }
    }

    [Fact]
    public void Log_LongerThanTheLimitOfAGoodProgram_DoesNotKeepItFromBeingLoaded()
    {
        CollectionOptions options = new() { LogLevel = VerifierLogLevel.Branches | VerifierLogLevel.Instructions, MaxLogSize = 128 };
        using BpfCollection collection = BpfCollection.Load(Refused.Spec("rejected", "fine"), options);

        Assert.InRange(collection.Programs["fine"].VerifierLog.Length, 100, 128);
    }

    [Fact]
    public void Load_LogAskedFor_IsThereAlsoWhenTheProgramIsAccepted()
    {
        CollectionOptions options = new() { LogLevel = VerifierLogLevel.Instructions | VerifierLogLevel.Branches };
        using BpfCollection collection = BpfCollection.Load(Refused.Spec("rejected", "fine"), options);

        Assert.Contains("processed ", collection.Programs["fine"].VerifierLog);
    }

    [Theory]
    [InlineData(VerifierLogLevel.Statistics)]
    [InlineData(VerifierLogLevel.Instructions)]
    [InlineData(VerifierLogLevel.Instructions | VerifierLogLevel.Branches | VerifierLogLevel.Statistics)]
    public void Load_AnyLogAskedFor_TellsTheSameOfARefusal(VerifierLogLevel level)
    {
        VerifierException error = Refused.Program("verifier_memory", "unchecked_in_function", new CollectionOptions { LogLevel = level });

        Assert.Equal(VerifierMistake.UncheckedMapValue, error.Mistake);
        Assert.Equal("map_value_or_null", error.State?[Register.R0]?.Kind);
        Assert.Equal("unchecked_in_function", error.Path[0].Function);
        Assert.Equal("length_of", error.Path[^1].Function);
    }

    [Fact]
    public void Load_Refused_LeavesNothingOpen()
    {
        CollectionSpec spec = Refused.Spec("verifier_memory", "unchecked_map_value");
        CollectionFixture.AssertNoDescriptorStays(
            kernel => Assert.Throws<VerifierException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel })));
    }

    [Fact]
    public void Poisoned_OtherThanCoRe_IsNamed()
    {
        PoisonedInstructions poisoned = new(new CoRe.CoReRelocator(new CoRe.CoReTargets(null)).Apply([], "x"));
        poisoned.Add(1, "kfunc bpf_missing: this kernel has none");
        InstructionList code = [Instruction.Mov(Register.R0, 0), Instruction.Call((Helper)999), Instruction.Exit()];
        VerifierLog log = new("0: R1=ctx() R10=fp0\n0: (b7) r0 = 0\n1: (85) call unknown#999\ninvalid func unknown#999\n", Errno.EINVAL, false, true);

        VerifierDiagnosis diagnosis = VerifierDiagnosis.Of(log, new ProgramListing("x", code), poisoned);

        Assert.Equal("kfunc bpf_missing: this kernel has none", diagnosis.Reason);
        Assert.Equal(VerifierMistake.UnresolvedReference, diagnosis.Rule.Mistake);
    }

    [Fact]
    public void MaxLogSize_ThatTheKernelDoesNotTake_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new CollectionOptions { MaxLogSize = 127 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CollectionOptions { MaxLogSize = int.MaxValue });
    }
}
