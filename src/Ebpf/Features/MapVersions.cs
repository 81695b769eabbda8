namespace Ebpf.Features;

/// <summary>The versions of Linux that brought the kinds of maps and their flags.</summary>
internal static class MapVersions
{
    private static readonly (MapType Type, Version Since)[] Types =
    [
        (MapType.Hash, new(3, 19)),
        (MapType.Array, new(3, 19)),
        (MapType.ProgramArray, new(4, 2)),
        (MapType.PerfEventArray, new(4, 3)),
        (MapType.PerCpuHash, new(4, 6)),
        (MapType.PerCpuArray, new(4, 6)),
        (MapType.StackTrace, new(4, 6)),
        (MapType.CgroupArray, new(4, 8)),
        (MapType.LruHash, new(4, 10)),
        (MapType.LruPerCpuHash, new(4, 10)),
        (MapType.LpmTrie, new(4, 11)),
        (MapType.ArrayOfMaps, new(4, 12)),
        (MapType.HashOfMaps, new(4, 12)),
        (MapType.DevMap, new(4, 14)),
        (MapType.SockMap, new(4, 14)),
        (MapType.CpuMap, new(4, 15)),
        (MapType.XskMap, new(4, 18)),
        (MapType.SockHash, new(4, 18)),
        (MapType.CgroupStorage, new(4, 19)),
        (MapType.ReuseportSockArray, new(4, 19)),
        (MapType.PerCpuCgroupStorage, new(4, 20)),
        (MapType.Queue, new(4, 20)),
        (MapType.Stack, new(4, 20)),
        (MapType.SkStorage, new(5, 2)),
        (MapType.DevMapHash, new(5, 4)),
        (MapType.StructOps, new(5, 6)),
        (MapType.RingBuf, new(5, 8)),
        (MapType.InodeStorage, new(5, 10)),
        (MapType.TaskStorage, new(5, 11)),
        (MapType.BloomFilter, new(5, 16)),
        (MapType.UserRingBuf, new(6, 1)),
        (MapType.CgrpStorage, new(6, 2)),
        (MapType.Arena, new(6, 9)),
        (MapType.InsnArray, new(6, 19)),
        (MapType.RHash, new(7, 2)),
    ];

    /// <summary>Maps that only one program can use, by its hash (Linux commit baefdbdf6812).</summary>
    public static Version ExclusivePrograms { get; } = new(6, 18);

    /// <summary>Hashes of what arrays hold (Linux commit ea2e6467ac36).</summary>
    public static Version Hashes { get; } = new(6, 18);

    /// <summary>The flags, each with the version that brought it.</summary>
    public static IReadOnlyList<(MapFlags Flag, Version Since)> Flags { get; } =
    [
        (MapFlags.NoPreallocation, new(4, 6)),
        (MapFlags.NoCommonLru, new(4, 10)),
        (MapFlags.NumaNode, new(4, 14)),
        (MapFlags.ReadOnly, new(4, 15)),
        (MapFlags.WriteOnly, new(4, 15)),
        (MapFlags.StackBuildId, new(4, 17)),
        (MapFlags.ZeroSeed, new(5, 0)),
        (MapFlags.ReadOnlyProgram, new(5, 2)),
        (MapFlags.WriteOnlyProgram, new(5, 2)),
        (MapFlags.Clone, new(5, 4)),
        (MapFlags.Mmapable, new(5, 5)),
        (MapFlags.PreserveElements, new(5, 10)),
        (MapFlags.InnerMap, new(5, 10)),
        (MapFlags.Link, new(6, 4)),
        (MapFlags.ValueTypeBtfObjectFd, new(6, 9)),
        (MapFlags.TokenFd, new(6, 9)),
        (MapFlags.SegvOnFault, new(6, 9)),
        (MapFlags.NoUserConversion, new(6, 9)),
        (MapFlags.RingBufOverwrite, new(6, 19)),
    ];

    /// <summary>
    /// The version that brought a kind of map; <c>null</c> for a kind that this library does not know.
    /// </summary>
    public static Version? Of(MapType type)
    {
        foreach ((MapType known, Version since) in Types)
        {
            if (known == type) return since;
        }

        return null;
    }
}
