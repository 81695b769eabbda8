using System.Runtime.CompilerServices;
using Ebpf.Asm;
using Ebpf.Btf;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.Asm;

public sealed class InstructionTests
{
    [Fact]
    public void Size_IsAtMost32Bytes() => Assert.Equal(32, Unsafe.SizeOf<Instruction>());

    [Fact]
    public void Copy_Annotated_LeavesTheOriginalAlone()
    {
        Instruction original = Mov(R0, 1).WithSymbol("main");
        Instruction copy = original;

        copy.Symbol = "other";
        copy.Line = new LineInfo { Line = 7 };

        Assert.Equal("main", original.Symbol);
        Assert.Null(original.Line);
        Assert.Equal("other", copy.Symbol);
        Assert.Equal(7, copy.Line.Line);
    }

    [Fact]
    public void Annotations_SetToNullAgain_MakeTheInstructionEqualToThePlainOne()
    {
        Instruction instruction = Mov(R0, 1).WithSymbol("main").WithLine(new LineInfo());

        instruction.Symbol = null;
        instruction.Line = null;

        Assert.Equal(Mov(R0, 1), instruction);
    }

    [Fact]
    public void Equals_SeesEveryPart()
    {
        Instruction one = JumpIf(JumpCondition.Equal, R1, R2, "out").WithSymbol("start");

        Assert.Equal(one, JumpIf(JumpCondition.Equal, R1, R2, "out").WithSymbol("start"));
        Assert.NotEqual(one, one with { OpCode = OpCode.Goto });
        Assert.NotEqual(one, one with { Destination = R3 });
        Assert.NotEqual(one, one with { Source = R3 });
        Assert.NotEqual(one, one with { Offset = 3 });
        Assert.NotEqual(one, one with { Immediate = 3 });
        Assert.NotEqual(one, one with { Reference = new Reference(ReferenceKind.Label, "in") });
        Assert.NotEqual(one, one with { Symbol = "end" });
    }

    [Fact]
    public void Registers_AreIndependent()
    {
        Instruction instruction = Mov(R3, R9);

        instruction.Destination = R10;
        Assert.Equal((R10, R9), (instruction.Destination, instruction.Source));

        instruction.Source = R1;
        Assert.Equal((R10, R1), (instruction.Destination, instruction.Source));
    }

    [Fact]
    public void Register_ThatFourBitsCannotHold_IsRefused()
    {
        Instruction instruction = default;

        Assert.Throws<ArgumentOutOfRangeException>(() => instruction.Destination = (Register)16);
        Assert.Throws<ArgumentOutOfRangeException>(() => instruction.Source = (Register)255);
    }

    [Fact]
    public void ImmediateHalves_AreIndependent()
    {
        Instruction load = LoadMapValue(R1, "settings", 0x8000_0004);

        load.ImmediateLow = -1;
        Assert.Equal(unchecked((long)0x8000_0004_ffff_ffff), load.Immediate);

        load.ImmediateHigh = 8;
        Assert.Equal(0x0000_0008_ffff_ffff, load.Immediate);
    }

    [Theory]
    [InlineData("exit", false, false, false, true)]
    [InlineData("goto", true, false, false, false)]
    [InlineData("gotol", true, false, false, false)]
    [InlineData("gotox", false, false, false, false)]
    [InlineData("may_goto", true, false, false, false)]
    [InlineData("if", true, true, false, false)]
    [InlineData("if32", true, true, false, false)]
    [InlineData("call", false, false, true, false)]
    [InlineData("callx", false, false, true, false)]
    [InlineData("mov", false, false, false, false)]
    public void Queries_TellWhereControlGoes(string form, bool jump, bool conditional, bool call, bool exit)
    {
        Instruction instruction = form switch
        {
            "exit" => Exit(),
            "goto" => Jump("x"),
            "gotol" => JumpLong("x"),
            "gotox" => JumpRegister(R1),
            "may_goto" => MayGoto("x"),
            "if" => JumpIf(JumpCondition.SignedLessOrEqual, R1, R2, "x"),
            "if32" => JumpIf32(JumpCondition.Equal, R1, 0, "x"),
            "call" => Call(Helper.KtimeGetNs),
            "callx" => CallRegister(R1),
            _ => Mov(R1, 0),
        };

        Assert.Equal(
            (jump, conditional, call, exit),
            (instruction.IsJump, instruction.IsConditionalJump, instruction.IsCall, instruction.IsExit));
    }

    [Fact]
    public void Queries_TellWhatIsCalled()
    {
        Assert.Equal(Helper.KtimeGetNs, Call(Helper.KtimeGetNs).Helper);
        Assert.True(Call(Helper.KtimeGetNs).IsHelperCall);
        Assert.True(CallFunction("f").IsFunctionCall);
        Assert.Null(CallFunction("f").Helper);
        Assert.True(CallKfunc("bpf_task_acquire").IsKfuncCall);
        Assert.False(CallKfunc("bpf_task_acquire").IsHelperCall);
        Assert.False(CallRegister(R0).IsHelperCall);
    }

    [Fact]
    public void Queries_TellWhatAWideLoadLoads()
    {
        Assert.Equal((2, true, WideLoadKind.Map), Wide(LoadMap(R1, "m")));
        Assert.Equal((2, true, WideLoadKind.MapValue), Wide(LoadMapValue(R1, "m")));
        Assert.Equal((2, true, WideLoadKind.MapValue), Wide(LoadKconfig(R1, "CONFIG_HZ")));
        Assert.Equal((2, false, WideLoadKind.KernelVariable), Wide(LoadKsym(R1, "runqueues")));
        Assert.Equal((2, false, WideLoadKind.Function), Wide(LoadFunctionAddress(R1, "f")));
        Assert.Equal((2, false, WideLoadKind.Immediate), Wide(LoadImmediate64(R1, 1)));
        Assert.Equal((1, false), (Mov(R1, 1).Slots, Mov(R1, R1).IsMapLoad));

        static (int Slots, bool Map, WideLoadKind Kind) Wide(Instruction load) =>
            (load.Slots, load.IsMapLoad, load.WideLoadKind);
    }

    [Fact]
    public void Factories_RefuseWidthsThatDoNotExist()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => LittleEndian(R1, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => BigEndian(R1, 24));
        Assert.Throws<ArgumentOutOfRangeException>(() => ByteSwap(R1, 128));
        Assert.Throws<ArgumentOutOfRangeException>(() => MovSignExtended(R1, R2, 64));
        Assert.Throws<ArgumentOutOfRangeException>(() => MovSignExtended32(R1, R2, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => LoadSignExtended(AccessSize.DoubleWord, R1, R2));
        Assert.Throws<ArgumentOutOfRangeException>(() => LoadAbsolute(AccessSize.DoubleWord, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LoadIndirect(AccessSize.DoubleWord, R1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AtomicAdd(AccessSize.Byte, R1, 0, R2));
        Assert.Throws<ArgumentOutOfRangeException>(() => AtomicExchange(AccessSize.HalfWord, R1, 0, R2));
    }

    [Theory]
    [InlineData(Helper.MapLookupElem, 1, "bpf_map_lookup_elem")]
    [InlineData(Helper.RingbufReserve, 131, "bpf_ringbuf_reserve")]
    [InlineData(Helper.SkcToTcp6Sock, 136, "bpf_skc_to_tcp6_sock")]
    [InlineData(Helper.CgrpStorageDelete, 211, "bpf_cgrp_storage_delete")]
    public void Helper_HasTheNumberAndTheNameOfTheKernel(Helper helper, int number, string name)
    {
        Assert.Equal(number, (int)helper);
        Assert.Equal(name, helper.KernelName());
    }

    [Fact]
    public void Helper_Unknown_HasNoName()
    {
        Assert.Null(((Helper)212).KernelName());
        Assert.Null(((Helper)(-1)).KernelName());
        Assert.Null(Helper.Unspec.KernelName());
    }
}
