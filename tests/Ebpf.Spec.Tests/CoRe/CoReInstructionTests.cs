using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using Ebpf.Spec.Tests.Btf;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>Which instructions take a value, and what they must hold before.</summary>
public sealed class CoReInstructionTests
{
    /// <summary>Type 2: <c>struct s { int a; int b; char array[3]; }</c>; type 6: <c>enum e { V = -1 }</c>, unsigned.</summary>
    private static readonly BtfSpec Local = Types(offset: 0, value: -1);

    private static BtfSpec Types(uint offset, int value, bool signed = false)
    {
        BtfBlob blob = new();
        uint number = blob.Int("unsigned int", 4);
        blob.Struct("s", 12 + offset, ("a", number, offset * 8), ("b", number, (offset + 4) * 8), ("array", 5, (offset + 8) * 8));
        uint byteType = blob.Int("char", 1);
        blob.Typedef("unused", number);
        blob.Array(byteType, number, 3);
        blob.Enum("e", signed, ("V", value));
        return blob.Parse();
    }

    private static Instruction Relocate(Instruction instruction, uint offset = 100) =>
        RelocateList([Instruction.Mov(R2, 0), Offset(instruction), Instruction.Exit()], offset)[1];

    private static InstructionList RelocateList(Instruction[] instructions, uint offset)
    {
        InstructionList code = Code.List(instructions);
        new CoReRelocator(new CoReTargets(Types(offset, -1))).Apply(code, "prog");
        return code;
    }

    /// <summary>Asks for the offset of <c>b</c>, which is 4 in the program.</summary>
    private static Instruction Offset(Instruction instruction) =>
        instruction.Relocated(CoReRelocationKind.FieldByteOffset, Local[2], "0:1");

    [Fact]
    public void ImmediatesOffsetsAndWideLoads_TakeTheValue()
    {
        Assert.Equal(Instruction.Mov(R1, 104), Relocate(Instruction.Mov(R1, 4)));
        Assert.Equal(Instruction.Mov32(R1, 104), Relocate(Instruction.Mov32(R1, 4)));
        Assert.Equal(Instruction.Add(R1, 104), Relocate(Instruction.Add(R1, 4)));
        Assert.Equal(Instruction.LoadImmediate64(R1, 104), Relocate(Instruction.LoadImmediate64(R1, 4)));
        Assert.Equal(Instruction.Load(AccessSize.Word, R1, R2, 104), Relocate(Instruction.Load(AccessSize.Word, R1, R2, 4)));
        Assert.Equal(Instruction.Store(AccessSize.Word, R1, 104, 7), Relocate(Instruction.Store(AccessSize.Word, R1, 4, 7)));
        Assert.Equal(Instruction.Store(AccessSize.Word, R1, 104, R2), Relocate(Instruction.Store(AccessSize.Word, R1, 4, R2)));
    }

    public static TheoryData<string, Instruction> Impossible => new()
    {
        { "a register is added", Instruction.Add(R1, R2) },
        { "bytes are swapped", Instruction.BigEndian(R1, 16) },
        { "jump", Instruction.JumpIf(JumpCondition.Equal, R1, 4, 0) },
        { "call", Instruction.Call(Helper.MapLookupElem) },
        { "map", Instruction.LoadMap(R1, "map") },
        { "map by descriptor", Instruction.LoadMap(R1, 4) },
        { "packet", new Instruction(OpCode.OfAccess(InstructionClass.Load, AccessMode.Absolute, AccessSize.Word), immediate: 4) },
        { "exit", Instruction.Exit() },
    };

    [Theory]
    [MemberData(nameof(Impossible), DisableDiscoveryEnumeration = true)]
    public void OtherInstructions_AreAnErrorThatNamesThem(string what, Instruction instruction)
    {
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => Relocate(instruction));

        Assert.NotEmpty(what);
        Assert.Equal("prog", error.Symbol);
        Assert.StartsWith("symbol \"prog\": instruction 1: FieldByteOffset struct s 0:1: \"", error.Message);
        Assert.EndsWith("is no instruction that can hold a value", error.Message);
    }

    public static TheoryData<Instruction> Wrong => new()
    {
        Instruction.Mov(R1, 5),
        Instruction.Mov32(R1, -4),
        Instruction.LoadImmediate64(R1, 0x1_0000_0004),
        Instruction.Load(AccessSize.Word, R1, R2, 5),
        Instruction.Store(AccessSize.Word, R1, 0, 4),
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void InstructionsThatHoldAnotherValue_AreAnErrorThatSaysBoth(Instruction instruction)
    {
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => Relocate(instruction));

        Assert.Matches(
            "^symbol \"prog\": instruction 1: FieldByteOffset struct s 0:1: the instruction holds -?\\d+, "
            + "but for the program's own types it should be 4$",
            error.Message);
    }

    [Fact]
    public void Errors_LeaveTheProgramAsItWas()
    {
        InstructionList code = Code.List(Offset(Instruction.Mov(R1, 4)), Offset(Instruction.Mov(R1, 5)));
        InstructionList before = code.Clone();

        Assert.Throws<ObjectFormatException>(() => new CoReRelocator(new CoReTargets(Types(8, 0))).Apply(code, "prog"));

        Assert.Equal(before, code);
    }

    [Fact]
    public void Relocations_AreTakenOff_AndNothingElse()
    {
        InstructionList code = Code.List(
            Offset(Instruction.Mov(R1, 4)) with { Symbol = "prog", Line = new LineInfo { Line = 3 } }, Instruction.Exit());
        CoReRelocator relocator = new(new CoReTargets(Types(8, 0)));

        Assert.True(CoReRelocator.NeedsTargets(code));
        Assert.Single(relocator.Apply(code, "prog").Outcomes);
        Assert.Empty(relocator.Apply(code, "prog").Outcomes);

        Assert.False(CoReRelocator.NeedsTargets(code));
        Assert.Equal("prog", code[0].Symbol);
        Assert.Equal(3, code[0].Line!.Line);
        Assert.Equal(12, code[0].Immediate);
    }

    [Fact]
    public void PoisonedInstructions_KeepTheirSymbolsAndAllDistances()
    {
        Instruction wide = Instruction.LoadImmediate64(R1, -1).Relocated(CoReRelocationKind.EnumValue, Local[6], "0");
        InstructionList code = Code.List(
            Instruction.JumpIf(JumpCondition.Equal, R1, 0, 5),
            wide with { Symbol = "first" },
            wide with { Symbol = "second" },
            Instruction.Mov(R0, 1),
            Instruction.Exit());
        int slots = code.SlotCount;

        CoReResult result = new CoReRelocator(new CoReTargets(new BtfBlob().Parse())).Apply(code, "prog");

        Assert.Equal(slots, code.SlotCount);
        Assert.Equal([1, 3], result.Outcomes.Select(outcome => outcome.Slot));
        Assert.Equal([null, "first", null, "second", null, null, null], code.AsSpan().ToArray().Select(i => i.Symbol));
        Assert.Equal([false, true, true, true, true, false, false], code.AsSpan().ToArray().Select(i => i.IsHelperCall));
        Assert.Equal(Instruction.Exit(), code[6]);
        Assert.Equal(5, code[0].Offset);
    }

    // BTF of compilers before LLVM 16 and of kernels before 6.0 says of no enumeration that it is signed.
    [Theory]
    [InlineData(-1L, -7L)]
    [InlineData(0xffff_ffffL, 0xffff_fff9L)]
    public void EnumerationsOfUnknownSign_HaveTheOneThatTheInstructionHeld(long held, long expected)
    {
        InstructionList code = Code.List(
            Instruction.LoadImmediate64(R1, held).Relocated(CoReRelocationKind.EnumValue, Local[6], "0"));

        new CoReRelocator(new CoReTargets(Types(0, -7))).Apply(code, "prog");

        Assert.Equal(expected, code[0].Immediate);
    }

    [Fact]
    public void Enumerations_ThatTheProgramKnowsAsSigned_AreSigned()
    {
        BtfSpec local = Types(0, -1, signed: true);
        InstructionList code = Code.List(
            Instruction.LoadImmediate64(R1, -1).Relocated(CoReRelocationKind.EnumValue, local[6], "0"),
            Instruction.Mov(R1, -1).Relocated(CoReRelocationKind.EnumValue, local[6], "0"));

        new CoReRelocator(new CoReTargets(Types(0, -7))).Apply(code, "prog");

        Assert.Equal([-7L, -7L], code.AsSpan().ToArray().Select(i => i.Immediate));
    }

    [Fact]
    public void Values_ThatAnImmediateCannotHold_Poison()
    {
        BtfSpec local = Types(0, 1);
        Instruction[] instructions =
        [
            Instruction.Mov(R1, 1).Relocated(CoReRelocationKind.EnumValue, local[6], "0"),
            Instruction.Mov32(R1, 1).Relocated(CoReRelocationKind.EnumValue, local[6], "0"),
        ];

        CoReResult result = Code.Apply(new CoReTargets(Types(0, int.MinValue)), instructions);

        Assert.Equal(
            ["V of enum e: is 2147483648 on this kernel, which does not fit in 32 bits", null],
            result.Outcomes.Select(outcome => outcome.Reason));
        Assert.Equal(0x8000_0000ul, result.Outcomes[1].Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("0:")]
    [InlineData("0::1")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 0")]
    [InlineData("0:a")]
    [InlineData("0:4294967295")]
    [InlineData("0:99999999999")]
    public void Accessors_ThatAreNone_AreAnErrorThatShowsThem(string accessor)
    {
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => Code.Apply(
            new CoReTargets(Local), Code.Ask(CoReRelocationKind.FieldByteOffset, Local[2], accessor, 0)));

        Assert.Equal(
            $"symbol \"prog\": instruction 0: FieldByteOffset struct s {accessor}: "
            + "the accessor is malformed: it should look like 0:1:2",
            error.Message);
    }

    [Theory]
    [InlineData(CoReRelocationKind.FieldByteOffset, 2, "0:3", "the accessor leads nowhere: its index 1 is impossible for struct s")]
    [InlineData(CoReRelocationKind.FieldByteOffset, 2, "0:0:0", "the accessor leads nowhere: its index 2 is impossible for unsigned int")]
    [InlineData(CoReRelocationKind.FieldByteOffset, 2, "0:2:3", "the accessor leads nowhere: its index 2 is impossible for char[3]")]
    [InlineData(CoReRelocationKind.FieldByteOffset, 2, "2147483647", "the accessor leads nowhere: its index 0 is impossible for struct s")]
    [InlineData(CoReRelocationKind.FieldByteSize, 0, "0", "void has no size")]
    [InlineData(CoReRelocationKind.FieldLeftShift, 2, "0", "has 12 bytes, and shifts are for 8 at the most")]
    [InlineData(CoReRelocationKind.TypeExists, 2, "0:0", "the accessor of a type should be 0")]
    [InlineData(CoReRelocationKind.TypeExists, 5, "0", "char[3] has no name, by which the kernel's type could be found")]
    [InlineData(CoReRelocationKind.TypeSize, 0, "0", "void: has no size")]
    [InlineData(CoReRelocationKind.EnumValue, 6, "1", "enum e has no value 1")]
    [InlineData(CoReRelocationKind.EnumValue, 6, "0:0", "the accessor has more than 1 indices")]
    [InlineData(CoReRelocationKind.EnumValueExists, 2, "0", "struct s is no enumeration")]
    [InlineData((CoReRelocationKind)13, 2, "0", "this kind of relocation is not known")]
    [InlineData((CoReRelocationKind)(-1), 2, "0", "this kind of relocation is not known")]
    public void Relocations_ThatMeanNothing_AreAnErrorThatSaysWhy(CoReRelocationKind kind, uint type, string accessor, string problem)
    {
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(
            () => Code.Apply(new CoReTargets(Local), Code.Ask(kind, Local[type], accessor, 0)));

        Assert.Equal("prog", error.Symbol);
        Assert.StartsWith("symbol \"prog\": instruction 0: ", error.Message);
        Assert.EndsWith(": " + problem, error.Message);
    }

    [Fact]
    public void Accessors_MayHaveSixtyFourIndices()
    {
        BtfBlob blob = new();
        uint inner = blob.Int("int", 4);
        for (int i = 0; i < 64; i++) inner = blob.Struct($"s{i}", 4, ("m", inner, 0));
        BtfSpec types = blob.Parse();
        string accessor = string.Join(":", Enumerable.Repeat("0", 64));

        Assert.True(Code.Apply(new CoReTargets(types), Code.Ask(CoReRelocationKind.FieldExists, types[inner], accessor, 1)).Outcomes[0].IsFound);
        Assert.Throws<ObjectFormatException>(
            () => Code.Apply(new CoReTargets(types), Code.Ask(CoReRelocationKind.FieldExists, types[inner], accessor + ":0", 1)));
    }

    [Fact]
    public void QualifiersOfTheType_DoNotCount()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        BtfSpec types;
        uint constant = blob.Const(blob.Struct("s", 4, ("a", number, 0)));
        types = blob.Parse();

        CoReOutcome outcome = Code.Apply(new CoReTargets(types), Code.Ask(CoReRelocationKind.FieldExists, types[constant], "0:0", 1)).Outcomes[0];

        Assert.Equal("s", outcome.Target!.Name);
    }
}
