using Ebpf.Asm;
using Ebpf.Elf;
using Ebpf.Fuzz;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

public sealed class FunctionLinkerTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Instructions_ProgramThatCalls_HasWhatItNeedsBehindIt(ByteOrder order)
    {
        SpecTable<ProgramSpec> programs = Load(order).Programs;

        Assert.Equal(["calls_static", "sum_of_squares", "square"], Functions(programs["calls_static"]));
        Assert.Equal(["calls_all", "global_add", "weak_add", "square"], Functions(programs["calls_all"]));
        Assert.Equal(["calls_back", "add_element"], Functions(programs["calls_back"]));
        Assert.Equal(["calls_none"], Functions(programs["calls_none"]));
    }

    [Fact]
    public void Load_Functions_AreNoPrograms() =>
        Assert.Equal(["calls_all", "calls_back", "calls_none", "calls_static"], Load().Programs.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Encode_CallBetweenFunctions_IsRelativeToTheNextInstruction()
    {
        InstructionList code = Load().Programs["calls_static"].Instructions;
        byte[] image = code.Encode(ByteOrder.LittleEndian);
        int callee = SlotOf(code, "sum_of_squares");
        int call = SlotOf(code, instruction => instruction.Reference is { Kind: ReferenceKind.Function, Name: "sum_of_squares" });

        Assert.Equal(callee - call - 1, BitConverter.ToInt32(image, (call * 8) + 4));
    }

    [Fact]
    public void Encode_AddressOfCallback_IsRelativeToTheNextInstruction()
    {
        InstructionList code = Load().Programs["calls_back"].Instructions;
        byte[] image = code.Encode(ByteOrder.LittleEndian);
        int callee = SlotOf(code, "add_element");
        int load = SlotOf(code, instruction => instruction.Reference is { Kind: ReferenceKind.FunctionAddress });

        Assert.Equal(callee - load - 1, BitConverter.ToInt32(image, (load * 8) + 4));
        Assert.Equal(4, image[(load * 8) + 1] >> 4);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Instructions_References_AreThoseThatInstructionsMadeByHandHave(ByteOrder order)
    {
        SpecTable<ProgramSpec> programs = Load(order).Programs;

        foreach (Instruction instruction in programs.Values.SelectMany(program => program.Instructions))
        {
            if (instruction.Reference is { Kind: ReferenceKind.Function } call)
                Assert.Equal(Instruction.CallFunction(call.Name).Immediate, instruction.Immediate);
            if (instruction.Reference is { Kind: ReferenceKind.FunctionAddress } address)
                Assert.Equal(Instruction.LoadFunctionAddress(instruction.Destination, address.Name).Immediate, instruction.Immediate);
        }
    }

    [Fact]
    public void Instructions_Maps_AreReferredToByName()
    {
        InstructionList code = Load().Programs["calls_back"].Instructions;

        Assert.Contains(code, instruction => instruction.Reference is { Kind: ReferenceKind.Map, Name: "numbers" });
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Instructions_Variables_AreReferredToBySectionAndOffset(ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("data", order));
        VariableSpec variable = spec.Variables["const_u64"];

        Instruction load = spec.Programs["read_wide"].Instructions.First(i => i.Reference?.Kind == ReferenceKind.MapValue);

        Assert.Equal(".rodata", load.Reference!.Name);
        // The upper half alone is read, and the compiler may point right at it.
        long offset = load.Immediate >> 32;
        Assert.InRange(offset, variable.Offset, variable.Offset + 4);
    }

    [Fact]
    public void Instructions_Lines_ComeFromTheSource()
    {
        InstructionList code = Load().Programs["calls_none"].Instructions;

        Assert.Contains(
            code,
            instruction => instruction.Line is { Line: > 0 } line
                && line.File.EndsWith("functions.bpf.c", StringComparison.Ordinal)
                && line.Text.Contains("return 7;", StringComparison.Ordinal));
        Assert.Equal("calls_none", code[0].Function?.Name);
    }

    [Fact]
    public void Load_MissingFunction_NamesCallerAndFunction()
    {
        ObjectFormatException error =
            Assert.Throws<ObjectFormatException>(() => CollectionSpec.Load(TestObject.Read("bad_missing_function")));

        Assert.Equal("socket", error.Section);
        Assert.Equal("nowhere", error.Symbol);
        Assert.NotNull(error.Offset);
        Assert.Contains("called but not defined in this object", error.Message);
    }

    [Fact]
    public void Load_StaticProgram_NamesIt()
    {
        ObjectFormatException error =
            Assert.Throws<ObjectFormatException>(() => CollectionSpec.Load(TestObject.Read("bad_static_program")));

        Assert.Equal("hidden_program", error.Symbol);
        Assert.Contains("the program is static", error.Message);
    }

    [Theory]
    [InlineData("static_functions", ByteOrder.LittleEndian)]
    [InlineData("static_functions", ByteOrder.BigEndian)]
    [InlineData("static_functions.sections", ByteOrder.LittleEndian)]
    public void Instructions_StaticFunctionsOutsideOfText_ArePartOfTheProgram(string name, ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read(name, order));

        Assert.Equal(["calls"], spec.Programs.Keys);
        Assert.Equal("calls", Functions(spec.Programs["calls"])[0]);
        Assert.Equal(["apart", "calls", "everywhere", "inner", "outer"], Functions(spec.Programs["calls"]).Order(StringComparer.Ordinal));
        Assert.Empty(spec.Warnings);
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Load_SymbolsWithoutTypes_AreFunctionsUpToTheNext(ByteOrder order)
    {
        // As clang 7 writes it: a call within the section has no relocation, and jumps lead to labels.
        ElfBuilder elf = new(order);
        int code = elf.Code("socket", 0x0000_0001_0000_1085, 0x95, 0xb7, 0x95);
        elf.Symbol("first", ElfSymbolType.None, code, 0, 0);
        elf.Symbol("LBB0_1", ElfSymbolType.None, code, 8, 0, ElfSymbolBinding.Local);
        elf.Symbol("helper", ElfSymbolType.None, code, 16, 0, ElfSymbolBinding.Local);

        CollectionSpec spec = CollectionSpec.Load(elf.Build());

        Assert.Equal(["first"], spec.Programs.Keys);
        Assert.Equal(["first", "helper"], Functions(spec.Programs["first"]));
        Assert.Equal((ProgramType.SocketFilter, 4), (spec.Programs["first"].Type, spec.Programs["first"].Instructions.Count));
    }

    [Fact]
    public void Load_CodeThatNoSymbolMakesAFunction_IsWarnedOf()
    {
        ElfBuilder elf = new();
        elf.Symbol("whole", ElfSymbolType.Function, elf.Code("xdp", 0x95, 0x95), 0, 8);
        elf.Symbol("untyped", ElfSymbolType.None, 4, 8, 0);
        elf.Code("tc", 0x95);

        CollectionSpec spec = CollectionSpec.Load(elf.Build());

        Assert.Equal(["whole"], spec.Programs.Keys);
        Assert.Equal(
            [
                "Section \"tc\" holds 8 bytes of code, of which no symbol says that they are a function: they are left out.",
                "Symbol \"untyped\" in section \"xdp\" is left out: it has no type, so that it is no function (assembler: .type NAME, @function and .size).",
            ],
            spec.Warnings);
        Assert.Equal(spec.Warnings, spec.Clone().Warnings);
    }

    [Fact]
    public void Load_CallOfAStrippedFunction_NamesThePossibleCause()
    {
        ElfBuilder elf = new();
        int text = elf.Code(".text", 0x95);
        int program = elf.Code("xdp", 0xffff_ffff_0000_1085, 0x95);
        elf.Symbol("entry", ElfSymbolType.Function, program, 0, 16);
        elf.Relocate(program, [(0, elf.Symbol("", ElfSymbolType.Section, text, 0, 0, ElfSymbolBinding.Local))]);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => CollectionSpec.Load(elf.Build()));

        Assert.Equal(
            "section \"xdp\": symbol \".text\": offset 0x0: no function begins at .text+0x0 (were local symbols stripped? strip -g takes debug information only)",
            error.Message);
    }

    [Fact]
    public void Load_SectionWithoutMeaning_HasNoTypeAndNearNames()
    {
        ElfBuilder elf = new();
        elf.Symbol("prog", ElfSymbolType.Function, elf.Code("xpd", 0x95), 0, 8);

        ProgramSpec program = CollectionSpec.Load(elf.Build()).Programs["prog"];

        Assert.Equal((ProgramType.Unspecified, null), (program.Type, program.AttachType));
        Assert.StartsWith("; similar: xdp", program.SimilarSections);
    }

    [Fact]
    public void Instructions_Changed_DoNotChangeAClone()
    {
        ProgramSpec original = Load().Programs["calls_none"];
        int count = original.Instructions.Count;
        ProgramSpec copy = original.Clone();
        copy.Instructions.Clear();

        Assert.Equal(count, original.Instructions.Count);
    }

    private static List<string> Functions(ProgramSpec program) =>
        [.. program.Instructions.Where(instruction => instruction.Symbol is not null).Select(instruction => instruction.Symbol!)];

    private static int SlotOf(InstructionList code, string symbol) => SlotOf(code, instruction => instruction.Symbol == symbol);

    private static int SlotOf(InstructionList code, Func<Instruction, bool> isIt) =>
        code.TakeWhile(instruction => !isIt(instruction)).Sum(instruction => instruction.Slots);

    private static CollectionSpec Load(ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Read("functions", order));
}
