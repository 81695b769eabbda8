using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MapContentsTests
{
    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.Array)]
    public void Create_Contents_AreInTheMap(MapType type)
    {
        const uint count = 20_000;
        MapSpec spec = Make.Spec(type, maxEntries: count);
        for (uint i = 0; i < count; i++) spec.Contents.Add(MapElement.Of(i, (ulong)i * 3));
        using BpfMap map = BpfMap.Create(spec);

        BpfMap<uint, ulong> view = map.As<uint, ulong>();
        // Full LRU maps may drop elements, and do so in groups.
        if (type != MapType.LruHash) Assert.Equal((int)count, view.Count());
        Assert.All(view, pair => Assert.Equal(pair.Key * 3UL, pair.Value));
    }

    [Fact]
    public void Create_ContentsAndFreeze_AreDoneInThisOrder()
    {
        MapSpec spec = Make.Spec(MapType.Array, maxEntries: 4);
        spec.Contents.Add(MapElement.Of(2u, 22UL));
        spec.Freeze = true;
        using BpfMap map = BpfMap.Create(spec);

        Assert.Equal(22UL, map.As<uint, ulong>()[2]);
        Assert.True(map.GetInfo().IsFrozen);
    }

    [Fact]
    public void Create_ContentsOfAQueue_KeepTheirOrder()
    {
        MapSpec spec = Make.Spec(MapType.Queue, keySize: 0);
        for (byte i = 1; i <= 3; i++) spec.Contents.Add(new MapElement(default, new byte[] { i, 0, 0, 0, 0, 0, 0, 0 }));
        using BpfMap map = BpfMap.Create(spec);
        byte[] value = new byte[8];

        for (byte i = 1; i <= 3; i++)
        {
            Assert.True(map.TryRemove([], value));
            Assert.Equal(i, value[0]);
        }
    }

    [Theory]
    [InlineData(MapType.PerCpuArray)]
    [InlineData(MapType.PerCpuHash)]
    public void Create_ContentsOfAPerCpuMap_AreOneValueOrAll(MapType type)
    {
        MapSpec spec = Make.Spec(type, valueSize: 4, maxEntries: 4);
        int cpus = BpfMapCpus();
        byte[] all = new byte[8 * cpus];
        for (int cpu = 0; cpu < cpus; cpu++) all[8 * cpu] = (byte)(cpu + 1);
        spec.Contents.Add(MapElement.Of(0u, 7u));
        spec.Contents.Add(new MapElement(new byte[] { 1, 0, 0, 0 }, all));
        using BpfMap map = BpfMap.Create(spec);

        Assert.All(map.AsPerCpu<uint, uint>()[0], value => Assert.Equal(7u, value));
        Assert.Equal(Enumerable.Range(1, cpus).Select(cpu => (uint)cpu), map.AsPerCpu<uint, uint>()[1]);

        static int BpfMapCpus()
        {
            using BpfMap map = Make.Map(MapType.PerCpuArray);
            return map.CpuCount;
        }
    }

    [Fact]
    public void Create_KernelWithoutBatches_FillsOneByOne()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command is >= BpfCommand.MapLookupBatch and <= BpfCommand.MapDeleteBatch ? Errno.EINVAL : null,
        };
        MapSpec spec = Make.Spec(MapType.Hash);
        for (uint i = 0; i < 10; i++) spec.Contents.Add(MapElement.Of(i, (ulong)i));
        using BpfMap map = Make.Map(kernel, spec);

        Assert.Equal(10, map.As<uint, ulong>().Count());
    }

    [Fact]
    public void Create_ContentsThatDoNotFit_AreRefused()
    {
        FaultyKernel kernel = new();
        Assert.Equal("Fill map \"test\": element 1 has a key of 2 bytes, not 4", Refused(MapElement.Of((ushort)1, 1UL)));
        Assert.Equal("Fill map \"test\": element 1 has a value of 4 bytes, not 8", Refused(MapElement.Of(1u, 1u)));
        Assert.Equal(0, kernel.OpenDescriptors);

        string Refused(MapElement element)
        {
            MapSpec spec = Make.Spec(MapType.Hash);
            spec.Contents.Add(MapElement.Of(0u, 0UL));
            spec.Contents.Add(element);
            return Assert.Throws<BpfException>(() => Make.Map(kernel, spec)).Message;
        }
    }

    [Fact]
    public void Create_ContentsOfAMapOfObjects_AreRefused()
    {
        MapSpec spec = Make.Spec(MapType.ProgramArray, valueSize: 4);
        spec.Contents.Add(MapElement.Of(0u, 3));

        Assert.Contains("no data that a spec could hold", Assert.Throws<BpfException>(() => BpfMap.Create(spec)).Message);
    }

    [Fact]
    public void Create_MoreContentsThanRoom_SaysSoAndLeavesNothing()
    {
        FaultyKernel kernel = new();
        MapSpec spec = Make.Spec(MapType.Hash, maxEntries: 2);
        for (uint i = 0; i < 3; i++) spec.Contents.Add(MapElement.Of(i, 0UL));

        MapException error = Assert.Throws<MapException>(() => Make.Map(kernel, spec));

        Assert.Equal((Errno.E2BIG, "the map is full (2 entries)"), (error.Errno, error.Advice));
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Clone_CopiesTheContents()
    {
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.Contents.Add(MapElement.Of(1u, 1UL));
        spec.PinPath = "/sys/fs/bpf/somewhere";
        MapSpec copy = spec.Clone();
        spec.Contents.Clear();

        Assert.Single(copy.Contents);
        Assert.Equal(spec.PinPath, copy.PinPath);
    }
}
