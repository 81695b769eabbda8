using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;

namespace Ebpf.Maps.Creation;

/// <summary>
/// What the kernel demands of each kind of map and answers with a bare EINVAL: the <c>map_alloc_check</c> functions of
/// kernel/bpf and net/core (Linux 7.2). Asked only after the kernel refused.
/// </summary>
internal static class MapRules
{
    private const MapFlags Access =
        MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram;

    private const MapFlags Hash =
        MapFlags.NoPreallocation | MapFlags.NoCommonLru | MapFlags.NumaNode | MapFlags.ZeroSeed | Access;

    /// <summary>Flags that say what else is passed, not what the map is like.</summary>
    private const MapFlags Anywhere = MapFlags.TokenFd | MapFlags.ValueTypeBtfObjectFd;

    /// <summary>The first rule that a map breaks, in words; <c>null</c> if it breaks none that is known.</summary>
    public static string? Violation(LinuxKernel kernel, MapType type, MapShape shape, ulong extra) =>
        Entries(kernel, type, shape) ?? Preallocation(type, shape) ?? Key(type, shape.KeySize) ?? Value(kernel, type, shape)
        ?? Flags(type, shape.Flags) ?? Extra(kernel, type, shape, extra);

    private static string? Entries(LinuxKernel kernel, MapType type, MapShape shape)
    {
        bool isStorage = type.IsLocalStorage() || type is MapType.CgroupStorage or MapType.PerCpuCgroupStorage;
        if (isStorage) return shape.MaxEntries == 0 ? null : "MaxEntries must be 0: this kind of map has no limit of its own";
        if (type.IsRingBuffer() && (shape.KeySize != 0 || shape.ValueSize != 0)) return "a ring buffer has neither key nor value size";
        if (shape.MaxEntries == 0) return "MaxEntries is 0";
        if (type == MapType.StructOps && shape.MaxEntries != 1) return "MaxEntries must be 1: a struct_ops map is one table";
        if (type.IsRingBuffer() && !(uint.IsPow2(shape.MaxEntries) && shape.MaxEntries % (uint)kernel.PageSize == 0))
            return "the size of a ring buffer is a power of two and a multiple of the page size";
        return null;
    }

    private static string? Preallocation(MapType type, MapShape shape)
    {
        bool preallocates = !shape.Flags.HasFlag(MapFlags.NoPreallocation);
        if ((type.IsLocalStorage() || type is MapType.LpmTrie or MapType.RHash) && preallocates)
            return "this kind of map needs the flag NoPreallocation";
        return !preallocates && (FlagsOf(type) & MapFlags.NoPreallocation) == 0
            ? "this kind of map cannot have the flag NoPreallocation"
            : null;
    }

    private static string? Key(MapType type, uint size)
    {
        switch (type)
        {
            case MapType.RingBuf or MapType.UserRingBuf:
                return null;
            case MapType.Arena:
                return size == 0 ? null : "an arena has neither key nor value size";
            case MapType.Queue or MapType.Stack or MapType.BloomFilter:
                return size == 0 ? null : "this kind of map has no keys: KeySize must be 0";
            case MapType.Array or MapType.PerCpuArray:
                return size == 4 ? null : $"keys of arrays are 4 bytes, not {size}";
            case MapType.LpmTrie:
                return size is >= 5 and <= 260
                    ? null
                    : $"keys of tries are 4 bytes of prefix length and 1 to 256 of data, not {size} bytes together";
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage:
                return size is 8 or 16 ? null : $"keys are the id of a cgroup (8 bytes), or that and an attach type (16), not {size} bytes";
            case MapType.StackTrace or MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap or MapType.SockMap
                or MapType.ReuseportSockArray or MapType.InsnArray:
            case var _ when type.IsLocalStorage():
                return size == 4 ? null : $"keys of this kind of map are 4 bytes, not {size}";
            default:
                return size == 0 ? "KeySize is 0" : null;
        }
    }

    private static string? Value(LinuxKernel kernel, MapType type, MapShape shape)
    {
        uint size = shape.ValueSize;
        if (type == MapType.Arena) return size == 0 ? null : "an arena has neither key nor value size";
        if (type.IsRingBuffer()) return null;
        if (size == 0) return "ValueSize is 0";
        switch (type)
        {
            case MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.SockMap or MapType.SockHash
                or MapType.ReuseportSockArray:
                return size is 4 or 8 ? null : $"values of this kind of map are 4 or 8 bytes, not {size}";
            case MapType.XskMap:
                return size == 4 ? null : $"values of this kind of map are 4 bytes, not {size}";
            case MapType.InsnArray:
                return size == 16 ? null : $"values of this kind of map are 16 bytes, not {size}";
            case MapType.LpmTrie:
                const uint trieLimit = 4 << 20;
                return size < trieLimit ? null : $"a value of {size} bytes; the kernel allows less than 4 MiB in tries";
            case MapType.StackTrace:
                return StackTrace(kernel, shape);
            default:
                return null;
        }
    }

    /// <summary>A value holds addresses of 8 bytes, or build ids with offsets of 32.</summary>
    private static string? StackTrace(LinuxKernel kernel, MapShape shape)
    {
        uint frame = shape.Flags.HasFlag(MapFlags.StackBuildId) ? 32u : 8u;
        if (shape.ValueSize % frame != 0) return $"values of this kind of map are a multiple of {frame} bytes, not {shape.ValueSize}";
        return KernelFacts.Of(kernel).ReadMaxStackDepth() is { } most && shape.ValueSize / frame > most
            ? $"a value for {shape.ValueSize / frame} frames; sysctl kernel.perf_event_max_stack allows {most}"
            : null;
    }

    private static string? Flags(MapType type, MapFlags flags)
    {
        const MapFlags bothEnds = MapFlags.ReadOnly | MapFlags.WriteOnly;
        const MapFlags bothPrograms = MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram;
        if ((flags & bothEnds) == bothEnds) return "the flags ReadOnly and WriteOnly together leave nothing";
        if ((flags & bothPrograms) == bothPrograms) return "the flags ReadOnlyProgram and WriteOnlyProgram together leave nothing";
        if (type == MapType.Arena && !flags.HasFlag(MapFlags.Mmapable)) return "an arena needs the flag Mmapable";
        if (flags.HasFlag(MapFlags.NoCommonLru) && type is MapType.Hash or MapType.PerCpuHash or MapType.HashOfMaps)
            return "the flag NoCommonLru is for LRU maps";
        MapFlags wrong = flags & ~(FlagsOf(type) | Anywhere);
        if (wrong != MapFlags.None) return $"this kind of map cannot have the flag {wrong}";
        bool isPerCpu = type.IsPerCpu() || flags.HasFlag(MapFlags.NoCommonLru);
        return isPerCpu && flags.HasFlag(MapFlags.NumaNode) && type != MapType.PerCpuCgroupStorage
            ? "memory that each CPU has of its own cannot come from one NUMA node"
            : null;
    }

    /// <summary>The flags that a kind of map knows; all of them for a kind that is not known here.</summary>
    private static MapFlags FlagsOf(MapType type)
    {
        switch (type)
        {
            case MapType.Array:
                return MapFlags.NumaNode | MapFlags.Mmapable | MapFlags.InnerMap | Access;
            case MapType.PerCpuArray or MapType.ReuseportSockArray:
                return MapFlags.NumaNode | Access;
            case MapType.PerfEventArray:
                return MapFlags.NumaNode | MapFlags.PreserveElements | MapFlags.ReadOnly | MapFlags.WriteOnly;
            case MapType.ProgramArray or MapType.CgroupArray or MapType.ArrayOfMaps:
                return MapFlags.NumaNode | MapFlags.ReadOnly | MapFlags.WriteOnly;
            case MapType.Hash or MapType.PerCpuHash or MapType.HashOfMaps:
                return Hash & ~MapFlags.NoCommonLru;
            case MapType.LruHash or MapType.LruPerCpuHash:
                return Hash & ~MapFlags.NoPreallocation;
            case MapType.LpmTrie:
                return MapFlags.NoPreallocation | MapFlags.NumaNode | Access;
            case MapType.StackTrace:
                return MapFlags.NumaNode | MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.StackBuildId;
            case MapType.Queue or MapType.Stack or MapType.CgroupStorage or MapType.PerCpuCgroupStorage:
                return MapFlags.NumaNode | Access;
            case MapType.BloomFilter:
                return MapFlags.NumaNode | MapFlags.ZeroSeed | Access;
            case MapType.RingBuf:
                return MapFlags.NumaNode | MapFlags.RingBufOverwrite;
            case MapType.UserRingBuf or MapType.CpuMap:
                return MapFlags.NumaNode;
            case MapType.DevMap or MapType.DevMapHash or MapType.XskMap or MapType.SockMap or MapType.SockHash:
                return MapFlags.NumaNode | MapFlags.ReadOnly | MapFlags.WriteOnly;
            case MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage:
                return MapFlags.NoPreallocation | MapFlags.Clone;
            case MapType.StructOps:
                return MapFlags.Link;
            case MapType.Arena:
                return MapFlags.Mmapable | MapFlags.SegvOnFault | MapFlags.NoUserConversion;
            default:
                return (MapFlags)uint.MaxValue;
        }
    }

    private static string? Extra(LinuxKernel kernel, MapType type, MapShape shape, ulong extra)
    {
        const ulong mostFunctions = 15;
        return type switch
        {
            _ when extra == 0 => null,
            MapType.BloomFilter => extra <= mostFunctions
                ? null
                : $"a bloom filter has at most {mostFunctions} hash functions (MapExtra), not {extra}",
            MapType.Arena => extra % (ulong)kernel.PageSize == 0
                ? null
                : $"the address of an arena (MapExtra) is a multiple of the page size, which {extra:x} is not",
            MapType.RHash => extra <= Math.Min(shape.MaxEntries, ushort.MaxValue)
                ? null
                : $"the first size of a resizable hash table (MapExtra) is at most MaxEntries and {ushort.MaxValue}, not {extra}",
            _ => "this kind of map has no meaning for MapExtra: it must be 0",
        };
    }
}
