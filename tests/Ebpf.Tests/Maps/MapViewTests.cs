using Ebpf.Linux;
using Ebpf.TestData;

namespace Ebpf.Tests.Maps;

/// <summary>Which view goes with which kind of map.</summary>
public sealed class MapViewTests
{
    private static readonly (string Name, Func<BpfMap, object> Get)[] Views =
    [
        ("As", map => map.KeySize == 8 ? map.As<ulong, ulong>() : map.As<uint, ulong>()),
        ("AsArray", map => map.AsArray<ulong>()),
        ("AsPerCpu", map => map.AsPerCpu<uint, ulong>()),
        ("AsLpmTrie", map => map.AsLpmTrie<ulong>()),
        ("AsQueue", map => map.AsQueue<ulong>()),
        ("AsStack", map => map.AsStack<ulong>()),
        ("AsBloomFilter", map => map.AsBloomFilter<ulong>()),
        ("AsProgramArray", map => map.AsProgramArray()),
        ("AsMapOfMaps", map => map.AsMapOfMaps<uint>()),
        ("AsPerfEventArray", map => map.AsPerfEventArray()),
        ("AsCgroupArray", map => map.AsCgroupArray()),
        ("AsSockMap", map => map.AsSockMap<uint>()),
        ("AsReuseportSockArray", map => map.AsReuseportSockArray()),
        ("AsXskMap", map => map.AsXskMap()),
        ("AsDevMap", map => map.AsDevMap()),
        ("AsCpuMap", map => map.AsCpuMap()),
        ("AsStackTraces", map => map.AsStackTraces()),
        ("AsBuildIdStackTraces", map => map.AsBuildIdStackTraces()),
        ("AsSkStorage", map => map.AsSkStorage<ulong>()),
        ("AsInodeStorage", map => map.AsInodeStorage<ulong>()),
        ("AsTaskStorage", map => map.AsTaskStorage<ulong>()),
        ("AsCgrpStorage", map => map.AsCgrpStorage<ulong>()),
        ("AsInstructionArray", map => map.AsInstructionArray()),
    ];

    public static TheoryData<MapType, string> Kinds => new()
    {
        { MapType.Hash, "As" },
        { MapType.Array, "AsArray" },
        { MapType.LruHash, "As" },
        { MapType.RHash, "As" },
        { MapType.PerCpuHash, "AsPerCpu" },
        { MapType.PerCpuArray, "AsPerCpu" },
        { MapType.LruPerCpuHash, "AsPerCpu" },
        { MapType.LpmTrie, "AsLpmTrie" },
        { MapType.Queue, "AsQueue" },
        { MapType.Stack, "AsStack" },
        { MapType.BloomFilter, "AsBloomFilter" },
        { MapType.ProgramArray, "AsProgramArray" },
        { MapType.ArrayOfMaps, "AsMapOfMaps" },
        { MapType.HashOfMaps, "AsMapOfMaps" },
        { MapType.PerfEventArray, "AsPerfEventArray" },
        { MapType.CgroupArray, "AsCgroupArray" },
        { MapType.SockMap, "AsSockMap" },
        { MapType.SockHash, "AsSockMap" },
        { MapType.ReuseportSockArray, "AsReuseportSockArray" },
        { MapType.XskMap, "AsXskMap" },
        { MapType.DevMap, "AsDevMap" },
        { MapType.DevMapHash, "AsDevMap" },
        { MapType.CpuMap, "AsCpuMap" },
        { MapType.StackTrace, "AsStackTraces" },
        { MapType.InsnArray, "AsInstructionArray" },
    };

    public static TheoryData<string, string> Storages => new()
    {
        { "socket_notes", "AsSkStorage" },
        { "inode_notes", "AsInodeStorage" },
        { "task_notes", "AsTaskStorage" },
        { "cgroup_notes", "AsCgrpStorage" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void View_OfAnotherKind_PointsToTheRightOne(MapType type, string right)
    {
        Requires.Map(type);
        using BpfMap map = Make.Map(RunningKernel.Instance, Spec(type));

        AssertOnly(map, right);
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void View_OfAnotherStorage_PointsToTheRightOne(string name, string right)
    {
        CollectionSpec spec = CollectionSpec.Load(TestData.TestObject.Path("map_objects"));
        Requires.Map(spec.Maps[name].Type);
        using LoadedMaps maps = new("map_objects", [], name);

        // The value has another size than a number: what is asked for is the kind.
        foreach ((string view, Func<BpfMap, object> get) in Views)
        {
            if (view == right) Assert.Throws<ArgumentException>(() => get(maps[name]));
            else Assert.Contains($"; use {right}.", Assert.Throws<NotSupportedException>(() => get(maps[name])).Message);
        }
    }

    [Fact]
    public void View_OfMemory_SaysThatThereAreNoElements()
    {
        using BpfMap map = Make.Map(MapType.RingBuf, keySize: 0, valueSize: 0, maxEntries: 4096);

        Assert.Equal(
            "Map \"test\" is of type RingBuf: it has no elements.",
            Assert.Throws<NotSupportedException>(() => map.As<uint, ulong>()).Message);
        Assert.Contains(
            "which AsQueue does not take", Assert.Throws<NotSupportedException>(() => map.AsQueue<ulong>()).Message);
    }

    [Fact]
    public void InstructionArray_TellsWhereInstructionsAre()
    {
        Requires.Map(MapType.InsnArray);
        using BpfMap map = Make.Map(MapType.InsnArray, valueSize: 16, maxEntries: 3);
        for (uint i = 0; i < 3; i++) map.Update(BitConverter.GetBytes(i), [.. BitConverter.GetBytes(10 + i), .. new byte[12]]);
        BpfInstructionArray instructions = map.AsInstructionArray();

        Assert.Equal(3u, instructions.Length);
        Assert.Equal(new InstructionOffsets(11, 0, 0, 0), instructions[1]);
        Assert.Equal([10u, 11u, 12u], instructions.Select(pair => pair.Value.Original));
        Assert.Throws<KeyNotFoundException>(() => instructions[3]);
        Allocations.AssertNone(() => _ = instructions[1]);
    }

    private static void AssertOnly(BpfMap map, string right)
    {
        foreach ((string view, Func<BpfMap, object> get) in Views)
        {
            // A trie may also be used with a key of one's own, and an array as a map with indices for keys.
            if (view == right || (view == "As" && map.Type is MapType.LpmTrie or MapType.Array))
            {
                Assert.NotNull(get(map));
                continue;
            }

            string message = Assert.Throws<NotSupportedException>(() => get(map)).Message;
            string pointer = map.Type == MapType.StackTrace && view == "AsBuildIdStackTraces" ? "has addresses" : $"; use {right}";
            Assert.Contains(pointer, message);
        }
    }

    private static MapSpec Spec(MapType type)
    {
        MapSpec spec = type switch
        {
            MapType.LpmTrie => Make.Spec(type, keySize: 8, flags: MapFlags.NoPreallocation),
            MapType.RHash => Make.Spec(type, flags: MapFlags.NoPreallocation),
            MapType.Queue or MapType.Stack or MapType.BloomFilter => Make.Spec(type, keySize: 0),
            MapType.ProgramArray or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.PerfEventArray
                or MapType.CgroupArray or MapType.XskMap => Make.Spec(type, valueSize: 4),
            MapType.InsnArray => Make.Spec(type, valueSize: 16),
            _ => Make.Spec(type),
        };
        if (type is MapType.ArrayOfMaps or MapType.HashOfMaps) spec.InnerMap = Make.Spec(MapType.Array);
        return spec;
    }
}
