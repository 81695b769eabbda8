namespace Ebpf.Maps.Kinds;

/// <summary>What the kinds of maps have and lack.</summary>
internal static class MapKinds
{
    /// <summary>
    /// Whether this library knows the kind, and so how many bytes the kernel copies for a value: a newer kernel has more kinds.
    /// </summary>
    public static bool IsKnown(this MapType type) => type is > MapType.Unspecified and <= MapType.RHash;

    /// <summary>Whether each element has one value for every CPU.</summary>
    public static bool IsPerCpu(this MapType type) =>
        type is MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;

    /// <summary>Whether the map has a fixed number of elements, all of them there from the start.</summary>
    public static bool IsArray(this MapType type) => type is MapType.Array or MapType.PerCpuArray;

    /// <summary>Whether keys are the indices of slots, below the number of entries.</summary>
    public static bool IsIndexed(this MapType type) =>
        type.IsArray()
        || type is MapType.ProgramArray or MapType.PerfEventArray or MapType.CgroupArray or MapType.ArrayOfMaps
            or MapType.DevMap or MapType.SockMap or MapType.CpuMap or MapType.XskMap or MapType.ReuseportSockArray
            or MapType.InsnArray;

    public static bool IsMapOfMaps(this MapType type) => type is MapType.ArrayOfMaps or MapType.HashOfMaps;

    public static bool IsRingBuffer(this MapType type) => type is MapType.RingBuf or MapType.UserRingBuf;

    /// <summary>
    /// Whether values are descriptors of other objects when written, and ids (4 bytes) when read, whatever the value
    /// size.
    /// </summary>
    public static bool HoldsObjects(this MapType type) =>
        type is MapType.ProgramArray or MapType.PerfEventArray or MapType.CgroupArray or MapType.ArrayOfMaps
            or MapType.HashOfMaps;

    /// <summary>Whether values are descriptors of sockets.</summary>
    public static bool HoldsSockets(this MapType type) =>
        type is MapType.SockMap or MapType.SockHash or MapType.XskMap or MapType.ReuseportSockArray;

    /// <summary>Whether elements belong to a socket, an inode, a task or a cgroup.</summary>
    public static bool IsLocalStorage(this MapType type) =>
        type is MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage;

    /// <summary>Whether elements have values but no keys.</summary>
    public static bool HasOnlyValues(this MapType type) =>
        type is MapType.Queue or MapType.Stack or MapType.BloomFilter;

    /// <summary>Whether user space reaches the contents through memory only.</summary>
    public static bool IsMemory(this MapType type) => type.IsRingBuffer() || type == MapType.Arena;

    /// <summary>
    /// Whether the kernel does something else than to free the map when its last descriptor, or the one by which an element came, is
    /// closed: it empties program arrays, takes perf events out, and programs off socket maps.
    /// </summary>
    public static bool ChangesWhenClosed(this MapType type) =>
        type is MapType.ProgramArray or MapType.PerfEventArray or MapType.SockMap or MapType.SockHash;

    /// <summary>
    /// How many bytes the kernel reads or writes for the value of one element (bpf_map_value_size in
    /// kernel/bpf/syscall.c); of an unknown kind the most that it can be, those of a per-CPU map.
    /// </summary>
    /// <param name="type">The kind of map.</param>
    /// <param name="valueSize">The size with which the map was made.</param>
    /// <param name="cpuCount">How many CPUs are possible.</param>
    public static long ValueBufferSize(this MapType type, int valueSize, int cpuCount) =>
        type.IsPerCpu() || !type.IsKnown() ? (long)PerCpuStride(valueSize) * cpuCount
        : type.HoldsObjects() ? sizeof(uint)
        : valueSize;

    /// <summary>How far apart the values of two CPUs lie: a value, filled up to a multiple of 8 bytes.</summary>
    public static int PerCpuStride(int valueSize) => checked(valueSize + 7) & ~7;
}
