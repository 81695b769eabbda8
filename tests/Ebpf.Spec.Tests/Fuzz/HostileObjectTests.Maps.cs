using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.Fuzz;
using Ebpf.Fuzz.Engine;
using Ebpf.Spec.Tests.Btf;

namespace Ebpf.Spec.Tests.Fuzz;

/// <content>Objects whose maps cost much.</content>
public sealed partial class HostileObjectTests
{
    [Fact]
    public void Load_ManyMapsOfOneLongDefinition_Refuses()
    {
        const int count = 20_000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint number = types.Int("int", 4, 1);
        uint type = types.Pointer(types.Array(number, number, 2));
        uint definition = types.Struct("d", 8, [.. Enumerable.Repeat(("type", type, 0u), count)]);
        elf.Data(".maps", new byte[8]);
        types.DataSection(".maps", 8, [.. Enumerable.Range(0, count).Select(i =>
            (types.Variable($"m{i}", definition, VariableLinkage.Global), 0u, 8u))]);
        elf.Data(".BTF", types.Build());

        Assert.Null(Load(elf.Build()));
    }

    [Fact]
    public void Load_ManySectionsOfLegacyMaps_ReadsThem()
    {
        const int count = 6000;
        ElfBuilder elf = new();
        for (int i = 0; i < count; i++)
        {
            int section = elf.Data($"maps/{i}", [2, .. new byte[19]]);
            elf.Symbol($"m{i}", ElfSymbolType.Object, section, 0, 20);
        }

        Assert.Equal(count, Load(elf.Build())?.Maps.Count);
    }

    [Fact]
    public void Load_ManyLegacyMapsInManyMaps_IsBounded()
    {
        const int count = 10_000, size = 36;
        ElfBuilder elf = new();
        byte[] definitions = new byte[count * size];
        int section = elf.Data("maps", definitions);
        for (int i = 0; i < count; i++)
        {
            Span<byte> definition = definitions.AsSpan(i * size, size);
            bool isOuter = i % 2 == 0;
            definition[0] = (byte)(isOuter ? MapType.ArrayOfMaps : MapType.Array);
            definition[isOuter ? 28 : 20] = 42;
            elf.Symbol($"m{i}", ElfSymbolType.Object, section, (ulong)(i * size), size);
        }

        Load(elf.Build());
    }

    [Fact]
    public void Load_ManyLegacyMapsOfOneNumberWithoutSlots_LooksAtEachOnce()
    {
        const int count = 20_000, size = 36;
        ElfBuilder elf = new();
        byte[] definitions = new byte[count * size];
        int section = elf.Data("maps", definitions);
        for (int i = 0; i < count; i++)
        {
            Span<byte> definition = definitions.AsSpan(i * size, size);
            bool isOuter = i < count - 1;
            definition[0] = (byte)(isOuter ? MapType.ArrayOfMaps : MapType.Array);
            definition[20] = 42;
            if (isOuter) definition[28] = 42;
            definition[32..].Fill(0xff);
            elf.Symbol($"m{i}", ElfSymbolType.Object, section, (ulong)(i * size), size);
        }

        Assert.Equal(count, Load(elf.Build())?.Maps.Count);
    }

    [Fact]
    public void Load_ManyMapsAndInitialValues_AssignsThem()
    {
        const int count = 10_000;
        ElfBuilder elf = new();
        BtfBlob types = new();
        uint definition = ProgramArray(types);
        int maps = elf.Data(".maps", new byte[count * 16]);
        int program = elf.Code("xdp", Exit);
        int entry = elf.Symbol("entry", ElfSymbolType.Function, program, 0, 8);
        (uint, uint, uint)[] entries = new (uint, uint, uint)[count];
        for (uint i = 0; i < count; i++)
        {
            elf.Symbol($"m{i}", ElfSymbolType.Object, maps, i * 16, 16);
            entries[i] = (types.Variable($"m{i}", definition, VariableLinkage.Global), i * 16, 16);
        }

        types.DataSection(".maps", count * 16, entries);
        elf.Data(".BTF", types.Build());
        elf.Relocate(maps, Enumerable.Range(0, 2 * count).Select(i => (((ulong)(i % count) * 16) + 8, entry)));

        CollectionSpec? spec = Load(elf.Build());

        Assert.Equal(count, spec?.Maps.Count);
        Assert.All(spec!.Maps.Values, map => Assert.Equal("entry", map.Initializers[0].Target));
    }
}
