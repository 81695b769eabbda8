using Ebpf.Linux;
using Ebpf.Maps.Walks;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

/// <summary>Walks that meet deletions, at exactly the moment at which they harm.</summary>
public sealed unsafe class MapWalkTests
{
    private const uint Count = 200;

    [Theory]
    [InlineData(MapType.Hash, 1)]
    [InlineData(MapType.Hash, 7)]
    [InlineData(MapType.DevMapHash, 1)]
    [InlineData(MapType.DevMapHash, 3)]
    public void ByKey_KeysThatVanishInBetween_MissesNothingThatStaysAndFindsNothingTwice(MapType type, int inARow)
    {
        (List<uint> seen, HashSet<uint> victims) = WalkWhileKeysVanish(type, inARow, alsoFound: false);

        Assert.Equal(seen.Distinct().Count(), seen.Count);
        Assert.Empty(Enumerable.Range(0, (int)Count).Select(i => (uint)i).Except(victims).Except(seen));
    }

    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.DevMapHash)]
    public void ByKey_KeysThatWereFoundVanishToo_MissesNothingThatStays(MapType type)
    {
        // If all of the last keys are gone, the walk begins again: then it finds again what it has found.
        (List<uint> seen, HashSet<uint> victims) = WalkWhileKeysVanish(type, inARow: 7, alsoFound: true);

        Assert.Empty(Enumerable.Range(0, (int)Count).Select(i => (uint)i).Except(victims).Except(seen));
    }

    [Fact]
    public void Trie_KeyAtWhichABatchEndedVanishes_MissesNothingThatStaysAndFindsNothingTwice()
    {
        Requires.Kernel(5, 13, "batches of LPM tries");
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(
            kernel, Make.Spec(MapType.LpmTrie, keySize: 8, maxEntries: Count, flags: MapFlags.NoPreallocation));
        using BpfMap other = BpfMap.Open(map.Id);
        for (uint i = 0; i < Count; i++) other.Update(PrefixOf(i), new byte[8]);
        HashSet<uint> victims = [];
        kernel.OnBpf = (command, attr) =>
        {
            if (command != BpfCommand.MapLookupBatch) return null;
            byte* position = (byte*)((MapBatchAttr*)attr)->InBatch;
            if (position is null || victims.Count >= 20) return null;
            ReadOnlySpan<byte> key = new(position, 8);
            if (other.Remove(key)) victims.Add(NumberOf(key));
            return null;
        };

        List<uint> seen = [];
        MapCursor cursor = map.CreateCursor();
        byte[] keys = new byte[5 * 8], values = new byte[5 * 8];
        while (map.ReadBatch(cursor, keys, values) is > 0 and int read)
        {
            for (int i = 0; i < read; i++) seen.Add(NumberOf(keys.AsSpan(i * 8, 8)));
        }

        Assert.Equal(20, victims.Count);
        Assert.Equal(Enumerable.Range(0, (int)Count).Select(i => (uint)i), seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trie_KernelTakesTheNeighbourForADeletedPrefix_MissesNothingThatStaysAndFindsNothingTwice(bool batches)
    {
        if (batches) Requires.Kernel(5, 13, "batches of LPM tries");
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(
            kernel, Make.Spec(MapType.LpmTrie, keySize: 8, maxEntries: Count, flags: MapFlags.NoPreallocation));
        using BpfMap other = BpfMap.Open(map.Id);
        for (uint i = 0; i < Count; i++) other.Update(PrefixOf(i), new byte[8]);
        HashSet<uint> victims = [];
        byte* neighbour = stackalloc byte[8];
        kernel.OnBpf = (command, attr) =>
        {
            if (IsBatch(command) && !batches) return Errno.EINVAL;
            byte** key = command switch
            {
                BpfCommand.MapLookupBatch => (byte**)&((MapBatchAttr*)attr)->InBatch,
                BpfCommand.MapGetNextKey => (byte**)&((MapElementAttr*)attr)->Key,
                _ => null,
            };
            if (key is null || *key is null) return null;

            // The library asks a trie of its own, of one byte.
            if (*(uint*)*key == 8) return Errno.ENOENT;

            // The first of two neighbours vanishes just before the kernel is asked for what follows it. Kernels before the mend then
            // meet the second one in its place, and go on behind that.
            uint number = NumberOf(new ReadOnlySpan<byte>(*key, 8));
            if (number % 20 == 4 && other.Remove(PrefixOf(number))) victims.Add(number);
            if (!victims.Contains(number)) return null;
            PrefixOf(number + 1).CopyTo(new Span<byte>(neighbour, 8));
            *key = neighbour;
            return null;
        };

        List<uint> seen = [];
        MapCursor cursor = map.CreateCursor();
        byte[] keys = new byte[5 * 8], values = new byte[5 * 8];
        while (map.ReadBatch(cursor, keys, values) is > 0 and int read)
        {
            for (int i = 0; i < read; i++) seen.Add(NumberOf(keys.AsSpan(i * 8, 8)));
        }

        Assert.Equal(10, victims.Count);
        Assert.Equal(seen.Order().Distinct(), seen);
        Assert.Empty(Enumerable.Range(0, (int)Count).Select(i => (uint)i).Except(victims).Except(seen));
    }

    [Fact]
    public void RemoveBatch_OfATrie_TakesEachOnce()
    {
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(
            kernel, Make.Spec(MapType.LpmTrie, keySize: 8, maxEntries: Count, flags: MapFlags.NoPreallocation));
        using BpfMap other = BpfMap.Open(map.Id);
        for (uint i = 0; i < Count; i++) other.Update(PrefixOf(i), new byte[8]);
        kernel.OnBpf = (command, attr) =>
        {
            if (command != BpfCommand.MapGetNextKey || ((MapElementAttr*)attr)->Key is null) return null;
            if (*(uint*)((MapElementAttr*)attr)->Key == 8) return null;
            uint number = NumberOf(new ReadOnlySpan<byte>(((MapElementAttr*)attr)->Key, 8));
            if (number % 20 == 4) other.Remove(PrefixOf(number));
            return null;
        };

        List<uint> taken = [];
        MapCursor cursor = map.CreateCursor();
        byte[] keys = new byte[5 * 8], values = new byte[5 * 8];
        while (map.RemoveBatch(cursor, keys, values) is > 0 and int read)
        {
            for (int i = 0; i < read; i++) taken.Add(NumberOf(keys.AsSpan(i * 8, 8)));
        }

        Assert.Equal(Enumerable.Range(0, (int)Count).Select(i => (uint)i).Where(i => i % 20 != 4), taken);
        kernel.OnBpf = null;
        Assert.Equal(0, map.ReadBatch(map.CreateCursor(), keys, values));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trie_AnyPrefixes_AreWalkedInTheOrderThatIsExpected(bool batches)
    {
        Random random = new(7);
        FaultyKernel kernel = new() { OnBpf = (command, _) => !batches && IsBatch(command) ? Errno.EINVAL : null };
        using BpfMap map = Make.Map(
            kernel, Make.Spec(MapType.LpmTrie, keySize: 8, maxEntries: 1000, flags: MapFlags.NoPreallocation));
        HashSet<ulong> prefixes = [];
        for (int i = 0; i < 1000; i++)
        {
            // Few different bits, so that many prefixes cover others.
            uint length = (uint)random.Next(0, 33), bits = (uint)random.Next(0, 64) << 26 | (uint)random.Next(0, 4) << 10;
            if (length < 32) bits &= ~(uint.MaxValue >> (int)length);
            byte[] key = [.. BitConverter.GetBytes(length), .. BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(bits))];
            map.Update(key, new byte[8]);
            prefixes.Add(BitConverter.ToUInt64(key));
        }

        List<ulong> seen = [];
        using (MapWalk walk = new(map))
        {
            while (walk.MoveNext()) seen.Add(walk.Key<ulong>());
        }

        Assert.Equal(prefixes.Order(), seen.Order());
        for (int i = 1; i < seen.Count; i++)
            Assert.True(PrefixOrder.Compare(BitConverter.GetBytes(seen[i - 1]), BitConverter.GetBytes(seen[i])) < 0);
    }

    [Fact]
    public void Walk_ThatNeverGetsOn_IsGivenUpAndSaysSo()
    {
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash, maxEntries: Count));
        for (uint i = 0; i < Count; i++) Put(map, i);
        kernel.OnBpf = (command, _) =>
            IsBatch(command) ? Errno.EINVAL : command == BpfCommand.MapLookupElement ? Errno.ENOENT : null;

        MapException error = Assert.Throws<MapException>(() => map.As<uint, ulong>().Count());

        Assert.Equal(MapProblem.WalkInterrupted, error.Problem);
        Assert.Contains("it was given up", error.Message);
    }

    [Fact]
    public void RemoveBatch_KeysThatVanishInBetween_TakesEachThatStaysOnce()
    {
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash, maxEntries: Count));
        using BpfMap other = BpfMap.Open(map.Id);
        for (uint i = 0; i < Count; i++) Put(other, i);
        HashSet<uint> victims = [];
        kernel.OnBpf = (command, attr) =>
        {
            if (IsBatch(command)) return Errno.EINVAL;
            if (command != BpfCommand.MapLookupElement) return null;
            uint key = *(uint*)((MapElementAttr*)attr)->Key;
            if (key % 3 == 0 && other.Remove(BitConverter.GetBytes(key))) victims.Add(key);
            return null;
        };

        List<uint> taken = [];
        MapCursor cursor = map.CreateCursor();
        byte[] keys = new byte[7 * 4], values = new byte[7 * 8];
        while (map.RemoveBatch(cursor, keys, values) is > 0 and int read)
        {
            for (int i = 0; i < read; i++) taken.Add(BitConverter.ToUInt32(keys, i * 4));
        }

        Assert.Equal(Enumerable.Range(0, (int)Count).Select(i => (uint)i).Except(victims), taken.Order());
        kernel.OnBpf = null;
        Assert.Equal(0, map.As<uint, ulong>().Count());
    }

    [Fact]
    public void ReadBatch_BucketLargerThanTheSpans_SaysWhatToDo()
    {
        using BpfMap map = Make.Map(MapType.Hash, maxEntries: 1000);
        for (uint i = 0; i < 1000; i++) Put(map, i);
        MapCursor cursor = map.CreateCursor();
        byte[] keys = new byte[4], values = new byte[8];

        BpfException error = Assert.Throws<BpfException>(() =>
        {
            while (map.ReadBatch(cursor, keys, values) > 0)
            {
            }
        });

        Assert.Equal(Errno.ENOSPC, error.Errno);
        Assert.Contains("more elements than there is room for (1)", error.Message);
    }

    /// <summary>Deletes some keys in a row just before the walk looks at them, after the kernel told that they are next.</summary>
    /// <param name="type">The kind of map.</param>
    /// <param name="inARow">How many.</param>
    /// <param name="alsoFound">Whether those too to which the walk goes back.</param>
    private static (List<uint> Seen, HashSet<uint> Victims) WalkWhileKeysVanish(MapType type, int inARow, bool alsoFound)
    {
        uint valueSize = type == MapType.Hash ? 8u : 4u;
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(type, valueSize: valueSize, maxEntries: Count));
        using BpfMap other = BpfMap.Open(map.Id);
        for (uint i = 0; i < Count; i++) Put(other, i);
        HashSet<uint> victims = [], lookedAt = [];
        int left = 0;
        kernel.OnBpf = (command, attr) =>
        {
            if (IsBatch(command)) return Errno.EINVAL;
            if (command != BpfCommand.MapLookupElement) return null;
            uint key = *(uint*)((MapElementAttr*)attr)->Key;
            if (!lookedAt.Add(key) && !alsoFound) return null;
            if (key % 10 == 0) left = inARow;
            if (left-- <= 0) return null;
            victims.Add(key);
            other.Remove(BitConverter.GetBytes(key));
            return null;
        };

        List<uint> seen = Walk(map);

        Assert.NotEmpty(victims);
        return (seen, victims);
    }

    private static List<uint> Walk(BpfMap map)
    {
        List<uint> seen = [];
        using MapWalk walk = new(map);
        while (walk.MoveNext()) seen.Add(walk.Key<uint>());
        return seen;
    }

    private static void Put(BpfMap map, uint key)
    {
        // To maps of devices the value is a network interface: the loopback.
        byte[] value = new byte[map.ValueSize];
        value[0] = 1;
        map.Update(BitConverter.GetBytes(key), value);
    }

    private static byte[] PrefixOf(uint number) =>
        [.. BitConverter.GetBytes(32u), .. BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(number))];

    private static uint NumberOf(ReadOnlySpan<byte> key) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(key[4..]);

    private static bool IsBatch(BpfCommand command) => command is >= BpfCommand.MapLookupBatch and <= BpfCommand.MapDeleteBatch;
}
