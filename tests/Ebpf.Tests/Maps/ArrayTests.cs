namespace Ebpf.Tests.Maps;

/// <summary>Arrays by a view of their own.</summary>
public sealed class ArrayTests
{
    [Fact]
    public void Indexer_ReadsWhatWasWritten()
    {
        using BpfMap map = Make.Map(MapType.Array, maxEntries: 3);
        BpfArray<ulong> counts = map.AsArray<ulong>();

        counts[2] = 42;
        counts[2] += 1;

        Assert.Equal((43UL, 0UL, 3u), (counts[2], counts[0], counts.Length));
        Allocations.AssertNone(() => counts[1] = counts[2]);
    }

    [Fact]
    public void Indexer_IndexNotBelowLength_IsAMistakeOfTheCaller()
    {
        using BpfMap map = Make.Map(MapType.Array, maxEntries: 3);
        BpfArray<ulong> counts = map.AsArray<ulong>();

        Assert.Contains("Array \"test\" has 3 elements.", Assert.Throws<ArgumentOutOfRangeException>(() => counts[3]).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => counts[3] = 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => counts.Update(uint.MaxValue, 1));
    }

    [Fact]
    public void Enumeration_GivesIndicesWithValuesInOrder()
    {
        using BpfMap map = Make.Map(MapType.Array, maxEntries: 3);
        BpfArray<ulong> counts = map.AsArray<ulong>();

        counts.UpdateBatch([2, 0], [20, 10]);

        Assert.Equal([new(0, 10), new(1, 0), new(2, 20)], counts);
        counts.Clear();
        Assert.All(counts, pair => Assert.Equal(0UL, pair.Value));
    }

    [Fact]
    public void ReadBatch_ReadsOn()
    {
        using BpfMap map = Make.Map(MapType.Array, maxEntries: 5);
        BpfArray<ulong> counts = map.AsArray<ulong>();
        for (uint i = 0; i < counts.Length; i++) counts[i] = 10 * i;
        MapCursor cursor = map.CreateCursor();
        uint[] indices = new uint[3];
        ulong[] values = new ulong[3];

        Assert.Equal(3, counts.ReadBatch(cursor, indices, values));
        Assert.Equal([0u, 1u, 2u], indices);
        Assert.Equal(2, counts.ReadBatch(cursor, indices, values));
        Assert.Equal([30UL, 40UL], values[..2]);
        Assert.Equal(0, counts.ReadBatch(cursor, indices, values));
    }

    [Fact]
    public void As_OfAnArray_TreatsItLikeAHashTable_ButRemovesNothing()
    {
        using BpfMap map = Make.Map(MapType.Array, maxEntries: 3);
        BpfMap<uint, ulong> counts = map.As<uint, ulong>();
        counts[1] = 7;

        Assert.Equal(7UL, map.AsArray<ulong>()[1]);
        Assert.Contains("elements of arrays cannot be removed", Assert.Throws<BpfException>(() => counts.Remove(1)).Message);
    }
}
