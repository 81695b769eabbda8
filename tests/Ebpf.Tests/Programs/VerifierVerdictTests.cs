namespace Ebpf.Tests.Programs;

public sealed class VerifierVerdictTests
{
    [Fact]
    public void Find_SeveralLinesBehindTheLastInstruction_JoinsThem()
    {
        const string log = """
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

            """;

        Assert.Equal(
            ("invalid access to packet, off=20 size=1, R1(id=0,off=20,r=0); R1 offset is outside of the packet", 1),
            VerifierVerdict.Find(log));
    }

    [Fact]
    public void Find_StatesAndSourceLinesBehindTheLastInstruction_AreNoReason()
    {
        const string log = """
            17: (85) call bpf_map_lookup_elem#1   ; R0=map_value_or_null(id=1,ks=4,vs=8)
            18: (79) r0 = *(u64 *)(r0 +0)
             R0=map_value_or_null(id=1,ks=4,vs=8) R10=fp0
            ; return *value; @ x.bpf.c:30
            from 3 to 7: R0=0
            R0 invalid mem access 'map_value_or_null'
            processed 19 insns (limit 1000000)
            """;

        Assert.Equal(("R0 invalid mem access 'map_value_or_null'", 18), VerifierVerdict.Find(log));
    }

    [Fact]
    public void Find_NoInstruction_HasTheReasonAlone() =>
        Assert.Equal(
            ("number of funcs in func_info doesn't match number of subprogs", (int?)null),
            VerifierVerdict.Find("number of funcs in func_info doesn't match number of subprogs\nprocessed 0 insns\n"));

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("processed 4 insns (limit 1000000)\n")]
    public void Find_NothingWrong_HasNoReason(string log) => Assert.Equal(("", (int?)null), VerifierVerdict.Find(log));
}
