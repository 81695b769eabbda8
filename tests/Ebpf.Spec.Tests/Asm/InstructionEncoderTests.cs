using Ebpf.Asm;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.Asm;

public sealed class InstructionEncoderTests
{
    [Fact]
    public void Encode_Labels_CountsSlotsForwardsAndBackwards()
    {
        InstructionList list =
        [
            Mov(R0, 0).WithSymbol("again"),
            LoadMap(R1, "counts"),
            JumpIf(JumpCondition.Equal, R0, 0, "out"),
            LoadImmediate64(R2, 1),
            Jump("again"),
            JumpLong("again"),
            MayGoto("out"),
            Exit().WithSymbol("out"),
        ];

        InstructionList encoded = EncodeAndDecode(list);

        Assert.Equal(5, encoded[2].Offset);
        Assert.Equal(-7, encoded[4].Offset);
        Assert.Equal((0, -8L), (encoded[5].Offset, encoded[5].Immediate));
        Assert.Equal(0, encoded[6].Offset);
    }

    [Fact]
    public void Encode_Functions_CountsSlotsFromTheNextSlot()
    {
        InstructionList list =
        [
            LoadFunctionAddress(R1, "callback").WithSymbol("main"),
            CallFunction("callback"),
            Exit(),
            Mov(R0, 0).WithSymbol("callback"),
            CallFunction("main"),
            LoadFunctionAddress(R1, "main"),
            Exit(),
        ];

        InstructionList encoded = EncodeAndDecode(list);

        Assert.Equal(3, encoded[0].Immediate);
        Assert.Equal(1, encoded[1].Immediate);
        Assert.Equal(-6, encoded[4].Immediate);
        Assert.Equal((-7, 0), (encoded[5].ImmediateLow, encoded[5].ImmediateHigh));
    }

    [Fact]
    public void Encode_LeavesTheListAsItWas()
    {
        InstructionList list = [Jump("out"), Exit().WithSymbol("out")];
        InstructionList before = list.Clone();

        list.Encode(ByteOrder.LittleEndian);

        Assert.Equal(before, list);
    }

    [Fact]
    public void Encode_OtherReferences_EncodesTheImmediate()
    {
        InstructionList list =
        [
            LoadMap(R1, "counts") with { ImmediateLow = 7 },
            LoadMapValue(R2, "settings", 16) with { ImmediateLow = 8 },
            CallKfunc("bpf_task_acquire") with { Immediate = 1234, Offset = 2 },
        ];

        InstructionList encoded = EncodeAndDecode(list);

        Assert.Equal((7, 0), (encoded[0].ImmediateLow, encoded[0].ImmediateHigh));
        Assert.Equal((8, 16), (encoded[1].ImmediateLow, encoded[1].ImmediateHigh));
        Assert.Equal((1234, 2), (encoded[2].ImmediateLow, encoded[2].Offset));
    }

    [Fact]
    public void Encode_SameLabelInTwoFunctions_StaysInEach()
    {
        InstructionList list =
        [
            CallFunction("second").WithSymbol("first"),
            Jump("out"),
            Mov(R0, 1),
            Exit().WithSymbol("out"),
            Jump("out").WithSymbol("second"),
            Exit().WithSymbol("out"),
        ];

        InstructionList encoded = EncodeAndDecode(list);

        Assert.Equal((1, 0), (encoded[1].Offset, encoded[4].Offset));
    }

    [Fact]
    public void Encode_LabelOfAnotherFunction_IsNotFound()
    {
        InstructionList list = [CallFunction("f"), Jump("out"), Exit().WithSymbol("f"), Exit().WithSymbol("out")];

        BpfException error = Assert.Throws<BpfException>(() => list.Encode(ByteOrder.LittleEndian));

        Assert.Equal(
            "Encode instruction 1 (`goto out`): there is no label \"out\" in the same function.", error.Message);
    }

    [Fact]
    public void Encode_FunctionThatOnlyItsTypeShows_HasLabelsOfItsOwn()
    {
        Instruction start = Jump("out") with { Symbol = "unused", Function = SmallBtf.Function };
        InstructionList list = [Jump("out"), Exit().WithSymbol("out"), start, Mov(R0, 0), Exit().WithSymbol("out")];

        InstructionList encoded = EncodeAndDecode(list);

        Assert.Equal((0, 1), (encoded[0].Offset, encoded[2].Offset));
    }

    [Fact]
    public void Encode_MissingFunction_NamesItAndTheInstruction()
    {
        InstructionList list = [Mov(R1, 0), CallFunction("gone")];

        BpfException error = Assert.Throws<BpfException>(() => list.Encode(ByteOrder.LittleEndian));

        Assert.Equal("Encode instruction 1 (`call gone`): there is no function \"gone\".", error.Message);
    }

    [Fact]
    public void Encode_SymbolThatIsThereTwice_IsAnError()
    {
        InstructionList labels = [Jump("out"), Mov(R0, 0).WithSymbol("out"), Exit().WithSymbol("out")];
        InstructionList functions = [CallFunction("f"), Exit(), Exit().WithSymbol("f"), Exit().WithSymbol("f")];

        Assert.Equal(
            "Encode instruction 2: the symbol \"out\" is there twice.",
            Assert.Throws<BpfException>(() => labels.Encode(ByteOrder.LittleEndian)).Message);
        Assert.Equal(
            "Encode instruction 3: the symbol \"f\" is there twice.",
            Assert.Throws<BpfException>(() => functions.Encode(ByteOrder.LittleEndian)).Message);
    }

    [Theory]
    [InlineData(32767, true)]
    [InlineData(32768, false)]
    public void Encode_JumpForwards_ReachesWhatSixteenBitsHold(int distance, bool fits)
    {
        InstructionList list = [JumpIf(JumpCondition.Equal, R0, 0, "far")];
        for (int i = 0; i < distance; i++) list.Add(Mov(R0, 0));
        list.Add(Exit().WithSymbol("far"));

        if (fits)
        {
            Assert.Equal(distance, EncodeAndDecode(list)[0].Offset);
            return;
        }

        BpfException error = Assert.Throws<BpfException>(() => list.Encode(ByteOrder.LittleEndian));
        Assert.StartsWith(
            "Encode instruction 0 (`if r0 == 0 goto far`): \"far\" is 32768 slots away",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32767, true)]
    [InlineData(32768, false)]
    public void Encode_JumpBackwards_ReachesWhatSixteenBitsHold(int between, bool fits)
    {
        InstructionList list = [Mov(R0, 0).WithSymbol("far")];
        for (int i = 1; i < between; i++) list.Add(Mov(R0, 0));
        list.Add(Jump("far"));

        if (fits) Assert.Equal(-between - 1, EncodeAndDecode(list)[^1].Offset);
        else Assert.Throws<BpfException>(() => list.Encode(ByteOrder.LittleEndian));
    }

    [Fact]
    public void Encode_GotoTooFarWhereAllowed_BecomesLong()
    {
        InstructionList list = [Jump("far"), Jump("near"), Exit().WithSymbol("near")];
        for (int i = 0; i < 40_000; i++) list.Add(Mov(R0, 0));
        list.Add(Exit().WithSymbol("far"));

        byte[] code = list.Encode(ByteOrder.LittleEndian, new EncodeOptions { AllowLongJumps = true });

        InstructionList encoded = InstructionDecoder.Decode(code, ByteOrder.LittleEndian);
        Assert.Equal(JumpLong(40_002), encoded[0]);
        Assert.Equal(Jump(0), encoded[1]);
    }

    [Fact]
    public void Encode_ConditionalJumpTooFar_IsAnErrorEvenWhereLongJumpsAreAllowed()
    {
        InstructionList list = [JumpIf(JumpCondition.Equal, R0, 0, "far")];
        for (int i = 0; i < 40_000; i++) list.Add(Mov(R0, 0));
        list.Add(Exit().WithSymbol("far"));

        BpfException error = Assert.Throws<BpfException>(
            () => list.Encode(ByteOrder.LittleEndian, new EncodeOptions { AllowLongJumps = true }));

        Assert.Contains("jump on the opposite condition over a gotol", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x8000_0000)]
    [InlineData(-0x8000_0001)]
    public void Encode_ImmediateOfMoreThan32Bits_IsNotCutOff(long immediate)
    {
        InstructionList list = [Mov(R0, 0) with { Immediate = immediate }];

        BpfException error = Assert.Throws<BpfException>(() => list.Encode(ByteOrder.LittleEndian));

        Assert.Contains($"the immediate {immediate} does not fit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_ReferenceOnTheWrongInstruction_IsAnError()
    {
        Reference label = new(ReferenceKind.Label, "x");
        Reference function = new(ReferenceKind.Function, "x");
        Instruction target = Exit().WithSymbol("x");

        Assert.Throws<BpfException>(() => Encode(Mov(R0, 0).WithReference(label)));
        Assert.Throws<BpfException>(() => Encode(Call(Helper.KtimeGetNs).WithReference(function)));
        Assert.Throws<BpfException>(() => Encode(LoadMap(R1, 3).WithReference(function)));

        byte[] Encode(Instruction instruction) =>
            new InstructionList { instruction, target }.Encode(ByteOrder.LittleEndian);
    }

    [Fact]
    public void Encode_IntoASpan_WritesOnlyWhatIsNeeded()
    {
        InstructionList list = [LoadImmediate64(R0, -1), Exit()];
        byte[] destination = new byte[32];
        destination.AsSpan().Fill(0xcc);

        Assert.Equal(24, list.Encode(destination, ByteOrder.BigEndian));

        Assert.Equal(list.Encode(ByteOrder.BigEndian), destination[..24]);
        Assert.Equal(0xcc, destination[24]);
        Assert.Throws<ArgumentException>(() => list.Encode(destination.AsSpan(0, 23), ByteOrder.BigEndian));
    }

    private static InstructionList EncodeAndDecode(InstructionList list) =>
        InstructionDecoder.Decode(list.Encode(ByteOrder.BigEndian), ByteOrder.BigEndian);
}
