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

    private static CollectionSpec Load(string name, ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Path(name, order));
}
