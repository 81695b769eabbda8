using System.Runtime.InteropServices;

namespace Ebpf.Tests.Maps;

public sealed class BpfMapElementTests
{
    private static readonly byte[] Key = [1, 0, 0, 0], Other = [2, 0, 0, 0];

    [Fact]
    public void TryLookup_AfterUpdate_GivesTheValue()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Update(Key, [1, 2, 3, 4, 5, 6, 7, 8]);
        byte[] value = new byte[8];

        Assert.True(map.TryGetValue(Key, value));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], value);
        Assert.False(map.TryGetValue(Other, value));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], value);
    }

    [Fact]
    public void Remove_TellsWhetherTheElementWasThere()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Update(Key, new byte[8]);

        Assert.True(map.Remove(Key));
        Assert.False(map.Remove(Key));
    }

    [Fact]
    public void Update_WithFlags_ObeysThem()
    {
        using BpfMap map = Make.Map(MapType.Hash);

        BpfException missing = Assert.Throws<BpfException>(() => map.Update(Key, new byte[8], MapUpdateFlags.Exist));
        Assert.Equal(Errno.ENOENT, missing.Errno);
        map.Update(Key, new byte[8], MapUpdateFlags.NoExist);
        BpfException there = Assert.Throws<BpfException>(() => map.Update(Key, new byte[8], MapUpdateFlags.NoExist));
        Assert.Equal("Update in map \"test\": EEXIST: there is an element under this key", there.Message);
        Assert.False(map.TryAdd(Key, new byte[8]));
        Assert.True(map.TryAdd(Other, new byte[8]));
    }

    [Fact]
    public void Update_FullMap_SaysSo()
    {
        using BpfMap map = Make.Map(MapType.Hash, maxEntries: 1);
        map.Update(Key, new byte[8]);

        BpfException full = Assert.Throws<MapException>(() => map.Update(Other, new byte[8]));
        Assert.Equal(Errno.E2BIG, full.Errno);
        Assert.Equal("the map is full (1 entry)", full.Advice);
    }

    [Fact]
    public void Spans_OfTheWrongLength_NameTheRightOne()
    {
        using BpfMap map = Make.Map(MapType.Hash);

        Assert.Equal(
            "Map \"test\" has a key of 4 bytes; the span has 3. (Parameter 'key')",
            Assert.Throws<ArgumentException>(() => map.TryGetValue(new byte[3], new byte[8])).Message);
        Assert.Equal(
            "Map \"test\" has a value of 8 bytes; the span has 9. (Parameter 'value')",
            Assert.Throws<ArgumentException>(() => map.Update(Key, new byte[9])).Message);
        Assert.Throws<ArgumentException>(() => map.Remove([]));
        Assert.Throws<ArgumentException>(() => map.TryGetNextKey(Key, new byte[8]));
    }

    [Fact]
    public void TryLookup_PerCpuMap_WantsAllValues()
    {
        using BpfMap map = Make.Map(MapType.PerCpuArray, valueSize: 4, maxEntries: 1);
        int cpus = map.ValueBufferSize / 8;

        Assert.True(map.TryGetValue([0, 0, 0, 0], new byte[8 * cpus]));
        Assert.Equal(
            $"Map \"test\" has a value of {8 * cpus} bytes ({cpus} CPUs, 8 bytes each); the span has 4. (Parameter 'value')",
            Assert.Throws<ArgumentException>(() => map.TryGetValue([0, 0, 0, 0], new byte[4])).Message);
    }

    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.LpmTrie)]
    public void TryRemove_GivesTheElementOnce(MapType type)
    {
        // Tries have no such command: looked up, then deleted.
        using BpfMap map = type == MapType.LpmTrie
            ? Make.Map(type, keySize: 8, flags: MapFlags.NoPreallocation)
            : Make.Map(type, keySize: 8);
        byte[] key = [32, 0, 0, 0, 10, 0, 0, 1], value = new byte[8];
        map.Update(key, [9, 8, 7, 6, 5, 4, 3, 2]);

        Assert.True(map.TryRemove(key, value));
        Assert.Equal([9, 8, 7, 6, 5, 4, 3, 2], value);
        Assert.False(map.TryRemove(key, value));
    }

    [Fact]
    public void Queue_IsUsedWithoutKeys()
    {
        using BpfMap map = Make.Map(MapType.Queue, keySize: 0, valueSize: 4);
        byte[] value = new byte[4];
        map.Update([], [1, 0, 0, 0]);
        map.Update([], [2, 0, 0, 0]);

        Assert.True(map.TryGetValue([], value));
        Assert.Equal([1, 0, 0, 0], value);
        Assert.True(map.TryRemove([], value));
        Assert.Equal([1, 0, 0, 0], value);
        Assert.True(map.TryRemove([], value));
        Assert.Equal([2, 0, 0, 0], value);
        Assert.False(map.TryRemove([], value));
    }

    [Fact]
    public void BloomFilter_AnswersByLookup()
    {
        Requires.Map(MapType.BloomFilter);
        using BpfMap map = Make.Map(MapType.BloomFilter, keySize: 0, valueSize: 4);
        map.Update([], [7, 7, 7, 7]);

        Assert.True(map.TryGetValue([], new byte[] { 7, 7, 7, 7 }));
        Assert.False(map.TryGetValue([], new byte[] { 1, 2, 3, 4 }));
    }

    [Fact]
    public void TryGetNextKey_WalksOverEveryKeyOnce()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        for (int i = 0; i < 50; i++) map.Update(BitConverter.GetBytes(i), new byte[8]);

        List<int> seen = [];
        byte[] key = new byte[4];
        bool more = map.TryGetNextKey([], key);
        while (more)
        {
            seen.Add(BitConverter.ToInt32(key));
            more = map.TryGetNextKey(key, key);
        }

        Assert.Equal(Enumerable.Range(0, 50), seen.Order());
    }

    [Theory]
    [InlineData(MapType.Queue, "a Queue map has no keys: take the next value out with TryRemove, or with the view from AsQueue")]
    [InlineData(MapType.Stack, "a Stack map has no keys: take the next value out with TryRemove, or with the view from AsStack")]
    [InlineData(MapType.BloomFilter, "values cannot be removed from a bloom filter")]
    public void Remove_FromMapWithoutKeys_SaysWhatToDo(MapType type, string advice)
    {
        Requires.Map(type);
        using BpfMap map = Make.Map(type, keySize: 0);

        Assert.Equal(advice, Assert.Throws<BpfException>(() => map.Remove([])).Advice);
    }

    [Fact]
    public void Update_FullMapOfAnyKind_IsToldApart()
    {
        using BpfMap hash = Make.Map(MapType.Hash, maxEntries: 1);
        using BpfMap trie = Make.Map(MapType.LpmTrie, keySize: 8, maxEntries: 1, flags: MapFlags.NoPreallocation);
        foreach (BpfMap map in (BpfMap[])[hash, trie])
        {
            byte[] key = new byte[map.KeySize];
            key[0] = 1;
            map.Update(key, new byte[8]);
            key[^1] = key[0] = 8;
            key[4 % key.Length] = 8;
            Assert.Equal(MapProblem.Full, Assert.Throws<MapException>(() => map.Update(key, new byte[8])).Problem);
        }
    }

    [Fact]
    public void UpdateBatch_MapThatIsTooSmall_TellsHowManyWereWritten()
    {
        using BpfMap map = Make.Map(MapType.Hash, maxEntries: 3, flags: MapFlags.NoPreallocation);

        MapException error = Assert.Throws<MapException>(
            () => map.As<uint, ulong>().UpdateBatch([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]));

        Assert.Equal((MapProblem.Full, 3), (error.Problem, error.Completed));
        Assert.Equal(3, map.As<uint, ulong>().Count());
    }

    [Fact]
    public void Remove_FromArray_SaysThatItCannot()
    {
        using BpfMap map = Make.Map(MapType.Array);

        BpfException error = Assert.Throws<BpfException>(() => map.Remove(Key));
        Assert.Equal("Remove in map \"test\": EINVAL: elements of arrays cannot be removed", error.Message);
    }

    [Fact]
    public void Update_BeyondTheArray_NamesTheLimit()
    {
        using BpfMap map = Make.Map(MapType.Array, maxEntries: 3);

        BpfException error = Assert.Throws<BpfException>(() => map.Update([3, 0, 0, 0], new byte[8]));
        Assert.Equal("Update in map \"test\": E2BIG: the index is not below 3", error.Message);
    }

    [Fact]
    public void Update_OfLargeValues_UsesTheWholeSpan()
    {
        using BpfMap map = Make.Map(MapType.Array, valueSize: 100_000, maxEntries: 1);
        byte[] value = new byte[100_000], read = new byte[100_000];
        Random.Shared.NextBytes(value);
        map.Update(new byte[4], value);

        Assert.True(map.TryGetValue(new byte[4], read));
        Assert.True(value.AsSpan().SequenceEqual(read));
    }

    [Fact]
    public void DisposedMap_Throws()
    {
        BpfMap map = Make.Map(MapType.Hash);
        map.Dispose();
        map.Dispose();

        Assert.Throws<ObjectDisposedException>(() => map.TryGetValue(Key, new byte[8]));
        Assert.Throws<ObjectDisposedException>(() => map.Update(Key, new byte[8]));
        Assert.Throws<ObjectDisposedException>(() => map.Id);
    }

    [Fact]
    public void Dispose_WhileOthersLookUp_NeverReachesAnotherDescriptor()
    {
        // A look-up that used a closed number would meet whatever file got that number since: EBADF, EINVAL or worse.
        for (int round = 0; round < 20; round++)
        {
            BpfMap map = Make.Map(MapType.Array, maxEntries: 1);
            Exception?[] ends = new Exception?[2];
            using Barrier start = new(ends.Length + 1);
            Thread[] readers = [.. Enumerable.Range(0, ends.Length).Select(i => new Thread(() =>
            {
                byte[] value = new byte[8];
                start.SignalAndWait();
                try
                {
                    while (true) map.TryGetValue(new byte[4], value);
                }
                catch (Exception e)
                {
                    ends[i] = e;
                }
            }))];
            foreach (Thread reader in readers) reader.Start();
            start.SignalAndWait(TestContext.Current.CancellationToken);
            map.Dispose();
            foreach (Thread reader in readers) reader.Join();

            Assert.All(ends, end => Assert.IsType<ObjectDisposedException>(end));
        }
    }

    [Fact]
    public void ProgramArray_RefusesWhatIsNoProgram()
    {
        using BpfMap map = Make.Map(MapType.ProgramArray, keySize: 0, valueSize: 0);
        int descriptor = int.MaxValue;

        BpfException error = Assert.Throws<BpfException>(
            () => map.Update(Key, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in descriptor))));
        Assert.Equal(Errno.EBADF, error.Errno);
        Assert.Equal((4, 4), (map.KeySize, map.ValueSize));
    }
}
