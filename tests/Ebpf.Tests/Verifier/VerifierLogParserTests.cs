using CsCheck;
using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Verifier;

namespace Ebpf.Tests.Verifier;

public sealed class VerifierLogParserTests
{
    [Fact]
    public void Parse_SeveralLinesBehindTheLastInstruction_AreTheVerdict()
    {
        VerifierLogFindings findings = VerifierLogParser.Parse("""
            0: R1=ctx() R10=fp0
            ; char *data = (void *)(long)ctx->data; @ x.bpf.c:46
            0: (61) r1 = *(u32 *)(r1 +0)          ; R1_w=pkt(r=0)
            ; return data[20]; @ x.bpf.c:48
            1: (71) r0 = *(u8 *)(r1 +20)
            invalid access to packet, off=20 size=1, R1(id=0,off=20,r=0)
            R1 offset is outside of the packet
            verification time 57 usec
            stack depth 0
            processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

            """);

        Assert.Equal(
            ["invalid access to packet, off=20 size=1, R1(id=0,off=20,r=0)", "R1 offset is outside of the packet"], findings.Verdict);
        Assert.Equal([0, 1], findings.Path);
        Assert.Equal("R1=pkt(r=0) R10=fp0", findings.State?.ToString());
    }

    [Fact]
    public void Parse_StatesAndSourceLinesBehindTheLastInstruction_AreNoVerdict()
    {
        VerifierLogFindings findings = VerifierLogParser.Parse("""
            17: (85) call bpf_map_lookup_elem#1   ; R0=map_value_or_null(id=1,ks=4,vs=8)
            18: (79) r0 = *(u64 *)(r0 +0)
             R0=map_value_or_null(id=1,ks=4,vs=8) R10=fp0
            ; return *value; @ x.bpf.c:30
            R0 invalid mem access 'map_value_or_null'
            processed 19 insns (limit 1000000)
            """);

        Assert.Equal(["R0 invalid mem access 'map_value_or_null'"], findings.Verdict);
        Assert.Equal([17, 18], findings.Path);
    }

    [Fact]
    public void Parse_NoInstruction_HasTheVerdictAlone()
    {
        VerifierLogFindings findings = VerifierLogParser.Parse(
            "number of funcs in func_info doesn't match number of subprogs\nprocessed 0 insns\n");

        Assert.Equal(["number of funcs in func_info doesn't match number of subprogs"], findings.Verdict);
        Assert.Empty(findings.Path);
        Assert.Null(findings.State);
    }

    [Fact]
    public void Parse_VerdictWithoutLineFeed_EndsBeforeTheStatistics()
    {
        VerifierLogFindings findings = VerifierLogParser.Parse(
            "3: (85) call bpf_tail_call#12\nexpected prog array map for tail callprocessed 3 insns (limit 1000000) max_states_per_insn 0\n");

        Assert.Equal(["expected prog array map for tail call"], findings.Verdict);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("processed 4 insns (limit 1000000)\n")]
    public void Parse_NothingWrong_HasNoVerdict(string log) => Assert.Empty(VerifierLogParser.Parse(log).Verdict);

    [Fact]
    public void Parse_RegistersOf5_10_AreThoseOfTheLastStateOnly()
    {
        // Without a state behind the jump, those before it say nothing of what was changed since.
        const string log = """
            0: (b7) r1 = 0
            9: (7b) *(u64 *)(r0 +0) = r2
             R0_w=mem(id=0,ref_obj_id=2,off=0,imm=0) R1_w=inv0 R2_w=inv(id=0,umax_value=4294967295,var_off=(0x0; 0xffffffff)) R10=fp0 refs=2
            10: (26) if w2 > 0x64 goto pc+4

            from 10 to 15: R0=mem(id=0,ref_obj_id=2,off=0,imm=0) R1=invP0 R2=inv(id=0,umin_value=101) R10=fp0 fp-8_w=mmmm???? refs=2
            15: (bc) w0 = w1

            """;

        VerifierState? state = VerifierLogParser.Parse(log).State;
        Assert.Equal("R0=mem(id=0,ref_obj_id=2,off=0,imm=0) R1=invP0 R2=inv(id=0,umin_value=101) R10=fp0 fp-8=mmmm????", state?.ToString());
        Assert.Equal("scalar", state?[Register.R1]?.Kind);
        Assert.Equal("scalar", state?[Register.R2]?.Kind);
        Assert.Null(VerifierLogParser.Parse(log + "16: (95) exit\n").State);
    }

    [Fact]
    public void Parse_BranchTakenUpBehindAJump_ReplacesAllRegisters()
    {
        VerifierLogFindings findings = VerifierLogParser.Parse("""
            0: R1=ctx() R10=fp0
            0: (bf) r6 = r1                       ; R1=ctx() R6=ctx()
            10: (26) if w2 > 0x64 goto pc+4 15: R0=ringbuf_mem(ref_obj_id=2,sz=8) R10=fp0 refs=2
            15: (bc) w0 = w1                      ; R0=0 R1=0 refs=2
            16: (95) exit
            Unreleased reference id=2 alloc_insn=5
            BPF_EXIT instruction in main prog would lead to reference leak
            """);

        Assert.Equal([0, 10, 15, 16], findings.Path);
        Assert.Equal("R0=0 R1=0 R10=fp0", findings.State?.ToString());
        Assert.Equal(2, findings.Verdict.Count);
    }

    [Fact]
    public void Parse_BranchesThatWereGood_AreNotOnThePath()
    {
        VerifierLogFindings findings = VerifierLogParser.Parse("""
            0: (b7) r0 = 0
            1: (15) if r1 == 0x0 goto pc+2
            2: (15) if r2 == 0x0 goto pc+5
            3: (95) exit

            from 2 to 8: R0=0 R10=fp0
            8: (95) exit

            from 1 to 4: R0=1 R10=fp0
            4: (79) r0 = *(u64 *)(r0 +0)
            R0 invalid mem access 'scalar'
            """);

        Assert.Equal([0, 1, 4], findings.Path);
        Assert.Equal("R0=1 R10=fp0", findings.State?.ToString());
    }

    [Fact]
    public void Parse_BeginningIsCutOff_PathBeginsWithTheBranch()
    {
        VerifierLogFindings findings = VerifierLogParser.Parse("""
            8 +0)
            90: (95) exit
            from 4 to 80: R0=1 R10=fp0
            80: (95) exit
            R0 !read_ok
            """);

        Assert.Equal([80], findings.Path);
        Assert.Equal(["R0 !read_ok"], findings.Verdict);
    }

    [Fact]
    public void Parse_CallAndReturn_HaveTheRegistersOfTheRightFrame()
    {
        const string call = """
            0: R1=ctx() R10=fp0
            0: (b7) r6 = 5                        ; R6_w=5
            1: (85) call pc+3
            caller:
             R6=5 R10=fp0
            callee:
             frame1: R1=ctx() R10=fp0
            5: frame1: R1=ctx() R10=fp0
            5: (b7) r7 = 9                        ; frame1: R7_w=9

            """;
        const string andReturn = """
            6: (95) exit
            returning from callee:
             frame1: R0_w=1 R1=ctx() R7_w=9 R10=fp0
            to caller at 2:
             R0_w=1 R6=5 R10=fp0

            """;

        Assert.Equal("frame1: R1=ctx() R7=9 R10=fp0", VerifierLogParser.Parse(call).State?.ToString());
        Assert.Equal("R0=1 R6=5 R10=fp0", VerifierLogParser.Parse(call + andReturn).State?.ToString());
    }

    [Fact]
    public void Parse_FramesOf7_2_HaveTwoDigits() =>
        Assert.Equal(15, VerifierLogParser.Parse("5: frame15: R1=ctx() R10=fp0\n5: (95) exit\n").State?.Frame);

    [Fact]
    public void Parse_ReportOf7_3_IsReadBesideTheVerdict()
    {
        VerifierLogFindings findings = VerifierLogParser.Parse("""
            0: R1=ctx() R10=fp0
            0: (95) exit
            R0 !read_ok

            Verification failed: Register Type Safety: Unreadable register

            Reason:
              R0 has never been initialized on this path, so the verifier
              cannot use it as an input.

            At:
              insn 0
                    | ^-- error: R0 is not readable
              Instruction context:
              >>> 0 | (95) exit

            Causal path:
              no retained diagnostic events on this path

            Something new:
              of which nothing is known

            Suggestion:
              Initialize R0 on every path before this instruction.

            processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

            """);

        Assert.Equal(["R0 !read_ok"], findings.Verdict);
        Assert.Equal([0], findings.Path);
        Assert.Equal(
            new VerifierReport
            {
                Category = "Register Type Safety",
                Problem = "Unreadable register",
                Reason = "R0 has never been initialized on this path, so the verifier cannot use it as an input.",
                Suggestion = "Initialize R0 on every path before this instruction.",
            },
            findings.Report);
    }

    [Fact]
    public void Diagnose_VerdictThatIsNotKnown_TakesTheReportsExplanation()
    {
        VerifierLog log = new(
            "0: (95) exit\nsome new words\n\nVerification failed: Policy: Operation is not allowed\n\nReason:\n  Because.\n\nSuggestion:\n  Do not.\n\n",
            Errno.EPERM,
            IsTruncated: false,
            KeepsEnd: true);

        VerifierDiagnosis diagnosis = Diagnose(log);

        Assert.Equal(VerifierMistake.Unknown, diagnosis.Rule.Mistake);
        Assert.Equal("some new words", diagnosis.Reason);
        Assert.Equal("Because.", diagnosis.Explanation);
        Assert.Equal("Do not.", diagnosis.Remedy);
    }

    [Fact]
    public void Diagnose_OnlyAReport_IsClassifiedByIt()
    {
        VerifierDiagnosis diagnosis = Diagnose(new VerifierLog(
            "0: (95) exit\n\nVerification failed: Register Type Safety: Unreadable register\n\nReason:\n  R0 is not there.\n",
            Errno.EACCES,
            IsTruncated: false,
            KeepsEnd: true));

        Assert.Equal(VerifierMistake.UninitializedRegister, diagnosis.Rule.Mistake);
        Assert.Equal("Unreadable register: R0 is not there.", diagnosis.Reason);
    }

    [Theory]
    [InlineData("invalid read from stack R2 off=-4 size=8", VerifierMistake.StackOutOfBounds, "The access is to 8 bytes from fp-4 on, where the stack has only 4 bytes left.")]
    [InlineData("invalid stack type R2 off=-4 access_size=8", VerifierMistake.StackOutOfBounds, "The access is to 8 bytes from fp-4 on, where the stack has only 4 bytes left.")]
    [InlineData("invalid read from stack R2 off=-520 size=8", VerifierMistake.StackOutOfBounds, "The access is to 8 bytes from fp-520 on, below the function's stack, which begins at fp-512.")]
    [InlineData("invalid read from stack R10 off=-8 size=8", VerifierMistake.UninitializedStack, "The program reads bytes of its stack that it has not written on this path.")]
    [InlineData("invalid read from stack R2 off -8+4 size 8", VerifierMistake.UninitializedStack, "The access is to 8 bytes from fp-8 on, and the program has not written byte 4 of them on this path.")]
    [InlineData("invalid indirect read from stack off -8+4 size 8", VerifierMistake.UninitializedStack, "The access is to 8 bytes from fp-8 on, and the program has not written byte 4 of them on this path.")]
    [InlineData("invalid read from stack R2 var_off (0x0; 0x8)+4 size 8", VerifierMistake.UninitializedStack, "The program reads bytes of its stack that it has not written on this path.")]
    [InlineData(
        "invalid variable-offset read from stack R1 var_off=(0x0; 0xff) off=-256 size=1",
        VerifierMistake.VariableStackOffset,
        "The access is to 1 byte from anywhere between fp-256 and fp-1 on, which is not always within the function's stack (fp-512 to fp-1).")]
    [InlineData(
        "invalid variable-offset read from stack R1 var_off=(0xfffffffffffffff0; 0xf) off=99999999999 size=1",
        VerifierMistake.VariableStackOffset,
        "The access is to a place on the stack that is known only when the program runs.")]
    public void Diagnose_WordsAboutTheStack_OfAnyKernel_TellWhereAndHowMuch(string verdict, VerifierMistake mistake, string explanation)
    {
        VerifierDiagnosis diagnosis = Diagnose(new VerifierLog($"0: (b7) r0 = 0\n{verdict}\n", Errno.EACCES, IsTruncated: false, KeepsEnd: true));

        Assert.Equal((mistake, explanation), (diagnosis.Rule.Mistake, diagnosis.Explanation));
    }

    [Fact]
    public void Diagnose_BeginningOfALongLogOfAnOldKernel_DoesNotTakeItsEndForTheVerdict()
    {
        VerifierDiagnosis diagnosis = Diagnose(new VerifierLog("0: (95) exit\n1: (95", Errno.E2BIG, IsTruncated: true, KeepsEnd: false));

        Assert.Equal(VerifierMistake.ProgramTooComplex, diagnosis.Rule.Mistake);
        Assert.Contains("CollectionOptions.MaxLogSize", diagnosis.Reason);
    }

    [Theory]
    [InlineData("map_value_or_null(id=1,ks=4,vs=8)", "map_value_or_null")]
    [InlineData("inv(id=0,umax_value=255,var_off=(0x0; 0xff))", "scalar")]
    [InlineData("invP4", "scalar")]
    [InlineData("inv0", "scalar")]
    [InlineData("scalar(smin=0)", "scalar")]
    [InlineData("Pscalar()", "scalar")]
    [InlineData("P0", "scalar")]
    [InlineData("-1", "scalar")]
    [InlineData("0x30d34", "scalar")]
    [InlineData("fp-16", "fp")]
    [InlineData("fp0", "fp")]
    [InlineData("trusted_ptr_task_struct()", "trusted_ptr_task_struct")]
    [InlineData("mmmm????", "mmmm????")]
    [InlineData("", "")]
    public void Kind_OfAValue_IsTheSameOnAllKernels(string text, string kind) => Assert.Equal(kind, new VerifierValue("R1", text).Kind);

    [Fact]
    public void Diagnose_AnyText_GivesSomething()
    {
        string[] pieces =
        [
            "0", "1", "12", "99999999999", ": ", " (85) call", " (b7) r0 = 0", ";", " R0=", "R1_w=inv(", ")", "(", "frame1:", "frame9:", " frame",
            "from ", " to ", "fp-8=", "=", "_", "caller:", "processed ", " insns (limit", "Verification failed: ", "Reason:", "Suggestion:", "  ",
            "\n", "\n", "\n", "insn ", "alloc_insn=", "read from stack R", "off=-", "stack ", "off -", " size=", "size ", "var_off=(0x", "unknown opcode ", "95", "\0", "\uFFFD", "map_value_or_null", "safe", "R", "é",
        ];
        Gen.OneOf(Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]), Gen.String[0, 6]).Array[0, 80].Sample(
            parts =>
            {
                VerifierDiagnosis diagnosis = Diagnose(new VerifierLog(string.Concat(parts), Errno.EINVAL, false, true));
                VerifierException error = new("x", new VerifierLog(string.Concat(parts), Errno.EINVAL, false, true), diagnosis);
                int lines = error.ToString().Split('\n').Length;
                return lines <= 40 && error.Message.Split('\n').Length <= 2;
            },
            iter: 2_000);
    }

    [Fact]
    public void Parse_LongLogs_CostsInProportionToTheirLength()
    {
        // What would be quadratic takes minutes with a megabyte.
        string[] lines =
        [
            "12: (85) call bpf_x#1 ; R0=scalar(umax=5,var_off=(0x0; 0x7)) fp-8=mmmm????\n",
            "from 5 to 7: R0=0 R10=fp0\n",
            "\n", "from \n", "x\n", "(((((\n", " R0=((((( R1=1\n", "1:2:3\n", "Reason:\n", "  word\n", "Verification failed: \n",
        ];
        foreach (string line in lines)
        {
            string log = string.Concat(Enumerable.Repeat(line, 1_000_000 / line.Length));
            Assert.NotNull(Diagnose(new VerifierLog("5: (95) exit\n" + log, Errno.EINVAL, false, true)));
        }

        Assert.NotNull(Diagnose(new VerifierLog("R0 " + new string('(', 1_000_000), Errno.EINVAL, false, true)));
    }

    private static VerifierDiagnosis Diagnose(VerifierLog log) => VerifierDiagnosis.Of(
        log,
        new ProgramListing("x", [Instruction.Mov(Register.R0, 0), Instruction.LoadImmediate64(Register.R1, 1), Instruction.Exit()]),
        new PoisonedInstructions(new CoRe.CoReRelocator(new CoRe.CoReTargets(null)).Apply([], "x")));
}
