using System.Buffers.Binary;
using Ebpf.Elf;
using Ebpf.Fuzz;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

public sealed class LegacyMapTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_MapDefinition_HasItsFiveNumbers(ByteOrder order)
    {
        MapSpec map = Load("legacy_maps", order).Maps["plain"];

        Assert.Equal((MapType.Hash, 4u, 8u, 16u), (map.Type, map.KeySize, map.ValueSize, map.MaxEntries));
        Assert.Equal(MapFlags.NoPreallocation, map.Flags);
        Assert.True(map.Extra.IsEmpty);
        Assert.Null(map.Iproute2);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_LongerDefinition_KeepsWhatIsNotKnown(ByteOrder order)
    {
        MapSpec map = Load("legacy_maps", order).Maps["longer"];

        Assert.Equal(MapType.Array, map.Type);
        byte[] expected = order == ByteOrder.LittleEndian ? [0, 0, 0, 0, 1, 0, 0, 0] : [0, 0, 0, 0, 0, 0, 0, 1];
        Assert.Equal(expected, map.Extra.ToArray());
    }

    [Fact]
    public void Instructions_LegacyMaps_AreReferredToByName() =>
        Assert.Equal(
            ["plain", "longer"],
            Load("legacy_maps").Programs["lookup"].Instructions.Where(i => i.Reference is not null).Select(i => i.Reference!.Name));

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_Iproute2Map_HasItsNumbersAndSharing(ByteOrder order)
    {
        MapSpec map = Load("iproute2_maps", order).Maps["shared"];

        Assert.Equal((MapType.Array, 4u, 8u, 3u), (map.Type, map.KeySize, map.ValueSize, map.MaxEntries));
        Assert.Equal(new Iproute2Map { Pinning = Iproute2Pinning.Global }, map.Iproute2);
        Assert.True(map.Extra.IsEmpty);
    }

    [Fact]
    public void Load_Iproute2MapOfMaps_KnowsItsInnerMapAndWhatItHolds()
    {
        CollectionSpec spec = Load("iproute2_maps");
        MapSpec outer = spec.Maps["outer"];

        Assert.Equal(Iproute2Pinning.Object, outer.Iproute2?.Pinning);
        Assert.Equal((16u, 5u), (outer.InnerMap!.ValueSize, outer.InnerMap.MaxEntries));
        Assert.Equal([new(1, "inner")], outer.Initializers);
        Assert.Equal(ProgramType.SchedCls, spec.Programs["lookup"].Type);
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Load_OldIproute2Map_IsKnownByItsSize(ByteOrder order)
    {
        MapSpec map = Load28(order, MapType.Hash, 0, 7, 2);

        Assert.Equal(new Iproute2Map { Id = 7, Pinning = Iproute2Pinning.Global }, map.Iproute2);
        Assert.True(map.Extra.IsEmpty);
    }

    [Theory]
    [InlineData(MapType.ArrayOfMaps, 0u, 1u, 0u)]
    [InlineData(MapType.Hash, 4u, 0u, 1u)]
    [InlineData(MapType.Hash, 0u, 0u, 0u)]
    public void Load_DefinitionOfTheKernelsSamples_IsNotTakenForIproute2s(MapType type, uint flags, uint inner, uint node)
    {
        MapSpec map = Load28(ByteOrder.LittleEndian, type, flags, inner, node);

        Assert.Null(map.Iproute2);
        Assert.Equal(8, map.Extra.Length);
    }

    private static MapSpec Load28(ByteOrder order, MapType type, uint flags, uint sixth, uint seventh)
    {
        ElfBuilder elf = new(order);
        byte[] definition = new byte[28];
        uint[] numbers = [(uint)type, 4, 8, 16, flags, sixth, seventh];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt32LittleEndian(definition.AsSpan(i * 4), numbers[i]);
            else BinaryPrimitives.WriteUInt32BigEndian(definition.AsSpan(i * 4), numbers[i]);
        }

        elf.Symbol("map", ElfSymbolType.Object, elf.Data("maps", definition), 0, 28);
        return CollectionSpec.Load(elf.Build()).Maps["map"];
    }

    private static CollectionSpec Load(string name, ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Path(name, order));
}
