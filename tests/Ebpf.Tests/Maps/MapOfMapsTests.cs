using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MapOfMapsTests
{
    [Fact]
    public void Array_InnerMap_IsWhatProgramsFind()
    {
        using LoadedMaps maps = new("map_objects", ["count_in_array"]);
        using BpfMap inner = Make.Map(MapType.Array, maxEntries: 2);
        BpfMapOfMaps<uint> outer = maps["outer_array"].AsMapOfMaps<uint>();

        Assert.Equal(0, maps.Run("count_in_array", "slot", 3u));
        outer.Update(3, inner);
        Assert.Equal(1, maps.Run("count_in_array"));
        Assert.Equal(1UL, inner.As<uint, ulong>()[0]);

        Assert.True(outer.TryOpen(3, out BpfMap? opened));
        using (opened)
        {
            Assert.Equal(inner.Id, opened.Id);
            Assert.Equal(1UL, opened.As<uint, ulong>()[0]);
        }

        Assert.Equal([KeyValuePair.Create(3u, inner.Id)], outer);
        Assert.True(outer.Remove(3));
        Assert.False(outer.Remove(3));
        Assert.False(outer.TryOpen(3, out opened));
        Assert.Null(opened);
        Assert.False(outer.TryGetId(3, out _));
    }

    [Fact]
    public void Hash_InnerMaps_AreFoundByKey()
    {
        using LoadedMaps maps = new("map_objects", ["count_in_hash"]);
        using BpfMap first = Make.Map(MapType.Array, maxEntries: 2), second = Make.Map(MapType.Array, maxEntries: 2);
        BpfMapOfMaps<ulong> outer = maps["outer_hash"].AsMapOfMaps<ulong>();

        outer.Update(5, first);
        outer.Update(6, first);
        outer.Update(6, second, MapUpdateFlags.Exist);
        BpfException error = Assert.Throws<BpfException>(() => outer.Update(5, second, MapUpdateFlags.NoExist));

        Assert.Equal("Put a map in map \"outer_hash\": EEXIST: there is an element under this key", error.Message);
        Assert.Equal(1, maps.Run("count_in_hash", "slot", 6u));
        Assert.Equal(1UL, second.As<uint, ulong>()[0]);
        Assert.Equal([(5UL, first.Id), (6UL, second.Id)], outer.Select(pair => (pair.Key, pair.Value)).Order());
        Assert.Equal(2, outer.Count());
        outer.Clear();
        Assert.Empty(outer);
    }

    [Fact]
    public void Update_InnerMapOfAnotherShape_SaysInWhatItDiffers()
    {
        using LoadedMaps maps = new("map_objects", [], "outer_array");
        using BpfMap right = Make.Map(MapType.Array, maxEntries: 2), wrong = Make.Map(MapType.Hash, valueSize: 16);
        BpfMapOfMaps<uint> outer = maps["outer_array"].AsMapOfMaps<uint>();

        string before = Assert.Throws<BpfException>(() => outer.Update(0, wrong)).Message;
        outer.Update(0, right);
        string after = Assert.Throws<BpfException>(() => outer.Update(1, wrong)).Message;

        Assert.StartsWith("Put a map in map \"outer_array\": EINVAL: Hash map \"test\"", before);
        Assert.Contains("type, key size, value size, flags", before);
        Assert.EndsWith("the maps in it have type Array, values of 8 bytes, 2 entries", after);
    }

    [Fact]
    public void Update_ArrayOfAnotherLength_SaysSo()
    {
        // Since 5.10 the number of entries matters for arrays only.
        Requires.Kernel(5, 10, "inner maps of other lengths");
        using LoadedMaps maps = new("map_objects", [], "outer_array");
        using BpfMap right = Make.Map(MapType.Array, maxEntries: 2), wrong = Make.Map(MapType.Array, maxEntries: 3);
        BpfMapOfMaps<uint> outer = maps["outer_array"].AsMapOfMaps<uint>();
        outer.Update(0, right);

        Assert.EndsWith(
            "the maps in it have 2 entries", Assert.Throws<BpfException>(() => outer.Update(1, wrong)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Enumeration_OfAnArrayWithHoles_GivesWhatIsThere(bool batches)
    {
        FaultyKernel kernel = new();
        if (!batches) kernel.OnBpf = (command, _) => command == BpfCommand.MapLookupBatch ? Errno.EINVAL : null;
        MapSpec spec = Make.Spec(MapType.ArrayOfMaps, valueSize: 4, maxEntries: 1000);
        spec.InnerMap = Make.Spec(MapType.Array, maxEntries: 2);
        using BpfMap map = Make.Map(kernel, spec), inner = Make.Map(MapType.Array, maxEntries: 2);
        BpfMapOfMaps<uint> outer = map.AsMapOfMaps<uint>();
        uint[] filled = [0, 1, 5, 400, 999];
        foreach (uint slot in filled) outer.Update(slot, inner);

        Assert.Equal(filled, outer.Select(pair => pair.Key).Order());
        Assert.All(outer, pair => Assert.Equal(inner.Id, pair.Value));
        Assert.Equal(filled.Length, outer.Count());
    }

    [Fact]
    public void TryOpen_MapThatIsGone_LooksAgain()
    {
        FaultyKernel kernel = new();
        MapSpec spec = Make.Spec(MapType.ArrayOfMaps, valueSize: 4, maxEntries: 1);
        spec.InnerMap = Make.Spec(MapType.Array, maxEntries: 2);
        using BpfMap map = Make.Map(kernel, spec), inner = Make.Map(MapType.Array, maxEntries: 2);
        BpfMapOfMaps<uint> outer = map.AsMapOfMaps<uint>();
        outer.Update(0, inner);
        int opened = 0;
        kernel.OnBpf = (command, _) => command == BpfCommand.MapGetById && ++opened < 3 ? Errno.ENOENT : null;

        Assert.True(outer.TryOpen(0, out BpfMap? found));
        found.Dispose();

        Assert.Equal(3, opened);
        kernel.OnBpf = (command, _) => command == BpfCommand.MapGetById ? Errno.EPERM : null;
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => outer.TryOpen(0, out _)).Errno);
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using LoadedMaps maps = new("map_objects", [], "outer_hash");
        using BpfMap inner = Make.Map(MapType.Array, maxEntries: 2);
        BpfMapOfMaps<ulong> outer = maps["outer_hash"].AsMapOfMaps<ulong>();

        Allocations.AssertNone(() =>
        {
            outer.Update(1, inner);
            outer.TryGetId(1, out _);
            outer.Remove(1);
        });
    }
}
