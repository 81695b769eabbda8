namespace Ebpf.Bench;

/// <summary>What is measured of ours with maps: the same loops as in <c>bench/libbpf/maps.c</c>.</summary>
internal sealed class MapWork : IDisposable
{
    private const int Small = 1024, Large = 100_000;
    private const uint Mask = Small - 1;

    private readonly BpfMap<uint, ulong> _hash = Make("hash", MapType.Hash, Small);
    private readonly BpfMap<uint, ulong> _array = Make("array", MapType.Array, Small);
    private readonly BpfMap<uint, ulong> _large = Make("large", MapType.Hash, Large);
    private readonly uint[] _keys = new uint[Large];
    private readonly ulong[] _values = new ulong[Large];

    /// <summary>Makes and fills the maps.</summary>
    public MapWork()
    {
        for (uint key = 0; key < Small; key++) _hash[key] = _array[key] = key;
        FillByKey(1);
    }

    /// <summary>What every walk adds up, so that nothing of it can be left out.</summary>
    public ulong Sum { get; private set; }

    /// <summary>By what numbers another process finds the maps.</summary>
    public string[] Ids => [$"{_hash.Map.Id}", $"{_array.Map.Id}", $"{_large.Map.Id}"];

    public void LookUpInHash(int times) => LookUp(_hash, times);

    public void LookUpInArray(int times) => LookUp(_array, times);

    public void UpdateInHash(int times) => Update(_hash, times);

    public void UpdateInArray(int times) => Update(_array, times);

    public void DeleteAndAdd(int times)
    {
        for (int i = 0; i < times; i++)
        {
            uint key = (uint)i & Mask;
            if (!_hash.Remove(key) || !_hash.TryAdd(key, (ulong)i)) throw new InvalidOperationException("Another changes the map.");
        }
    }

    /// <summary>All 100,000 elements.</summary>
    public void Walk(int times)
    {
        for (int i = 0; i < times; i++)
        {
            ulong sum = 0;
            foreach ((uint key, ulong value) in _large) sum += key + value;
            Sum += sum;
        }
    }

    public void FillByKey(int times)
    {
        for (int i = 0; i < times; i++)
        {
            for (uint key = 0; key < Large; key++) _large[key] = key + (ulong)i;
        }
    }

    public void FillByBatch(int times)
    {
        for (int i = 0; i < times; i++)
        {
            for (uint key = 0; key < Large; key++)
            {
                _keys[key] = key;
                _values[key] = key + (ulong)i;
            }

            _large.Map.UpdateBatch(
                System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(_keys),
                System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(_values));
        }
    }

    public void Dispose()
    {
        _hash.Map.Dispose();
        _array.Map.Dispose();
        _large.Map.Dispose();
    }

    private static BpfMap<uint, ulong> Make(string name, MapType type, uint entries) =>
        BpfMap.Create(new MapSpec { Name = name, Type = type, KeySize = 4, ValueSize = 8, MaxEntries = entries }).As<uint, ulong>();

    private void LookUp(BpfMap<uint, ulong> map, int times)
    {
        ulong sum = 0;
        for (int i = 0; i < times; i++)
        {
            if (!map.TryGetValue((uint)i & Mask, out ulong value)) throw new InvalidOperationException("Another changes the map.");
            sum += value;
        }

        Sum += sum;
    }

    private static void Update(BpfMap<uint, ulong> map, int times)
    {
        for (int i = 0; i < times; i++) map.Update((uint)i & Mask, (ulong)i);
    }
}
