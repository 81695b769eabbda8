using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.Fuzz;
using Ebpf.Fuzz.Engine;
using Ebpf.Spec.Tests.Btf;

namespace Ebpf.Spec.Tests.Fuzz;

/// <summary>
/// Objects of some hundred kilobytes that make many of two things, of which a reader could compare each with each. What is
/// linear takes some steps for a byte; the limit is far from that, and as far from what is not.
/// </summary>
[Collection(nameof(HostileObjectTests))]
[CollectionDefinition(nameof(HostileObjectTests), DisableParallelization = true)]
public sealed partial class HostileObjectTests
{
    private const ulong Exit = 0x95;
    private const ulong LoadWide = 0x18;
    private const ulong Call = 0x1085 | (0xffff_ffffUL << 32);

    /// <summary>More than any object here needs, by two; the product of what there is many of would be some hundreds.</summary>
    private const long StepsPerByte = 64;

    [Fact]
    public void Instructions_ManyStaticFunctionsOfOneName_NumbersThem()
    {
        const int count = 20_000;
        ElfBuilder elf = new();
        int text = elf.Code(".text", [.. Enumerable.Repeat(Exit, count)]);
        int program = elf.Code("xdp", [.. Enumerable.Repeat(Call, count), Exit]);
        elf.Symbol("entry", ElfSymbolType.Function, program, 0, (count + 1) * 8);
        elf.Relocate(program, Enumerable.Range(0, count).Select(i =>
            ((ulong)i * 8, elf.Symbol("f", ElfSymbolType.Function, text, (ulong)i * 8, 8, ElfSymbolBinding.Local))));

        CollectionSpec? spec = Load(elf.Build(), out Budget budget);

        Assert.Equal((2 * count) + 1, budget.Run("Instructions", () => spec!.Programs["entry"].Instructions)?.Count);
        Assert.Contains(spec!.Programs["entry"].Instructions, instruction => instruction.Symbol == $"f.{count}");
    }

    [Fact]
    public void Load_ManySectionsAndManyTypesOfSections_ReadsThem()
    {
        const int count = 8000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        for (int i = 0; i < count; i++)
        {
            elf.Data($".data.{i}", 1, 2, 3, 4);
            types.DataSection($".data.{count - i}", 0);
        }

        elf.Data(".BTF", types.Build());

        Assert.Equal(count, Load(elf.Build())?.Maps.Count);
    }

    [Fact]
    public void Load_ManyVariables_FindsTheirTypes()
    {
        const int count = 30_000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        int data = elf.Data(".data", new byte[count * 4]);
        (uint, uint, uint)[] entries = new (uint, uint, uint)[count];
        for (int i = 0; i < count; i++)
        {
            elf.Symbol($"v{i}", ElfSymbolType.Object, data, (ulong)i * 4, 4);
            entries[i] = (types.Variable($"v{i}", number, VariableLinkage.Global), 0, 4);
        }

        types.DataSection(".data", 0, entries);
        elf.Data(".BTF", types.Build());

        CollectionSpec? spec = Load(elf.Build());

        Assert.Equal(count, spec?.Variables.Count);
        Assert.All(spec!.Variables.Values, variable => Assert.Equal("int", variable.Type?.Name));
    }

    [Fact]
    public void Load_ManyHiddenFunctionsAndFlavours_ReadsThem()
    {
        const int count = 20_000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        int text = elf.Code(".text", [.. Enumerable.Repeat(Exit, count)]);
        uint prototype = types.Prototype(0);
        for (int i = 0; i < count; i++)
        {
            elf.Symbol($"f___{i}", ElfSymbolType.Function, text, (ulong)i * 8, 8, visibility: ElfSymbolVisibility.Hidden);
            types.Function($"f___{i}", prototype, FunctionLinkage.Global);
        }

        elf.Data(".BTF", types.Build());

        CollectionSpec? spec = Load(elf.Build());

        Assert.Equal(FunctionLinkage.Static, ((FunctionType)spec!.Types![2]).Linkage);
        Assert.Equal(FunctionLinkage.Static, ((FunctionType)spec.Types[count + 1]).Linkage);
    }

    [Fact]
    public void Load_ManySectionsInOneLongName_IsBounded()
    {
        const int count = 3000;
        ElfBuilder elf = new();
        uint name = elf.SectionName(new string('x', 300_000));
        for (uint i = 0; i < count; i++)
            elf.Symbol($"p{i}", ElfSymbolType.Function, elf.Code(name + i, Exit), 0, 8);

        Load(elf.Build());
    }

    [Fact]
    public void Load_ManySymbolsInOneLongName_IsBounded()
    {
        const int count = 5000;
        ElfBuilder elf = new();
        uint name = elf.SymbolName(new string('x', 300_000));
        int code = elf.Code("xdp", [.. Enumerable.Repeat(Exit, count)]);
        for (uint i = 0; i < count; i++) elf.Symbol(name + i, ElfSymbolType.Function, code, i * 8, 8);

        Load(elf.Build());
    }

    [Fact]
    public void Load_ManyFunctionsInManyMembers_ReadsThem()
    {
        const int count = 20_000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint pointer = types.Pointer(types.Prototype(0));
        uint table = types.Struct("ops", count * 8, [.. Enumerable.Range(0, count).Select(i => ($"m{i}", pointer, (uint)i * 64))]);
        int section = elf.Data(".struct_ops", new byte[count * 8]);
        types.DataSection(".struct_ops", count * 8, (types.Variable("table", table, VariableLinkage.Global), 0, count * 8));
        elf.Data(".BTF", types.Build());
        int program = elf.Code("struct_ops/f", Exit);
        int function = elf.Symbol("f", ElfSymbolType.Function, program, 0, 8);
        elf.Symbol("table", ElfSymbolType.Object, section, 0, count * 8);
        elf.Relocate(section, Enumerable.Range(0, count).Select(i => ((ulong)i * 8, function)));

        Assert.Equal(count, Load(elf.Build())?.Maps["table"].StructOps?.Functions.Count);
    }

    [Fact]
    public void Load_ManyExterns_ReadsThem()
    {
        const int count = 20_000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint prototype = types.Prototype(0);
        int program = elf.Code("xdp", [.. Enumerable.Repeat(Call, count), Exit]);
        elf.Symbol("entry", ElfSymbolType.Function, program, 0, (count + 1) * 8);
        types.DataSection(".ksyms", 0, [.. Enumerable.Range(0, count).Select(i =>
            (types.Function($"k{i}", prototype, FunctionLinkage.Extern), 0u, 0u))]);
        elf.Data(".BTF", types.Build());
        elf.Relocate(program, Enumerable.Range(0, count).Select(i => ((ulong)i * 8, elf.Symbol($"k{i}", ElfSymbolType.None, 0, 0, 0))));

        CollectionSpec? spec = Load(elf.Build(), out Budget budget);

        Assert.Equal(count, spec?.Externs.Count);
        Assert.Equal(count + 1, budget.Run("Instructions", () => spec!.Programs["entry"].Instructions)?.Count);
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Instructions_ManyLoadsOfOneLongJumpTable_ReadsItOnce(ByteOrder order)
    {
        const int loads = 4000, entries = 20_000;
        ElfBuilder elf = new(order);
        int program = elf.Code("xdp", [.. Enumerable.Range(0, loads).SelectMany(_ => new[] { LoadWide, 0ul }), Exit]);
        elf.Symbol("entry", ElfSymbolType.Function, program, 0, ((2 * loads) + 1) * 8);
        int tables = elf.Numbers(".jumptables", Enumerable.Repeat((ulong)loads * 16, entries));
        int table = elf.Symbol("table", ElfSymbolType.Object, tables, 0, entries * 8);
        elf.Relocate(program, Enumerable.Range(0, loads).Select(i => ((ulong)i * 16, table)));

        CollectionSpec? spec = Load(elf.Build(), out Budget budget);

        InstructionList? code = budget.Run("Instructions", () => spec!.Programs["entry"].Instructions);
        Assert.Equal(entries, code?[0].Reference?.Targets.Length);
        Assert.Same(code![0].Reference, code[loads - 1].Reference);
    }

    [Fact]
    public void Instructions_ManyJumpTablesInOneAnother_Refuses()
    {
        const int loads = 2000, entries = 20_000;
        ElfBuilder elf = new();
        int program = elf.Code("xdp", [.. Enumerable.Range(0, loads).SelectMany(_ => new[] { LoadWide, 0ul }), Exit]);
        elf.Symbol("entry", ElfSymbolType.Function, program, 0, ((2 * loads) + 1) * 8);
        int tables = elf.Numbers(".jumptables", Enumerable.Repeat((ulong)loads * 16, entries));
        elf.Relocate(program, Enumerable.Range(0, loads).Select(i =>
            ((ulong)i * 16, elf.Symbol($"t{i}", ElfSymbolType.Object, tables, (ulong)i * 8, (ulong)(entries - i) * 8))));

        CollectionSpec? spec = Load(elf.Build());

        Assert.Contains("overlaps another jump table", Assert.Throws<ObjectFormatException>(() => spec!.Programs["entry"].Instructions).Message);
    }

    [Fact]
    public void Load_ManyEmptySectionsOfOneNameAndManyVariables_PlacesThemOnce()
    {
        const int count = 10_000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        uint name = elf.SectionName(".data");
        for (int i = 0; i < count; i++) elf.Section(name, ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Write, []);
        types.DataSection(".data", 0, [.. Enumerable.Range(0, count).Select(i => (types.Variable($"v{i}", number, VariableLinkage.Static), (uint)i * 4, 4u))]);
        elf.Data(".BTF", types.Build());

        Assert.Empty(Load(elf.Build())!.Maps);
    }

    [Fact]
    public void Load_ManySectionsOfOneNameWithAVariableEach_GivesEachAMapAndAType()
    {
        const int count = 6000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        uint name = elf.SectionName(".data");
        (uint, uint, uint)[] entries = new (uint, uint, uint)[count];
        for (int i = 0; i < count; i++)
        {
            int section = elf.Section(name, ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Write, new byte[4]);
            bool isStatic = i % 2 == 0;
            elf.Symbol($"v{i}", ElfSymbolType.Object, section, 0, 4, isStatic ? ElfSymbolBinding.Local : ElfSymbolBinding.Global);
            entries[i] = (types.Variable($"v{i}", number, isStatic ? VariableLinkage.Static : VariableLinkage.Global), 0, 4);
        }

        types.DataSection(".data", 0, entries);
        elf.Data(".BTF", types.Build());

        CollectionSpec? spec = Load(elf.Build());

        Assert.Equal((count, count / 2), (spec!.Maps.Count, spec.Variables.Count));
        Assert.All(spec.Maps.Values, map => Assert.Single(((DataSectionType)map.ValueType!).Entries));
    }

    [Fact]
    public void Instructions_ManyProgramsWithAnExceptionCallback_FindIt()
    {
        const int count = 5000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint function = types.Function("entry", types.Prototype(0), FunctionLinkage.Global);
        types.Add(BtfKind.DeclTag, "exception_callback:callback", function, words: uint.MaxValue);
        int program = elf.Code("xdp", [.. Enumerable.Repeat(Exit, count)]);
        int text = elf.Code(".text", [.. Enumerable.Repeat(Exit, count)]);
        uint section = types.String("xdp");
        for (int i = 0; i < count; i++)
        {
            elf.Symbol($"p{i}", ElfSymbolType.Function, program, (ulong)i * 8, 8);
            elf.Symbol(i < count - 1 ? $"f{i}" : "callback", ElfSymbolType.Function, text, (ulong)i * 8, 8);
        }

        elf.Data(".BTF", types.Build());
        uint[] records = [8, section, count, .. Enumerable.Range(0, count).SelectMany(i => new[] { (uint)i * 8, function })];
        uint[] extensions = [0x1eb9f, 24, 0, (uint)records.Length * 4, (uint)records.Length * 4, 0, .. records];
        elf.Data(".BTF.ext", System.Runtime.InteropServices.MemoryMarshal.AsBytes(extensions.AsSpan()).ToArray());

        CollectionSpec? spec = Load(elf.Build());

        Assert.Equal("callback", spec!.Programs["p7"].Instructions[1].Symbol);
    }

    [Fact]
    public void Load_ManySymbolsWithoutType_SaysAFewOfThem()
    {
        const int count = 20_000;
        ElfBuilder elf = new();
        int program = elf.Code("xdp", [.. Enumerable.Repeat(Exit, count)]);
        elf.Symbol("entry", ElfSymbolType.Function, program, 0, 8);
        for (int i = 1; i < count; i++) elf.Symbol($"s{i}", ElfSymbolType.None, program, (ulong)i * 8, 0);

        Assert.Equal(Ebpf.Common.Limits.MaxWarnings, Load(elf.Build())?.Warnings.Count);
    }

    [Fact]
    public void Load_DeepStructures_KnowsTheirAlignment()
    {
        const int depth = 30_000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint inner = types.Int("int", 4, 1);
        for (int i = 0; i < depth; i++) inner = types.Struct("", 4, ("", inner, 0));
        elf.Data(".BTF", types.Build());
        CollectionSpec? spec = Load(elf.Build());

        Assert.True(spec!.Types![inner].TryGetAlignment(out uint alignment) && alignment == 4);
    }

    /// <summary>__uint(type, BPF_MAP_TYPE_PROG_ARRAY), __array(values, int ()).</summary>
    private static uint ProgramArray(BtfBlob types)
    {
        uint number = types.Int("int", 4, 1);
        uint type = types.Pointer(types.Array(number, number, (uint)MapType.ProgramArray));
        uint values = types.Array(types.Pointer(types.Prototype(number)), number, 0);
        return types.Struct("definition", 8, ("type", type, 0), ("values", values, 64));
    }

    private static CollectionSpec? Load(byte[] image) => Load(image, out _);

    /// <summary>Reads an object and links its programs within the limits for its length.</summary>
    private static CollectionSpec? Load(byte[] image, out Budget budget)
    {
        long steps = StepCounter.Instance.Read(image);
        Assert.True(steps < StepsPerByte * image.Length, $"{steps:N0} steps for {image.Length:N0} bytes: {steps / image.Length} for each.");
        Budget limited = budget = new Budget(image.Length);
        return limited.Run("Load", () => CollectionSpec.Load(image));
    }
}
