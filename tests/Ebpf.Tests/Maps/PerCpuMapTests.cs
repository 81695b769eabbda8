namespace Ebpf.Tests.Maps;

public sealed class PerCpuMapTests
{
    [Theory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.PerCpuArray)]
    [InlineData(MapType.LruPerCpuHash)]
    public void Update_OfValuesThatFillTheirSlots_RoundTrips(MapType type)
    {
        using BpfMap map = Make.Map(type, valueSize: 8);
        BpfPerCpuMap<uint, ulong> counts = map.AsPerCpu<uint, ulong>();
        ulong[] values = [.. Enumerable.Range(1, counts.CpuCount).Select(i => (ulong)i * 10)];

        counts.Update(3, values);

        Assert.Equal(values, counts[3]);
        Assert.Equal((ulong)values.Sum(value => (long)value), counts.Sum(3u));
    }

    [Theory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.PerCpuArray)]
    public void Update_OfSmallValues_KeepsTheStrideOfEightBytes(MapType type)
    {
        using BpfMap map = Make.Map(type, valueSize: 3);
        BpfPerCpuMap<uint, Rgb> colours = map.AsPerCpu<uint, Rgb>();
        Rgb[] values = [.. Enumerable.Range(1, colours.CpuCount).Select(i => new Rgb { R = (byte)i, G = 2, B = 3 })];

        colours.Update(1, values);

        Assert.Equal(values, colours[1]);
        byte[] raw = new byte[8 * colours.CpuCount];
        Assert.True(map.TryGetValue([1, 0, 0, 0], raw));
        Assert.Equal([1, 2, 3], raw[..3]);
        Assert.Equal([(byte)colours.CpuCount, 2, 3], raw[^8..^5]);
    }

    [Fact]
    public void CpuCount_IsThatOfThePossibleCpus()
    {
        using BpfMap map = Make.Map(MapType.PerCpuArray);
        string possible = File.ReadAllText("/sys/devices/system/cpu/possible").Trim();
        int last = int.Parse(possible.Split('-', ',')[^1], System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(last + 1, map.AsPerCpu<uint, ulong>().CpuCount);
        Assert.Equal(Enumerable.Range(0, last + 1), map.AsPerCpu<uint, ulong>().Cpus);
    }

    [Fact]
    public void MissingKey_IsToldAsElsewhere()
    {
        using BpfMap map = Make.Map(MapType.PerCpuHash);
        BpfPerCpuMap<uint, ulong> counts = map.AsPerCpu<uint, ulong>();

        Assert.False(counts.TryGetValues(1, new ulong[counts.CpuCount]));
        Assert.Throws<KeyNotFoundException>(() => counts[1]);
        Assert.Equal(0UL, counts.Sum(1u));
        Assert.False(counts.ContainsKey(1));
        Assert.True(counts.TryAdd(1, new ulong[counts.CpuCount]));
        Assert.False(counts.TryAdd(1, new ulong[counts.CpuCount]));
        Assert.True(counts.ContainsKey(1));
        Assert.True(counts.Remove(1));
        Assert.False(counts.Remove(1));
    }

    [Fact]
    public void WrongNumberOfValues_IsNamed()
    {
        using BpfMap map = Make.Map(MapType.PerCpuArray);
        BpfPerCpuMap<uint, ulong> counts = map.AsPerCpu<uint, ulong>();
        int cpus = counts.CpuCount;

        ArgumentException error = Assert.Throws<ArgumentException>(() => counts.Update(0, new ulong[cpus + 1]));

        Assert.Equal(
            $"Map \"test\" has a value for each of {cpus} CPUs; the span has {cpus + 1}. (Parameter 'perCpu')", error.Message);
        Assert.Throws<ArgumentException>(() => counts.TryGetValues(0, new ulong[cpus - 1]));
    }

    [Theory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.PerCpuArray)]
    public void Enumeration_GivesKeysAndValuesOfAllCpus(MapType type)
    {
        const uint count = 5000;
        using BpfMap map = Make.Map(type, valueSize: 4, maxEntries: count);
        BpfPerCpuMap<uint, uint> counts = map.AsPerCpu<uint, uint>();
        uint[] values = new uint[counts.CpuCount];
        for (uint i = 0; i < count; i++)
        {
            for (uint cpu = 0; cpu < values.Length; cpu++) values[cpu] = (i * 100) + cpu;
            counts.Update(i, values);
        }

        HashSet<uint> seen = [];
        foreach (BpfPerCpuMap<uint, uint>.Element element in counts)
        {
            Assert.True(seen.Add(element.Key));
            Assert.Equal(counts.CpuCount, element.CpuCount);
            for (int cpu = 0; cpu < element.CpuCount; cpu++) Assert.Equal((element.Key * 100) + (uint)cpu, element[cpu]);
            element.CopyTo(values);
            Assert.Equal((element.Key * 100) + (uint)values.Length - 1, values[^1]);
        }

        Assert.Equal((int)count, seen.Count);
        Assert.Equal((int)count, counts.Count());
        counts.Clear();
        Assert.Equal(0u, counts.Sum(7u));
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(8u)]
    public void Operations_AllocateNothing(uint size)
    {
        using BpfMap map = Make.Map(MapType.PerCpuHash, valueSize: size);
        Action use = size == 4 ? Use<uint>(map) : Use<ulong>(map);
        use();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) use();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static Action Use<T>(BpfMap map)
            where T : unmanaged, System.Numerics.INumber<T>
        {
            BpfPerCpuMap<uint, T> counts = map.AsPerCpu<uint, T>();
            T[] values = new T[counts.CpuCount];
            return () =>
            {
                counts.Update(1, values);
                counts.TryGetValues(1, values);
                counts.Sum(1u);
                counts.ContainsKey(1);
            };
        }
    }

    [Fact]
    public void AsPerCpu_OrdinaryMap_IsRefused()
    {
        using BpfMap map = Make.Map(MapType.Hash);

        Assert.Throws<NotSupportedException>(() => map.AsPerCpu<uint, ulong>());
    }

    private struct Rgb
    {
        public byte R, G, B;
    }
}
