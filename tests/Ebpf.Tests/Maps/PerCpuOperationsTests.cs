using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class PerCpuOperationsTests
{
    private const int SingleCpusMajor = 6, SingleCpusMinor = 19;

    [Theory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.PerCpuArray)]
    [InlineData(MapType.LruPerCpuHash)]
    public void SingleCpu_IsReadAndWrittenAlone(MapType type)
    {
        Requires.Kernel(SingleCpusMajor, SingleCpusMinor, "values of single CPUs");
        using BpfMap map = Make.Map(type, valueSize: 4);
        BpfPerCpuMap<uint, uint> counts = map.AsPerCpu<uint, uint>();

        counts.UpdateAllCpus(1, 7);
        counts.UpdateCpu(1, counts.CpuCount - 1, 9);

        Assert.True(counts.TryGetValue(1, 0, out uint first));
        Assert.True(counts.TryGetValue(1, counts.CpuCount - 1, out uint last));
        Assert.Equal((7u, 9u), (first, last));
        Assert.Equal([.. Enumerable.Repeat(7u, counts.CpuCount - 1), 9u], counts[1]);
    }

    [Fact]
    public void SingleCpu_OfMissingKey_IsNotFound()
    {
        Requires.Kernel(SingleCpusMajor, SingleCpusMinor, "values of single CPUs");
        using BpfMap map = Make.Map(MapType.PerCpuHash);
        BpfPerCpuMap<uint, ulong> counts = map.AsPerCpu<uint, ulong>();

        Assert.False(counts.TryGetValue(1, 0, out ulong value));
        Assert.Equal(0UL, value);
        counts.UpdateCpu(1, 0, 5);
        Assert.Equal([5UL, .. new ulong[counts.CpuCount - 1]], counts[1]);
    }

    [Fact]
    public void SingleCpu_OnAnOlderKernel_SaysSinceWhen()
    {
        Assert.SkipWhen(
            KernelFacts.Of(RunningKernel.Instance).Version >= new Version(SingleCpusMajor, SingleCpusMinor), "this kernel has them");
        using BpfMap map = Make.Map(MapType.PerCpuHash);
        BpfPerCpuMap<uint, ulong> counts = map.AsPerCpu<uint, ulong>();
        counts.Update(1, new ulong[counts.CpuCount]);

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(() => counts.TryGetValue(1, 0, out _));

        Assert.Equal(
            "Look up in map \"test\": EINVAL: this kernel lacks values of single CPUs (Linux 6.19 has it)", error.Message);
        Assert.Throws<FeatureNotSupportedException>(() => counts.UpdateCpu(1, 0, 1));
        Assert.Throws<FeatureNotSupportedException>(() => counts.UpdateAllCpus(1, 1));
    }

    [Fact]
    public unsafe void SingleCpu_AsksTheKernelForItByItsFlags()
    {
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.PerCpuHash));
        BpfPerCpuMap<uint, ulong> counts = map.AsPerCpu<uint, ulong>();
        int cpu = counts.CpuCount - 1;
        List<ulong> flags = [];
        kernel.OnBpf = (_, attr) =>
        {
            flags.Add(((MapElementAttr*)attr)->Flags);
            return Errno.None;
        };

        counts.TryGetValue(1, cpu, out _);
        counts.UpdateCpu(1, cpu, 1);
        counts.UpdateAllCpus(1, 1);

        Assert.Equal([((ulong)cpu << 32) | 8, ((ulong)cpu << 32) | 8, 16], flags);
        Assert.Throws<ArgumentOutOfRangeException>(() => counts.TryGetValue(1, counts.CpuCount, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => counts.UpdateCpu(1, -1, 1));
    }

    [Fact]
    public void Reductions_GoOverAllCpus()
    {
        using BpfMap map = Make.Map(MapType.PerCpuHash, valueSize: 4);
        BpfPerCpuMap<uint, int> counts = map.AsPerCpu<uint, int>();
        int[] values = [.. Enumerable.Range(0, counts.CpuCount).Select(cpu => 5 - (cpu * 7))];
        counts.Update(1, values);

        Assert.Equal(values.Sum(), counts.Sum(1u));
        Assert.Equal(values.Min(), counts.Min(1u));
        Assert.Equal(5, counts.Max(1u));
        Assert.True(counts.TryReduce(1u, "", static (text, value) => $"{text},{value}", out string result));
        Assert.Equal("," + string.Join(',', values), result);
        Assert.False(counts.TryReduce(2u, 17, static (_, value) => value, out int seed));
        Assert.Equal(17, seed);
        Assert.Equal(0, counts.Sum(2u));
        Assert.Throws<KeyNotFoundException>(() => counts.Min(2u));
        Assert.Equal(
            "Map \"test\" has no element under the key 2.", Assert.Throws<KeyNotFoundException>(() => counts.Max(2u)).Message);
        foreach (BpfPerCpuMap<uint, int>.Element element in counts)
            Assert.Equal((values.Sum(), values.Min(), values.Max()), (element.Sum(), element.Min(), element.Max()));
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(8u)]
    public void Batches_HoldTheValuesOfEachKeyTogether(uint size)
    {
        if (size == 4) Check<uint>(size, i => (uint)i);
        else Check<ulong>(size, i => (ulong)i);

        static void Check<T>(uint size, Func<int, T> make)
            where T : unmanaged
        {
            using BpfMap map = Make.Map(MapType.PerCpuHash, valueSize: size);
            BpfPerCpuMap<uint, T> counts = map.AsPerCpu<uint, T>();
            uint[] keys = [1, 2, 3];
            T[] values = [.. Enumerable.Range(0, 3 * counts.CpuCount).Select(make)];

            counts.UpdateBatch(keys, values);

            Assert.Equal(values[counts.CpuCount..(2 * counts.CpuCount)], counts[2]);
            MapCursor cursor = map.CreateCursor();
            uint[] readKeys = new uint[16];
            T[] readValues = new T[16 * counts.CpuCount];
            int count = counts.ReadBatch(cursor, readKeys, readValues);
            Assert.Equal(3, count);
            for (int i = 0; i < count; i++)
                Assert.Equal(counts[readKeys[i]], readValues[(i * counts.CpuCount)..((i + 1) * counts.CpuCount)]);
            Assert.Equal(0, counts.ReadBatch(cursor, readKeys, readValues));

            Assert.Equal(1, counts.RemoveBatch([7, 2]));
            Assert.Equal(2, counts.RemoveBatch(map.CreateCursor(), readKeys, readValues));
            Assert.Equal(0, counts.Count());
            Assert.Throws<ArgumentException>(() => counts.UpdateBatch(keys, values.AsSpan(1)));
            Assert.Throws<ArgumentException>(() => counts.ReadBatch(map.CreateCursor(), new uint[1], []));
        }
    }

    [Fact]
    public void TryRemove_GivesTheLastValues()
    {
        using BpfMap map = Make.Map(MapType.PerCpuHash, valueSize: 4);
        BpfPerCpuMap<uint, uint> counts = map.AsPerCpu<uint, uint>();
        uint[] values = [.. Enumerable.Range(1, counts.CpuCount).Select(i => (uint)i)], removed = new uint[counts.CpuCount];
        counts.Update(1, values);

        Assert.True(counts.TryRemove(1, removed));
        Assert.Equal(values, removed);
        Assert.False(counts.TryRemove(1, removed));
        Assert.False(counts.ContainsKey(1));
    }

    [Fact]
    public void Programs_WriteTheirOwnCpusValue()
    {
        using LoadedMaps maps = new("map_data", ["add_on_this_cpu"]);
        BpfPerCpuMap<uint, ulong> counts = maps["per_cpu"].AsPerCpu<uint, ulong>();

        int cpu = maps.Run("add_on_this_cpu", "request", 5UL);

        ulong[] expected = new ulong[counts.CpuCount];
        expected[cpu] = 5;
        Assert.Equal(expected, counts[0]);
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(8u)]
    public void Operations_AllocateNothing(uint size)
    {
        using BpfMap map = Make.Map(MapType.PerCpuHash, valueSize: size);
        if (size == 4) Check(map.AsPerCpu<uint, uint>());
        else Check(map.AsPerCpu<uint, ulong>());

        static void Check<T>(BpfPerCpuMap<uint, T> counts)
            where T : unmanaged, System.Numerics.INumber<T>, System.Numerics.IMinMaxValue<T>
        {
            T[] values = new T[counts.CpuCount];
            uint[] keys = [1];
            Func<int, T, int> step = static (count, _) => count + 1;
            Allocations.AssertNone(() =>
            {
                counts.UpdateBatch(keys, values);
                counts.Min(1u);
                counts.Max(1u);
                counts.TryReduce(1u, 0, step, out _);
                counts.TryRemove(1, values);
                counts.RemoveBatch(keys);
            });
        }
    }
}
