namespace Ebpf;

/// <summary>Flags with which a map is created (<c>map_flags</c> of <c>BPF_MAP_CREATE</c>).</summary>
[Flags]
public enum MapFlags : uint
{
    /// <summary>No flags.</summary>
    None = 0,

    /// <summary>
    /// Memory of elements is allocated when they are added, not when the map is made; local storage and tries need it
    /// (<c>BPF_F_NO_PREALLOC</c>, since Linux 4.6).
    /// </summary>
    NoPreallocation = 1u << 0,

    /// <summary>
    /// Each CPU has its own list of least recently used elements: faster, less exact (<c>BPF_F_NO_COMMON_LRU</c>,
    /// since Linux 4.10).
    /// </summary>
    NoCommonLru = 1u << 1,

    /// <summary>
    /// Memory comes from the NUMA node that the map names (<c>BPF_F_NUMA_NODE</c>, since Linux 4.14).
    /// </summary>
    NumaNode = 1u << 2,

    /// <summary>The descriptor lets user space only read (<c>BPF_F_RDONLY</c>, since Linux 4.15).</summary>
    ReadOnly = 1u << 3,

    /// <summary>The descriptor lets user space only write (<c>BPF_F_WRONLY</c>, since Linux 4.15).</summary>
    WriteOnly = 1u << 4,

    /// <summary>
    /// Stack traces hold build ids and offsets instead of addresses (<c>BPF_F_STACK_BUILD_ID</c>, since Linux 4.17).
    /// </summary>
    StackBuildId = 1u << 5,

    /// <summary>The hash function has seed 0; for tests only (<c>BPF_F_ZERO_SEED</c>, since Linux 5.0).</summary>
    ZeroSeed = 1u << 6,

    /// <summary>Programs can only read (<c>BPF_F_RDONLY_PROG</c>, since Linux 5.2).</summary>
    ReadOnlyProgram = 1u << 7,

    /// <summary>Programs can only write (<c>BPF_F_WRONLY_PROG</c>, since Linux 5.2).</summary>
    WriteOnlyProgram = 1u << 8,

    /// <summary>
    /// Socket storage is copied to the sockets that a listening one accepts (<c>BPF_F_CLONE</c>, since Linux 5.4).
    /// </summary>
    Clone = 1u << 9,

    /// <summary>User space can map the values into its memory (<c>BPF_F_MMAPABLE</c>, since Linux 5.5).</summary>
    Mmapable = 1u << 10,

    /// <summary>
    /// Perf events stay in the array when the descriptor that put them there is closed (<c>BPF_F_PRESERVE_ELEMS</c>,
    /// since Linux 5.10).
    /// </summary>
    PreserveElements = 1u << 11,

    /// <summary>
    /// An array can take the place of an inner map with another number of entries (<c>BPF_F_INNER_MAP</c>, since
    /// Linux 5.10).
    /// </summary>
    InnerMap = 1u << 12,

    /// <summary>The struct_ops map is attached by a link (<c>BPF_F_LINK</c>, since Linux 6.4).</summary>
    Link = 1u << 13,

    /// <summary>
    /// The struct_ops value type is one of a module, whose BTF is passed as a descriptor
    /// (<c>BPF_F_VTYPE_BTF_OBJ_FD</c>, since Linux 6.9).
    /// </summary>
    ValueTypeBtfObjectFd = 1u << 15,

    /// <summary>A BPF token is passed as a descriptor (<c>BPF_F_TOKEN_FD</c>, since Linux 6.9).</summary>
    TokenFd = 1u << 16,

    /// <summary>
    /// User space that touches an absent arena page gets SIGSEGV, not a new page (<c>BPF_F_SEGV_ON_FAULT</c>, since
    /// Linux 6.9).
    /// </summary>
    SegvOnFault = 1u << 17,

    /// <summary>
    /// Arena pointers are not translated to user-space addresses when programs store them (<c>BPF_F_NO_USER_CONV</c>,
    /// since Linux 6.9).
    /// </summary>
    NoUserConversion = 1u << 18,

    /// <summary>
    /// A full ring buffer drops its oldest records, not the new one (<c>BPF_F_RB_OVERWRITE</c>, since Linux 6.19).
    /// </summary>
    RingBufOverwrite = 1u << 19,
}
