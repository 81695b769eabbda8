using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.Fuzz;
using Ebpf.Spec.Tests.Btf;

namespace Ebpf.Spec.Tests.Fuzz;

/// <summary>What fuzzing and reading with hostile eyes found: objects that once got through, or came out as something else.</summary>
public sealed class MalformedObjectTests
{
    private const ulong Exit = 0x95;

    [Fact]
    public void Load_FunctionWithoutName_NamesSectionAndSymbol()
    {
        ElfBuilder elf = new();
        int symbol = elf.Symbol("", ElfSymbolType.Function, elf.Code("xdp", Exit), 0, 8);

        ObjectFormatException error = Refused(elf);

        Assert.Equal($"section \"xdp\": offset 0x0: the function of symbol {symbol} has no name", error.Message);
    }

    [Fact]
    public void Load_MapWithoutName_NamesItsPlace()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint definition = types.Struct("definition", 0);
        elf.Data(".maps", new byte[16]);
        types.DataSection(".maps", 16, (types.Variable("", definition, VariableLinkage.Global), 8, 8));
        elf.Data(".BTF", types.Build());

        ObjectFormatException error = Refused(elf);

        Assert.Equal((".maps", 8), (error.Section, error.Offset));
        Assert.Equal("the definition of a map has no name", error.Problem);
    }

    [Fact]
    public void Load_StructOpsMapWithoutName_NamesItsPlace()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint table = types.Struct("ops", 8, ("number", types.Int("long", 8), 0));
        elf.Data(".struct_ops", new byte[8]);
        types.DataSection(".struct_ops", 8, (types.Variable("", table, VariableLinkage.Global), 0, 8));
        elf.Data(".BTF", types.Build());

        Assert.Equal("a struct_ops map has no name", Refused(elf).Problem);
    }

    [Fact]
    public void Load_UndefinedSymbolWithoutName_IsNoExtern()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        elf.Symbol("", ElfSymbolType.None, 0, 0, 0);
        types.DataSection(".ksyms", 0, (types.Variable("", 0, VariableLinkage.Extern), 0, 0));
        elf.Data(".BTF", types.Build());

        CollectionSpec spec = CollectionSpec.Load(elf.Build());

        Assert.Empty(spec.Externs);
        Assert.Empty(spec.Clone().Externs);
    }

    [Fact]
    public void Load_MemberOfMapDefinitionTwice_Refuses()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        uint type = types.Pointer(types.Array(number, number, 2));
        uint definition = types.Struct("d", 8, [.. Enumerable.Repeat(("type", type, 0u), 12)]);
        elf.Data(".maps", new byte[8]);
        types.DataSection(".maps", 8, (types.Variable("m", definition, VariableLinkage.Global), 0, 8));
        elf.Data(".BTF", types.Build());

        Assert.Equal("section \".maps\": symbol \"m\": 12 members: 11 are known", Refused(elf).Message);
    }

    [Fact]
    public void Load_SectionDescribedTwice_NamesIt()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        types.DataSection(".data", 4);
        types.DataSection(".data", 4);
        elf.Data(".BTF", types.Build());

        Assert.Equal(
            "section \".data\": type 2 describes a section that another one describes too", Refused(elf).Message);
    }

    [Fact]
    public void Load_TypesOfTwoObjectsBehindOneAnother_NamesTheLinker()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        types.Int("int", 4, 1);
        byte[] one = types.Build();
        int end = (one.Length + 3) & ~3;
        elf.Data(".BTF", [.. one, .. new byte[end - one.Length], .. one]);

        ObjectFormatException error = Refused(elf);

        Assert.Equal((".BTF", end), (error.Section, error.Offset));
        Assert.Contains("ld -r", error.Problem);
    }

    [Fact]
    public void Load_TwoSectionsOfArenaVariables_Refuses()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        uint type = types.Pointer(types.Array(number, number, (uint)MapType.Arena));
        uint definition = types.Struct("d", 8, ("type", type, 0));
        elf.Data(".maps", new byte[8]);
        types.DataSection(".maps", 8, (types.Variable("arena", definition, VariableLinkage.Global), 0, 8));
        elf.Data(".BTF", types.Build());
        elf.Data(".addr_space.1", 1, 2, 3, 4);
        elf.Data(".addr_space.1", 5, 6);

        Assert.Equal("two sections hold the variables of the arena", Refused(elf).Problem);
    }

    [Fact]
    public void Load_LegacyMapsInARing_Refuses()
    {
        const int size = 36;
        ElfBuilder elf = new();
        byte[] definitions = new byte[2 * size];
        for (int i = 0; i < 2; i++)
        {
            definitions[i * size] = (byte)MapType.ArrayOfMaps;
            definitions[(i * size) + 20] = (byte)(i + 1);
            definitions[(i * size) + 28] = (byte)(2 - i);
        }

        int section = elf.Data("maps", definitions);
        elf.Symbol("first", ElfSymbolType.Object, section, 0, size);
        elf.Symbol("second", ElfSymbolType.Object, section, size, size);

        Assert.Equal("no map has the id 2 of its inner maps, or it is a map of maps itself", Refused(elf).Problem);
    }

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    public void Load_LongNameOfFunction_IsReadUpToALimit(int length, bool isRead)
    {
        ElfBuilder elf = new();
        string name = new('f', length);
        elf.Symbol(name, ElfSymbolType.Function, elf.Code("xdp", Exit), 0, 8);

        if (isRead) Assert.Equal(name, Assert.Single(CollectionSpec.Load(elf.Build()).Programs.Keys));
        else Assert.Equal("the name of symbol 1 has more than 2048 bytes", Refused(elf).Problem);
    }

    [Theory]
    [InlineData(5000, true)]
    [InlineData(5001, false)]
    public void Load_LongNameOfSection_IsReadUpToALimit(int length, bool isRead)
    {
        ElfBuilder elf = new();
        string name = "uprobe/".PadRight(length, 'x');
        elf.Symbol("f", ElfSymbolType.Function, elf.Code(name, Exit), 0, 8);

        if (isRead) Assert.Equal(name, CollectionSpec.Load(elf.Build()).Programs["f"].SectionName);
        else Assert.Equal("the name of section 4 has more than 5000 bytes", Refused(elf).Problem);
    }

    private static ObjectFormatException Refused(ElfBuilder elf) =>
        Assert.Throws<ObjectFormatException>(() => CollectionSpec.Load(elf.Build()));
}
