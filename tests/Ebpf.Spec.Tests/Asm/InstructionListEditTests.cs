using CsCheck;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.Asm;

public sealed class InstructionListEditTests
{
    /// <summary>A loop as it is decoded: 0: r1 = 0; 1: r1 += 1; 2: if r1 &lt; 9 goto 1; 3: goto 4; 4: exit.</summary>
    private static InstructionList Loop() =>
        [Mov(R1, 0), Add(R1, 1), JumpIf(JumpCondition.LessThan, R1, 9, -2), Jump(0), Exit()];

    private static readonly Instruction Wide = LoadImmediate64(R2, 1);

    [Fact]
    public void Insert_BeforeALoop_MovesTheWholeLoop()
    {
        InstructionList list = Loop();

        list.Insert(0, Wide);

        Assert.Equal((-2, 0), (list[3].Offset, list[4].Offset));
    }

    [Fact]
    public void Insert_AtTheHeadOfALoop_StaysOutOfTheLoop()
    {
        InstructionList list = Loop();

        list.Insert(1, Wide);

        Assert.Equal(Add(R1, 1), list[2]);
        Assert.Equal(-2, list[3].Offset);
    }

    [Fact]
    public void Insert_InsideALoop_LengthensTheJumpBack()
    {
        InstructionList list = Loop();

        list.Insert(2, Wide);

        Assert.Equal(-4, list[3].Offset);
        Assert.Equal(0, list[4].Offset);
    }

    [Fact]
    public void Insert_BeforeTheTargetOfAForwardJump_IsJumpedOver()
    {
        InstructionList list = Loop();

        list.InsertRange(4, Mov(R0, 1), Mov(R0, 2));

        Assert.Equal(2, list[3].Offset);
        Assert.Equal(-2, list[2].Offset);
    }

    [Fact]
    public void RemoveAt_TargetOfAJump_LeadsToTheNextInstruction()
    {
        InstructionList list = Loop();

        list.RemoveAt(1);

        Assert.Equal(-1, list[1].Offset);
        Assert.Equal([0xb7, 0xa5, 0x05, 0x95], list.Select(instruction => (int)instruction.OpCode.Value));
    }

    [Fact]
    public void RemoveRange_Between_ShortensJumps()
    {
        InstructionList list = [JumpIf(JumpCondition.Equal, R1, 0, 4), Wide, Mov(R0, 1), Mov(R0, 2), Exit(), Jump(-7)];

        list.RemoveRange(1, 2);

        Assert.Equal([JumpIf(JumpCondition.Equal, R1, 0, 1), Mov(R0, 2), Exit(), Jump(-4)], list);
    }

    [Fact]
    public void Replace_ByMoreSlots_LeadsJumpsToTheFirst()
    {
        InstructionList list = Loop();

        list.Replace(1, Wide, Add(R1, R2));

        Assert.Equal([Mov(R1, 0), Wide, Add(R1, R2), JumpIf(JumpCondition.LessThan, R1, 9, -4), Jump(0), Exit()], list);
    }

    [Fact]
    public void Replace_ByNothing_Removes()
    {
        InstructionList list = Loop();

        list.Replace(3);

        Assert.Equal([Mov(R1, 0), Add(R1, 1), JumpIf(JumpCondition.LessThan, R1, 9, -2), Exit()], list);
    }

    [Fact]
    public void Add_AfterAJumpPastTheEnd_CompletesTheJump()
    {
        InstructionList list = [Jump(1), Mov(R0, 1)];

        list.Add(Exit());
        list.Insert(3, Exit());

        Assert.Equal(1, list[0].Offset);
    }

    [Fact]
    public void Insert_CallsByDistance_StillLeadToTheFunction()
    {
        InstructionList list =
        [
            CallFunction(3),
            LoadFunctionAddress(R1, "unnamed") with { Reference = null, Immediate = 2 },
            Exit(),
            Exit(),
            CallFunction(-2),
        ];

        list.Insert(2, Wide);

        Assert.Equal((5, 4, -2), (list[0].ImmediateLow, list[1].ImmediateLow, list[5].ImmediateLow));
    }

    [Fact]
    public void Insert_PushesAJumpOutOfReach_ChangesNothing()
    {
        InstructionList list = [Jump(0), Jump(32_767)];
        for (int i = 0; i < 32_767; i++) list.Add(Mov(R0, 0));
        list.Add(Exit());
        InstructionList before = list.Clone();

        BpfException error = Assert.Throws<BpfException>(() => list.Insert(5, Exit()));

        Assert.StartsWith(
            "Edit: instruction 1 (`goto +32767`) would have to go 32768 slots",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal(before, list);
    }

    [Fact]
    public void Insert_JumpsOutOfTheList_AreLeftAlone()
    {
        InstructionList list = [Jump(100), Jump(-100), Jump(-4), Exit()];

        list.Insert(1, Exit());

        Assert.Equal((100, -100, -4), (list[0].Offset, list[2].Offset, list[3].Offset));
    }

    [Fact]
    public void Insert_AtTheStartOfAFunction_BecomesItsStart()
    {
        FunctionType type = SmallBtf.Function;
        LineInfo line = new() { Line = 1 };
        Instruction start = Mov(R0, 0) with { Symbol = "main", Function = type, Line = line };
        InstructionList list = [start, Exit()];

        list.Insert(0, Mov(R6, R1));

        Assert.Equal(Mov(R6, R1) with { Symbol = "main", Function = type, Line = line }, list[0]);
        Assert.Equal(Mov(R0, 0), list[1]);
    }

    [Fact]
    public void Insert_AtTheStartOfAFunctionThatLoopsToItsName_StaysOutOfTheLoop()
    {
        InstructionList list = [Add(R1, 1).WithSymbol("main"), JumpIf(JumpCondition.LessThan, R1, 9, "main"), Exit()];

        list.Insert(0, Mov(R1, 0));

        InstructionList encoded = Encoded(list);
        Assert.Equal("main", list[0].Symbol);
        Assert.Equal(-2, encoded[2].Offset);
    }

    [Fact]
    public void Insert_WithASymbol_StartsAFunctionOfItsOwn()
    {
        InstructionList list = [CallFunction("second").WithSymbol("first"), Exit(), Exit().WithSymbol("second")];

        list.InsertRange(2, Mov(R0, 0).WithSymbol("third"), Exit());

        Assert.Equal(["first", null, "third", null, "second"], list.Select(instruction => instruction.Symbol));
    }

    [Fact]
    public void Insert_BeforeALabel_IsJumpedOver()
    {
        InstructionList list = [Jump("out"), Exit().WithSymbol("out")];

        list.Insert(1, Mov(R0, 0));

        Assert.Equal(1, Encoded(list)[0].Offset);
    }

    [Fact]
    public void RemoveAt_Label_PassesItOn()
    {
        LineInfo line = new() { Line = 4 };
        InstructionList list = [Jump("out"), Mov(R0, 1), (Mov(R0, 0) with { Line = line }).WithSymbol("out"), Exit()];

        list.RemoveAt(2);

        Assert.Equal(Exit() with { Symbol = "out", Line = line }, list[2]);
        Assert.Equal(1, Encoded(list)[0].Offset);
    }

    [Fact]
    public void RemoveAt_LabelBeforeAnotherLabel_LeadsJumpsToThatOne()
    {
        InstructionList list =
        [
            CallFunction("g").WithSymbol("f"),
            Jump("out"),
            Mov(R0, 0).WithSymbol("out"),
            Exit().WithSymbol("end"),
            Jump("out").WithSymbol("g"),
            Exit().WithSymbol("out"),
        ];

        list.RemoveAt(2);

        Assert.Equal(new Reference(ReferenceKind.Label, "end"), list[1].Reference);
        Assert.Equal(new Reference(ReferenceKind.Label, "out"), list[3].Reference);
        Assert.Equal((0, 0), (Encoded(list)[1].Offset, Encoded(list)[3].Offset));
    }

    [Fact]
    public void RemoveAt_StartOfAFunctionBeforeALabel_KeepsTheFunction()
    {
        FunctionType type = SmallBtf.Function;
        Instruction start = Mov(R1, 0) with { Symbol = "main", Function = type };
        InstructionList list = [start, Add(R1, 1).WithSymbol("again"), Jump("again")];

        list.RemoveAt(0);

        Assert.Equal(("main", type), (list[0].Symbol, list[0].Function));
        Assert.Equal(-2, Encoded(list)[1].Offset);
    }

    [Fact]
    public void RemoveRange_WholeFunction_LeavesTheNextFunctionAndNoCallOfTheOld()
    {
        FunctionType type = SmallBtf.Function;
        InstructionList list =
        [
            CallFunction("f").WithSymbol("main"),
            Exit(),
            Exit().WithSymbol("f"),
            Exit() with { Symbol = "g", Function = type },
        ];

        list.RemoveAt(2);

        Assert.Equal("g", list[2].Symbol);
        Assert.Throws<BpfException>(() => list.Encode(ByteOrder.LittleEndian));
    }

    [Fact]
    public void Replace_StartOfAFunction_KeepsItsAnnotationsButNoRelocation()
    {
        FunctionType type = SmallBtf.Function;
        LineInfo line = new() { Line = 1 };
        Instruction start = Load(AccessSize.Word, R1, R1, 8) with
        {
            Symbol = "main",
            Function = type,
            Line = line,
            Relocation = new Ebpf.CoRe.CoReRelocation(),
        };
        InstructionList list = [start, Jump("main")];

        list.Replace(0, Mov(R1, 0), Mov(R2, 0));

        Assert.Equal(Mov(R1, 0) with { Symbol = "main", Function = type, Line = line }, list[0]);
        Assert.Equal(-3, Encoded(list)[2].Offset);
    }

    [Fact]
    public void Edits_AnySequence_LeadEveryJumpWhereItLed()
    {
        Gen<(int Kind, int Place, int Count)[]> edits =
            Gen.Select(Gen.Int[0, 2], Gen.Int[0, 1000], Gen.Int[0, 4]).Array[1, 12];
        Gen.Select(Gen.Int[0, 5].Array[1, 30], Gen.Int[0, 1000].Array[30], edits).Sample((kinds, targets, sequence) =>
        {
            EditModel model = new(kinds, targets);
            InstructionList list = model.Build();
            model.AssertMatches(list);
            foreach ((int kind, int place, int count) in sequence)
            {
                model.Edit(list, kind, place, count);
                model.AssertMatches(list);
            }
        });
    }

    private static InstructionList Encoded(InstructionList list) =>
        InstructionDecoder.Decode(list.Encode(ByteOrder.LittleEndian), ByteOrder.LittleEndian);
}
