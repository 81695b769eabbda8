using Ebpf.Linux;
using Ebpf.Maps;
using Ebpf.Maps.Walks;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MapEnumerationTests
{
    public static TheoryData<MapType, bool> Kinds => new()
    {
        { MapType.Hash, true },
        { MapType.Hash, false },
        { MapType.LruHash, true },
        { MapType.LruHash, false },
        { MapType.LpmTrie, true },
        { MapType.LpmTrie, false },
        { MapType.Array, true },
        { MapType.Array, false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Enumeration_FindsEveryElementOnce(MapType type, bool batches)
    {
        // More than one batch: a buffer of 64 KiB holds some 4,000 elements.
        const uint count = 10_000;
        using BpfMap map = Make.Map(Kernel(batches), Spec(type, type == MapType.LruHash ? 2 * count : count));
        BpfMap<ulong, ulong>? hash = type == MapType.Array ? null : map.As<ulong, ulong>();
        BpfMap<uint, ulong>? array = type == MapType.Array ? map.As<uint, ulong>() : null;
        for (uint i = 0; i < count; i++)
        {
            if (array is not null) array[i] = i;
            else hash![Key(i)] = i;
        }

        List<ulong> seen = [];
        if (array is not null) foreach ((uint _, ulong value) in array) seen.Add(value);
        else foreach ((ulong _, ulong value) in hash!) seen.Add(value);

        Assert.Equal(Enumerable.Range(0, (int)count).Select(i => (ulong)i), seen.Order());
        Assert.Equal((int)count, array?.Count() ?? hash!.Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Enumeration_OfNothing_Ends(bool batches)
    {
        using BpfMap map = Make.Map(Kernel(batches), Make.Spec(MapType.Hash));

        Assert.Empty(map.As<uint, ulong>());
    }

    [Fact]
    public void Enumeration_WhereAllElementsShareABucket_GrowsItsBuffer()
    {
        // Four elements in one bucket at the most, but only one fits into the first buffer.
        using BpfMap map = Make.Map(MapType.Hash, valueSize: 65_000, maxEntries: 64);
        byte[] value = new byte[65_000];
        for (int i = 0; i < 64; i++) map.Update(BitConverter.GetBytes(i), value);

        using MapWalk walk = new(map);
        HashSet<int> seen = [];
        while (walk.MoveNext()) Assert.True(seen.Add(walk.Key<int>()));

        Assert.Equal(64, seen.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Enumeration_ThatDeletesWhatItSees_SeesEverything(bool batches)
    {
        using BpfMap map = Make.Map(Kernel(batches), Make.Spec(MapType.Hash, maxEntries: 5000));
        BpfMap<uint, ulong> hash = map.As<uint, ulong>();
        for (uint i = 0; i < 5000; i++) hash[i] = i;

        HashSet<uint> seen = [];
        foreach ((uint key, ulong _) in hash)
        {
            Assert.True(seen.Add(key));
            Assert.True(hash.Remove(key));
        }

        Assert.Equal(5000, seen.Count);
        Assert.Empty(hash);
    }

    [Theory]
    [InlineData(MapType.Hash, true)]
    [InlineData(MapType.Hash, false)]
    [InlineData(MapType.LpmTrie, true)]
    [InlineData(MapType.LpmTrie, false)]
    public void Enumeration_WhileOthersAddAndDelete_EndsAndSeesWhatStays(MapType type, bool batches)
    {
        const uint staying = 500;
        using BpfMap map = Make.Map(Kernel(batches), Spec(type, 2000));
        BpfMap<ulong, ulong> elements = map.As<ulong, ulong>();
        for (uint i = 0; i < staying; i++) elements[Key(i)] = i;
        using CancellationTokenSource stop = new();
        Thread churn = new(() =>
        {
            for (uint i = 0; !stop.IsCancellationRequested; i++)
            {
                ulong key = Key(1000 + (i % 500));
                if (!elements.Remove(key)) elements[key] = ulong.MaxValue;
            }
        });
        churn.Start();
        try
        {
            for (int round = 0; round < 50; round++)
            {
                int steps = 0;
                HashSet<ulong> seen = [];
                foreach ((ulong key, ulong value) in elements)
                {
                    steps++;
                    if (value != ulong.MaxValue) seen.Add(value);
                }

                Assert.InRange(steps, 0, (2 * 2000) + 64);
                Assert.Equal((int)staying, seen.Count);
            }
        }
        finally
        {
            stop.Cancel();
            churn.Join();
        }
    }

    [Fact]
    public void Enumerator_LeftEarly_GivesItsBufferBack()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        BpfMap<uint, ulong> hash = map.As<uint, ulong>();
        hash[1] = 1;
        BpfMap<uint, ulong>.Enumerator enumerator = hash.GetEnumerator();
        Assert.True(enumerator.MoveNext());

        enumerator.Dispose();
        enumerator.Dispose();

        Assert.Throws<NotSupportedException>(enumerator.Reset);
    }

    [Fact]
    public void Enumeration_KernelRefuses_Throws()
    {
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash));
        kernel.OnBpf = (command, _) => command == BpfCommand.MapLookupBatch ? Errno.EPERM : null;

        BpfException error = Assert.Throws<BpfException>(() => map.As<uint, ulong>().Count());

        Assert.Equal("Walk over the elements in map \"test\"", error.Operation);
        Assert.Equal(Errno.EPERM, error.Errno);
    }

    [Fact]
    public void Enumeration_BatchGivesUpAtAVanishedKey_GoesOnByKey()
    {
        // Linux before 6.14 answers EINTR, with a count of 0, when the element behind the position is deleted three times.
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Array, maxEntries: 10_000));
        int batches = 0;
        kernel.OnBpf = (command, attr) =>
        {
            if (command != BpfCommand.MapLookupBatch || ++batches != 2) return null;
            SetCount(attr, 0);
            return Errno.EINTR;
        };

        Assert.Equal(Enumerable.Range(0, 10_000), map.As<int, ulong>().Select(pair => pair.Key));
        Assert.Equal(2, batches);
    }

    [Fact]
    public void LookupBatch_WithACursor_GivesWhatFits()
    {
        using BpfMap map = Make.Map(MapType.Array, maxEntries: 10);
        MapCursor cursor = map.CreateCursor();
        byte[] keys = new byte[4 * 4], values = new byte[4 * 8];

        Assert.Equal([4, 4, 2, 0], Enumerable.Range(0, 4).Select(_ => map.ReadBatch(cursor, keys, values)));
        Assert.True(cursor.AtEnd);
    }

    [Fact]
    public void LookupBatch_CursorOfAnotherMap_IsRefused()
    {
        using BpfMap map = Make.Map(MapType.Array), other = Make.Map(MapType.Array);

        Assert.Throws<ArgumentException>(() => map.ReadBatch(other.CreateCursor(), new byte[4], new byte[8]));
        Assert.Throws<ArgumentException>(() => map.ReadBatch(map.CreateCursor(), new byte[3], new byte[8]));
        Assert.Throws<ArgumentException>(() => map.ReadBatch(map.CreateCursor(), new byte[4], new byte[7]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LookupAndDeleteBatch_EmptiesTheMap(bool batches)
    {
        using BpfMap map = Make.Map(Kernel(batches), Make.Spec(MapType.Hash, maxEntries: 1000));
        BpfMap<uint, ulong> hash = map.As<uint, ulong>();
        for (uint i = 0; i < 1000; i++) hash[i] = i;
        MapCursor cursor = map.CreateCursor();
        byte[] keys = new byte[4 * 128], values = new byte[8 * 128];

        int total = 0;
        while (map.RemoveBatch(cursor, keys, values) is > 0 and int count) total += count;

        Assert.Equal(1000, total);
        Assert.Equal(0, hash.Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void UpdateBatch_WritesEverything(bool batches)
    {
        using BpfMap map = Make.Map(Kernel(batches), Make.Spec(MapType.Hash));
        byte[] keys = [1, 0, 0, 0, 2, 0, 0, 0], values = [.. new byte[8], .. BitConverter.GetBytes(7L)];

        map.UpdateBatch(keys, values);

        Assert.Equal([(1u, 0ul), (2u, 7ul)], map.As<uint, ulong>().Select(pair => (pair.Key, pair.Value)).Order());
        MapException error = Assert.Throws<MapException>(
            () => map.UpdateBatch([3, 0, 0, 0, 2, 0, 0, 0], values, MapUpdateFlags.NoExist));
        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.StartsWith("Update element 1 of 2", error.Operation);
        Assert.Throws<ArgumentException>(() => map.UpdateBatch(keys, new byte[8]));
        Assert.Throws<ArgumentException>(() => map.UpdateBatch(keys.AsSpan(1), values));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void DeleteBatch_PassesOverMissingKeys(bool batches)
    {
        using BpfMap map = Make.Map(Kernel(batches), Make.Spec(MapType.Hash));
        BpfMap<uint, ulong> hash = map.As<uint, ulong>();
        for (uint i = 0; i < 6; i++) hash[i] = i;

        int deleted = map.RemoveBatch(
            [9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0]);

        Assert.Equal(3, deleted);
        Assert.Equal([3u, 4u, 5u], hash.Select(pair => pair.Key).Order());
    }

    [Fact]
    public void CreateCursor_KindWithoutAList_IsRefused()
    {
        using BpfMap queue = Make.Map(MapType.Queue, keySize: 0);

        Assert.Throws<NotSupportedException>(queue.CreateCursor);
    }

    private static unsafe void SetCount(nint attr, uint count) => ((MapBatchAttr*)attr)->Count = count;

    /// <summary>This kernel, with the batch commands or as one that lacks them.</summary>
    private static LinuxKernel Kernel(bool batches) => batches
        ? RunningKernel.Instance
        : new FaultyKernel
        {
            OnBpf = (command, _) =>
                command is >= BpfCommand.MapLookupBatch and <= BpfCommand.MapDeleteBatch ? Errno.EINVAL : null,
        };

    private static MapSpec Spec(MapType type, uint maxEntries) => Make.Spec(
        type,
        keySize: type == MapType.Array ? 4u : 8u,
        maxEntries: maxEntries,
        flags: type == MapType.LpmTrie ? MapFlags.NoPreallocation : MapFlags.None);

    /// <summary>A key of 8 bytes that is a good one for a trie also: a prefix of 32 bits.</summary>
    private static ulong Key(uint number) => ((ulong)number << 32) | 32;
}
