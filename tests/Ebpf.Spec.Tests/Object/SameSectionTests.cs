using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.Fuzz;
using Ebpf.Spec.Tests.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

/// <summary>Several sections of one name.</summary>
public sealed class SameSectionTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_TwoSectionsOfOneName_GivesEachAMapOfItsOwn(ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("same_sections", order));
        Assert.SkipWhen(!spec.Maps.ContainsKey(".rodata.2"), "clang before 15 makes one section");

        Assert.Equal([".data", ".data.2", ".rodata", ".rodata.2"], spec.Maps.Keys.Order(StringComparer.Ordinal));
        Assert.All(spec.Maps, map => Assert.Equal((map.Key, map.Key), (map.Value.Name, map.Value.DataSection)));
        Assert.All([".rodata", ".rodata.2"], name => Assert.True(spec.Maps[name].Freeze));
        Assert.NotEqual(spec.Variables["limit"].Section, spec.Variables["table"].Section);
        Assert.NotEqual(spec.Variables["total"].Section, spec.Variables["start"].Section);
        Assert.Equal((3, 5, 7L), (spec.Variables["limit"].Get<int>(), spec.Variables["total"].Get<int>(), spec.Variables["start"].Get<long>()));
        Assert.Equal(16u, spec.Variables["table"].Size);
        string[] used = [.. spec.Programs["pick"].Instructions.Where(i => i.Reference is not null).Select(i => i.Reference!.Name).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal([".data", ".data.2", ".rodata", ".rodata.2"], used);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_TwoSectionsOfOneName_GivesEachATypeThatTheKernelTakes(ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("same_sections", order));
        foreach ((string name, MapSpec map) in spec.Maps)
        {
            DataSectionType type = Assert.IsType<DataSectionType>(map.ValueType);
            Assert.Equal((name, map.ValueSize), (type.Name, type.Size));
            uint end = 0;
            foreach (DataSectionEntry entry in type.Entries.OrderBy(entry => entry.Offset))
            {
                Assert.True(entry.Offset >= end);
                end = entry.Offset + entry.Size;
            }

            Assert.True(end <= type.Size);
        }

        Assert.Equal(
            ["calls", "factor", "limit", "start", "table", "total"],
            spec.Maps.Values.SelectMany(map => ((DataSectionType)map.ValueType!).Entries).Select(entry => entry.Type.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Load_NumberedNameThatIsTaken_TakesTheNext()
    {
        ElfBuilder elf = new();
        elf.Data(".data", 1);
        elf.Data(".data.2", 2);
        elf.Data(".data", 3);
        elf.Data(".data");
        elf.Data(".data", 4);

        CollectionSpec spec = CollectionSpec.Load(elf.Build());

        Assert.Equal([(".data", 1), (".data.2", 2), (".data.3", 3), (".data.4", 4)], spec.Maps.Select(map => (map.Key, (int)map.Value.InitialValue.Span[0])));
    }

    [Fact]
    public void Load_TypesOfVariablesInNoSectionThatIsKnown_AreTrimmed()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        int first = elf.Data(".data", new byte[4]);
        elf.Data(".data", new byte[8]);
        elf.Symbol("known", ElfSymbolType.Object, first, 0, 4);
        types.DataSection(
            ".data",
            0,
            (types.Variable("known", number, VariableLinkage.Global), 0, 4),
            (types.Variable("stripped", number, VariableLinkage.Static), 4, 4));
        elf.Data(".BTF", types.Build());

        CollectionSpec spec = CollectionSpec.Load(elf.Build());

        Assert.Equal("known", Assert.Single(((DataSectionType)spec.Maps[".data"].ValueType!).Entries).Type.Name);
        Assert.Null(spec.Maps[".data.2"].ValueType);
    }

    [Fact]
    public void Load_OffsetThatALinkerLeftInBtf_IsThatOfTheSymbol()
    {
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        uint type = types.Pointer(types.Array(number, number, (uint)MapType.Array));
        uint definition = types.Struct("d", 8, ("type", type, 0));
        int maps = elf.Data(".maps", new byte[16]);
        int program = elf.Code("xdp", 0x18, 0, 0x95);
        elf.Symbol("entry", ElfSymbolType.Function, program, 0, 24);
        int shared = elf.Symbol("shared", ElfSymbolType.Object, maps, 8, 8);
        elf.Symbol("own", ElfSymbolType.Object, maps, 0, 8);
        types.DataSection(
            ".maps",
            16,
            (types.Variable("shared", definition, VariableLinkage.Global), 0, 8),
            (types.Variable("own", definition, VariableLinkage.Global), 0, 8));
        elf.Data(".BTF", types.Build());
        elf.Relocate(program, [(0, shared)]);

        InstructionList code = CollectionSpec.Load(elf.Build()).Programs["entry"].Instructions;

        Assert.Equal("shared", code[0].Reference?.Name);
    }
}
