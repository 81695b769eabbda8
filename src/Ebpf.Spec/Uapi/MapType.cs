namespace Ebpf;

/// <summary>The kind of a map (<c>enum bpf_map_type</c>).</summary>
public enum MapType
{
    /// <summary>No type: the kernel refuses such a map (<c>BPF_MAP_TYPE_UNSPEC</c>).</summary>
    Unspecified = 0,

    /// <summary>Hash table (<c>BPF_MAP_TYPE_HASH</c>, since Linux 3.19).</summary>
    Hash = 1,

    /// <summary>
    /// Array with <c>u32</c> indices as keys; always full (<c>BPF_MAP_TYPE_ARRAY</c>, since Linux 3.19).
    /// </summary>
    Array = 2,

    /// <summary>
    /// Array of programs, the targets of tail calls (<c>BPF_MAP_TYPE_PROG_ARRAY</c>, since Linux 4.2).
    /// </summary>
    ProgramArray = 3,

    /// <summary>
    /// Array of perf events: buffers, one per CPU, to user space; counters to read
    /// (<c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c>, since Linux 4.3).
    /// </summary>
    PerfEventArray = 4,

    /// <summary>
    /// Hash table with one value per CPU under each key (<c>BPF_MAP_TYPE_PERCPU_HASH</c>, since Linux 4.6).
    /// </summary>
    PerCpuHash = 5,

    /// <summary>
    /// Array with one value per CPU in each slot (<c>BPF_MAP_TYPE_PERCPU_ARRAY</c>, since Linux 4.6).
    /// </summary>
    PerCpuArray = 6,

    /// <summary>
    /// Call stacks by id, written by <c>bpf_get_stackid</c> (<c>BPF_MAP_TYPE_STACK_TRACE</c>, since Linux 4.6).
    /// </summary>
    StackTrace = 7,

    /// <summary>
    /// Array of cgroups, for tests of membership (<c>BPF_MAP_TYPE_CGROUP_ARRAY</c>, since Linux 4.8).
    /// </summary>
    CgroupArray = 8,

    /// <summary>
    /// Hash table that evicts the least recently used element when full (<c>BPF_MAP_TYPE_LRU_HASH</c>, since Linux
    /// 4.10).
    /// </summary>
    LruHash = 9,

    /// <summary>
    /// <see cref="LruHash"/> with one value per CPU under each key (<c>BPF_MAP_TYPE_LRU_PERCPU_HASH</c>, since Linux
    /// 4.10).
    /// </summary>
    LruPerCpuHash = 10,

    /// <summary>
    /// Trie for the longest matching prefix; a key is the prefix length in bits (<c>u32</c>), then the data
    /// (<c>BPF_MAP_TYPE_LPM_TRIE</c>, since Linux 4.11).
    /// </summary>
    LpmTrie = 11,

    /// <summary>Array of maps (<c>BPF_MAP_TYPE_ARRAY_OF_MAPS</c>, since Linux 4.12).</summary>
    ArrayOfMaps = 12,

    /// <summary>Hash table of maps (<c>BPF_MAP_TYPE_HASH_OF_MAPS</c>, since Linux 4.12).</summary>
    HashOfMaps = 13,

    /// <summary>
    /// Array of network devices, targets of XDP redirects (<c>BPF_MAP_TYPE_DEVMAP</c>, since Linux 4.14).
    /// </summary>
    DevMap = 14,

    /// <summary>Array of sockets, targets of redirects (<c>BPF_MAP_TYPE_SOCKMAP</c>, since Linux 4.14).</summary>
    SockMap = 15,

    /// <summary>Array of CPUs, targets of XDP redirects (<c>BPF_MAP_TYPE_CPUMAP</c>, since Linux 4.15).</summary>
    CpuMap = 16,

    /// <summary>
    /// Array of AF_XDP sockets, targets of XDP redirects (<c>BPF_MAP_TYPE_XSKMAP</c>, since Linux 4.18).
    /// </summary>
    XskMap = 17,

    /// <summary>Hash table of sockets, targets of redirects (<c>BPF_MAP_TYPE_SOCKHASH</c>, since Linux 4.18).</summary>
    SockHash = 18,

    /// <summary>
    /// A value for each cgroup a program is attached to; deprecated for <see cref="CgrpStorage"/>
    /// (<c>BPF_MAP_TYPE_CGROUP_STORAGE</c>, since Linux 4.19).
    /// </summary>
    CgroupStorage = 19,

    /// <summary>
    /// Array of listening sockets to select from with <c>SO_REUSEPORT</c> (<c>BPF_MAP_TYPE_REUSEPORT_SOCKARRAY</c>,
    /// since Linux 4.19).
    /// </summary>
    ReuseportSockArray = 20,

    /// <summary>
    /// <see cref="CgroupStorage"/> with one value per CPU; deprecated for <see cref="CgrpStorage"/>
    /// (<c>BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE</c>, since Linux 4.20).
    /// </summary>
    PerCpuCgroupStorage = 21,

    /// <summary>First in, first out; no keys (<c>BPF_MAP_TYPE_QUEUE</c>, since Linux 4.20).</summary>
    Queue = 22,

    /// <summary>Last in, first out; no keys (<c>BPF_MAP_TYPE_STACK</c>, since Linux 4.20).</summary>
    Stack = 23,

    /// <summary>A value for each socket, freed with it (<c>BPF_MAP_TYPE_SK_STORAGE</c>, since Linux 5.2).</summary>
    SkStorage = 24,

    /// <summary>
    /// Hash table of network devices, targets of XDP redirects (<c>BPF_MAP_TYPE_DEVMAP_HASH</c>, since Linux 5.4).
    /// </summary>
    DevMapHash = 25,

    /// <summary>
    /// A struct_ops map: a struct of the kernel whose functions are implemented by programs (<c>BPF_MAP_TYPE_STRUCT_OPS</c>, since Linux 5.6).
    /// </summary>
    StructOps = 26,

    /// <summary>
    /// Ring buffer from programs to user space, shared by all CPUs (<c>BPF_MAP_TYPE_RINGBUF</c>, since Linux 5.8).
    /// </summary>
    RingBuf = 27,

    /// <summary>A value for each inode, freed with it (<c>BPF_MAP_TYPE_INODE_STORAGE</c>, since Linux 5.10).</summary>
    InodeStorage = 28,

    /// <summary>A value for each task, freed with it (<c>BPF_MAP_TYPE_TASK_STORAGE</c>, since Linux 5.11).</summary>
    TaskStorage = 29,

    /// <summary>
    /// Bloom filter: membership with false positives, no removal; no keys (<c>BPF_MAP_TYPE_BLOOM_FILTER</c>, since
    /// Linux 5.16).
    /// </summary>
    BloomFilter = 30,

    /// <summary>Ring buffer from user space to programs (<c>BPF_MAP_TYPE_USER_RINGBUF</c>, since Linux 6.1).</summary>
    UserRingBuf = 31,

    /// <summary>
    /// A value for each cgroup, freed with it; for programs of any type (<c>BPF_MAP_TYPE_CGRP_STORAGE</c>, since
    /// Linux 6.2).
    /// </summary>
    CgrpStorage = 32,

    /// <summary>
    /// Sparse memory, up to 4 GiB, shared by programs and user space at the same addresses
    /// (<c>BPF_MAP_TYPE_ARENA</c>, since Linux 6.9).
    /// </summary>
    Arena = 33,

    /// <summary>
    /// Addresses of instructions, for indirect jumps (<c>gotox</c>) (<c>BPF_MAP_TYPE_INSN_ARRAY</c>, since Linux
    /// 6.19).
    /// </summary>
    InsnArray = 34,

    /// <summary>
    /// Hash table that grows and shrinks with its contents (<c>BPF_MAP_TYPE_RHASH</c>, since Linux 7.2).
    /// </summary>
    RHash = 35,
}
