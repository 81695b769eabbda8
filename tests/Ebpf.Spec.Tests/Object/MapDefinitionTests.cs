using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

public sealed class MapDefinitionTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_TypedMap_HasEveryAttribute(ByteOrder order)
    {
        MapSpec map = Maps(order)["typed"];

        Assert.Equal("typed", map.Name);
        Assert.Equal(MapType.Hash, map.Type);
        Assert.Equal(8u, map.KeySize);
        Assert.Equal(16u, map.ValueSize);
        Assert.Equal(1000u, map.MaxEntries);
        Assert.Equal(MapFlags.NoPreallocation | MapFlags.NumaNode, map.Flags);
        Assert.Equal(0u, map.NumaNode);
        Assert.Equal("struct key", map.KeyType?.ToString());
        Assert.Equal("struct value", map.ValueType?.ToString());
        Assert.Equal(MapPinning.None, map.Pinning);
        Assert.False(map.Freeze);
        Assert.Null(map.DataSection);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_SizedMap_HasSizesWithoutTypes(ByteOrder order)
    {
        MapSpec map = Maps(order)["sized"];

        Assert.Equal((12u, 20u), (map.KeySize, map.ValueSize));
        Assert.Null(map.KeyType);
        Assert.Null(map.ValueType);
        Assert.Null(map.NumaNode);
        Assert.Equal(MapPinning.ByName, map.Pinning);
    }

    [Fact]
    public void Load_MapExtra_IsRead() => Assert.Equal(3u, Maps()["bloom"].MapExtra);

    [Fact]
    public void Load_RingBuffer_HasNeitherKeyNorValue()
    {
        MapSpec map = Maps()["events"];

        Assert.Equal((MapType.RingBuf, 0u, 0u, 4096u), (map.Type, map.KeySize, map.ValueSize, map.MaxEntries));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_MapOfMaps_HasInnerMapAndInitializers(ByteOrder order)
    {
        MapSpec map = Maps(order)["outer"];

        Assert.Equal(4u, map.ValueSize);
        Assert.NotNull(map.InnerMap);
        Assert.Equal((MapType.Array, 4u, 8u, 4u), (map.InnerMap.Type, map.InnerMap.KeySize, map.InnerMap.ValueSize, map.InnerMap.MaxEntries));
        Assert.Equal([new(0, "first_inner"), new(2, "second_inner")], map.Initializers);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_ProgramArray_HasPrograms(ByteOrder order)
    {
        MapSpec map = Maps(order)["jumps"];

        Assert.Null(map.InnerMap);
        Assert.Equal((4u, 4u), (map.KeySize, map.ValueSize));
        Assert.Equal([new(1, "count"), new(3, "other")], map.Initializers);
    }

    [Fact]
    public void Load_Maps_AreAllThereInAnOrderThatStays()
    {
        Assert.Equal(
            ["bloom", "events", "first_inner", "jumps", "outer", "second_inner", "sized", "typed"],
            Maps().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Maps().Keys, Maps().Keys);
    }

    [Fact]
    public void Load_StaticMap_NamesTheMap()
    {
        ObjectFormatException error = Refused("bad_static_map");

        Assert.Equal(".maps", error.Section);
        Assert.Equal("hidden_from_loader", error.Symbol);
        Assert.Contains("the map is static", error.Message);
    }

    [Fact]
    public void Load_MapOfAnotherObject_NamesTheMap()
    {
        ObjectFormatException error = Refused("bad_extern_map");

        Assert.Equal("elsewhere", error.Symbol);
        Assert.Equal("the map is declared but not defined in this object: link it with the one that defines it (bpftool gen object)", error.Problem);
    }

    [Fact]
    public void Load_PinningOfAnotherLoader_StaysInTheSpec()
    {
        MapSpec map = CollectionSpec.Load(TestObject.Path("custom_pinning")).Maps["shared"];

        Assert.Equal((MapPinning)100, map.Pinning);
        Assert.Equal((MapPinning)100, map.Clone().Pinning);
    }

    [Fact]
    public void Load_CommonSymbol_SaysWhichOptionMadeIt()
    {
        ObjectFormatException error = Refused("bad_common_symbol");

        Assert.Equal("counter", error.Symbol);
        Assert.EndsWith("compile with -fno-common", error.Problem);
        Assert.Equal(".bss", CollectionSpec.Load(TestObject.Path("common_symbol")).Variables["counter"].Section);
    }

    [Fact]
    public void Load_UnknownMember_NamesIt()
    {
        ObjectFormatException error = Refused("bad_unknown_member");

        Assert.Equal("misspelt", error.Symbol);
        Assert.Contains("unknown member \"max_entires\"", error.Message);
    }

    [Fact]
    public void Load_WithoutBtf_SaysThatMapsNeedIt()
    {
        ObjectFormatException error = Refused("counter.nobtf");

        Assert.Equal(".maps", error.Section);
        Assert.Contains("compile with -g", error.Message);
    }

    [Fact]
    public void Clone_ChangedInEveryAttribute_LeavesTheOriginal()
    {
        MapSpec original = Maps()["outer"];
        MapSpec copy = original.Clone();
        copy.Name = "changed";
        copy.MaxEntries = 9;
        copy.InnerMap!.MaxEntries = 99;
        copy.Initializers.Clear();

        Assert.Equal("outer", original.Name);
        Assert.Equal(3u, original.MaxEntries);
        Assert.Equal(4u, original.InnerMap!.MaxEntries);
        Assert.Equal(2, original.Initializers.Count);
    }

    private static SpecTable<MapSpec> Maps(ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Path("maps", order)).Maps;

    private static ObjectFormatException Refused(string name) =>
        Assert.Throws<ObjectFormatException>(() => CollectionSpec.Load(TestObject.Path(name)));
}
