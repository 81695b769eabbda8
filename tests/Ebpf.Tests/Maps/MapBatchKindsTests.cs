using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

/// <summary>Batches of every kind of map that has them, and of those whose elements go one by one.</summary>
public sealed class MapBatchKindsTests
{
    public static TheoryData<MapType, bool> Kinds
    {
        get
        {
            TheoryData<MapType, bool> data = [];
            foreach (bool batches in (bool[])[true, false])
            {
                data.Add(MapType.Hash, batches);
                data.Add(MapType.LruHash, batches);
                data.Add(MapType.PerCpuHash, batches);
                data.Add(MapType.LruPerCpuHash, batches);
                data.Add(MapType.LpmTrie, batches);
                data.Add(MapType.Array, batches);
                data.Add(MapType.PerCpuArray, batches);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Batches_WriteReadAndDelete(MapType type, bool batches)
    {
        const int count = 300;
        bool isArray = type is MapType.Array or MapType.PerCpuArray;
        using BpfMap map = Make.Map(Kernel(batches), Spec(type, isArray ? count : 2u * count));
        byte[] keys = new byte[count * map.KeySize], values = new byte[count * map.ValueBufferSize];
        for (int i = 0; i < count; i++)
        {
            if (isArray) BitConverter.TryWriteBytes(keys.AsSpan(i * map.KeySize), i);
            else BitConverter.TryWriteBytes(keys.AsSpan(i * map.KeySize), 32L | ((long)i << 32));
            values.AsSpan(i * map.ValueBufferSize, map.ValueBufferSize).Fill((byte)i);
        }

        map.UpdateBatch(keys, values);

        Dictionary<int, byte> seen = [];
        MapCursor cursor = map.CreateCursor();
        byte[] someKeys = new byte[64 * map.KeySize], someValues = new byte[64 * map.ValueBufferSize];
        while (map.ReadBatch(cursor, someKeys, someValues) is > 0 and int read)
        {
            for (int i = 0; i < read; i++)
            {
                int key = BitConverter.ToInt32(someKeys, (i * map.KeySize) + (isArray ? 0 : 4));
                ReadOnlySpan<byte> value = someValues.AsSpan(i * map.ValueBufferSize, map.ValueBufferSize);
                Assert.False(value.ContainsAnyExcept(value[0]));
                seen.Add(key, value[0]);
            }
        }

        Assert.Equal(Enumerable.Range(0, count).Select(i => KeyValuePair.Create(i, (byte)i)), seen.OrderBy(pair => pair.Key));
        if (isArray) return;
        Assert.Equal(count / 2, map.RemoveBatch(keys.AsSpan(0, count / 2 * map.KeySize)));
        Assert.Equal(count / 2, map.CountElements());
        map.Clear();
        Assert.Equal(0, map.CountElements());
    }

    [Theory]
    [InlineData(MapType.ArrayOfMaps, true)]
    [InlineData(MapType.ArrayOfMaps, false)]
    [InlineData(MapType.HashOfMaps, true)]
    [InlineData(MapType.HashOfMaps, false)]
    public void Batches_OfMapsOfMaps_TakeDescriptorsAndGiveIds(MapType type, bool batches)
    {
        MapSpec spec = Make.Spec(type, valueSize: 4, maxEntries: 20);
        spec.InnerMap = Make.Spec(MapType.Array);
        using BpfMap map = Make.Map(Kernel(batches), spec), inner = Make.Map(MapType.Array);
        using BorrowedDescriptor borrowed = inner.Handle.Borrow();
        BpfMap<uint, uint> elements = new(map);
        uint descriptor = (uint)borrowed.Descriptor;

        elements.UpdateBatch([3, 5, 7], [descriptor, descriptor, descriptor]);

        uint[] keys = new uint[20], ids = new uint[20];
        MapCursor cursor = map.CreateCursor();
        List<(uint, uint)> seen = [];
        while (elements.ReadBatch(cursor, keys, ids) is > 0 and int read) seen.AddRange(keys.Zip(ids).Take(read));
        Assert.Equal([(3u, inner.Id), (5u, inner.Id), (7u, inner.Id)], seen.Order());
        Assert.Equal(2, elements.RemoveBatch([3, 7]));
        Assert.Equal([5u], map.AsMapOfMaps<uint>().Select(pair => pair.Key));
    }

    [Fact]
    public void TypedBatches_AreResumedWhereTheyStopped()
    {
        using BpfMap map = Make.Map(MapType.Hash, maxEntries: 1000);
        BpfMap<uint, ulong> hash = map.As<uint, ulong>();
        uint[] keys = [.. Enumerable.Range(0, 500).Select(i => (uint)i)];
        hash.UpdateBatch(keys, [.. keys.Select(key => (ulong)key * 2)]);
        HashSet<uint> seen = [];

        MapCursor cursor = map.CreateCursor();
        uint[] someKeys = new uint[100];
        ulong[] someValues = new ulong[100];
        while (hash.ReadBatch(cursor, someKeys, someValues) is > 0 and int read)
        {
            for (int i = 0; i < read; i++)
            {
                Assert.Equal(someKeys[i] * 2UL, someValues[i]);
                Assert.True(seen.Add(someKeys[i]));
            }
        }

        Assert.Equal(500, seen.Count);
        cursor = map.CreateCursor();
        int taken = 0;
        while (hash.RemoveBatch(cursor, someKeys, someValues) is > 0 and int read) taken += read;
        Assert.Equal(500, taken);
        Assert.Throws<ArgumentException>(() => hash.UpdateBatch([1, 2], [1]));
    }

    [Fact]
    public void TypedBatches_AllocateNothing()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        BpfMap<uint, ulong> hash = map.As<uint, ulong>();
        uint[] keys = [1, 2, 3];
        ulong[] values = [1, 2, 3];

        Allocations.AssertNone(() =>
        {
            hash.UpdateBatch(keys, values);
            hash.RemoveBatch(keys);
        });
    }

    private static LinuxKernel Kernel(bool batches) => batches
        ? RunningKernel.Instance
        : new FaultyKernel
        {
            OnBpf = (command, _) =>
                command is >= BpfCommand.MapLookupBatch and <= BpfCommand.MapDeleteBatch ? Errno.EINVAL : null,
        };

    private static MapSpec Spec(MapType type, uint maxEntries) => Make.Spec(
        type,
        keySize: type is MapType.Array or MapType.PerCpuArray ? 4u : 8u,
        maxEntries: maxEntries,
        flags: type == MapType.LpmTrie ? MapFlags.NoPreallocation : MapFlags.None);
}
