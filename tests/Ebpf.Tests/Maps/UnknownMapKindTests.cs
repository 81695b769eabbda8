using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

/// <summary>Maps of a kind that only newer kernels have: of which the library does not know how many bytes a value takes.</summary>
public sealed unsafe class UnknownMapKindTests
{
    private const MapType Newer = (MapType)999;

    [Theory]
    [InlineData(MapType.PerCpuArray)]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.Hash)]
    public void Elements_AreReadAndWrittenWithinTheSpan(MapType actual)
    {
        using BpfMap made = Make.Map(actual, valueSize: 8, maxEntries: 4);
        using BpfMap map = Open(made.Id);
        int cpus = KernelFacts.Of(RunningKernel.Instance).PossibleCpus.Count;
        Assert.Equal((Newer, 8, 8 * cpus), (map.Type, map.ValueSize, map.ValueBufferSize));
        byte[] key = [1, 0, 0, 0], written = [.. Enumerable.Repeat((byte)7, 8 * cpus)];

        map.Update(key, written);
        byte[] guarded = [.. Enumerable.Repeat((byte)0xee, (8 * cpus) + 64)];
        Assert.True(map.TryGetValue(key, guarded.AsSpan(0, 8 * cpus)));

        Assert.All(guarded.AsSpan(0, 8).ToArray(), item => Assert.Equal(7, item));
        Assert.All(guarded.AsSpan(8 * cpus).ToArray(), item => Assert.Equal(0xee, item));
        Assert.Contains("newer than the library", Assert.Throws<ArgumentException>(() => map.TryGetValue(key, new byte[7])).Message);
    }

    [Fact]
    public void Batches_GoFromKeyToKey()
    {
        using BpfMap made = Make.Map(MapType.Hash, maxEntries: 16);
        using BpfMap map = Open(made.Id);
        int size = map.ValueBufferSize;
        byte[] keys = [1, 0, 0, 0, 2, 0, 0, 0], values = new byte[2 * size];
        values[0] = 10;
        values[size] = 20;
        map.UpdateBatch(keys, values);

        Assert.Equal([10UL, 20UL], [made.As<uint, ulong>()[1], made.As<uint, ulong>()[2]]);
        byte[] readKeys = new byte[16 * 4], readValues = new byte[16 * size];
        Assert.Equal(2, map.ReadBatch(map.CreateCursor(), readKeys, readValues));
        Assert.Equal(10 * readKeys[0], readValues[0]);
        Assert.Equal(10 * readKeys[4], readValues[size]);
    }

    [Fact]
    public void Views_AreRefused()
    {
        using BpfMap made = Make.Map(MapType.PerCpuArray, maxEntries: 4);
        using BpfMap map = Open(made.Id);

        Assert.Contains("can be reached as bytes", Assert.Throws<NotSupportedException>(map.As<uint, ulong>).Message);
        Assert.Throws<NotSupportedException>(map.AsPerCpu<uint, ulong>);
    }

    private static BpfMap Open(uint id)
    {
        FaultyKernel kernel = new();
        kernel.OnBpf = (command, attr) =>
        {
            if (command != BpfCommand.ObjectGetInfo) return null;
            Errno error = RunningKernel.Instance.Bpf(command, (void*)attr, sizeof(ObjectInfoAttr)).Error;
            ((KernelMapInfo*)((ObjectInfoAttr*)attr)->Info)->Type = Newer;
            return error;
        };
        BpfMap map = BpfMap.Open(id, kernel: kernel);
        kernel.OnBpf = null;
        return map;
    }
}
