namespace Ebpf;

/// <summary>The kind of a program (<c>enum bpf_prog_type</c>).</summary>
public enum ProgramType
{
    /// <summary>No type: the section did not tell; set one before loading (<c>BPF_PROG_TYPE_UNSPEC</c>).</summary>
    Unspecified = 0,

    /// <summary>
    /// Filters the packets that a socket receives (<c>BPF_PROG_TYPE_SOCKET_FILTER</c>, since Linux 3.19).
    /// </summary>
    SocketFilter = 1,

    /// <summary>
    /// Runs at a kprobe, kretprobe, uprobe, uretprobe or USDT probe (<c>BPF_PROG_TYPE_KPROBE</c>, since Linux 4.1).
    /// </summary>
    Kprobe = 2,

    /// <summary>
    /// Classifies packets in traffic control: tc, tcx, netkit (<c>BPF_PROG_TYPE_SCHED_CLS</c>, since Linux 4.1).
    /// </summary>
    SchedCls = 3,

    /// <summary>Action of traffic control (<c>BPF_PROG_TYPE_SCHED_ACT</c>, since Linux 4.1).</summary>
    SchedAct = 4,

    /// <summary>Runs at a kernel tracepoint (<c>BPF_PROG_TYPE_TRACEPOINT</c>, since Linux 4.7).</summary>
    Tracepoint = 5,

    /// <summary>
    /// Handles packets in the network driver, before the stack (<c>BPF_PROG_TYPE_XDP</c>, since Linux 4.8).
    /// </summary>
    Xdp = 6,

    /// <summary>Runs when a perf event overflows (<c>BPF_PROG_TYPE_PERF_EVENT</c>, since Linux 4.9).</summary>
    PerfEvent = 7,

    /// <summary>Filters IP packets of a cgroup (<c>BPF_PROG_TYPE_CGROUP_SKB</c>, since Linux 4.10).</summary>
    CgroupSkb = 8,

    /// <summary>
    /// Runs when a socket of a cgroup is created, released or bound (<c>BPF_PROG_TYPE_CGROUP_SOCK</c>, since Linux
    /// 4.10).
    /// </summary>
    CgroupSock = 9,

    /// <summary>Lightweight tunnel, input (<c>BPF_PROG_TYPE_LWT_IN</c>, since Linux 4.10).</summary>
    LwtIn = 10,

    /// <summary>Lightweight tunnel, output (<c>BPF_PROG_TYPE_LWT_OUT</c>, since Linux 4.10).</summary>
    LwtOut = 11,

    /// <summary>Lightweight tunnel, transmission (<c>BPF_PROG_TYPE_LWT_XMIT</c>, since Linux 4.10).</summary>
    LwtXmit = 12,

    /// <summary>
    /// Runs at events of a TCP connection of a cgroup (<c>BPF_PROG_TYPE_SOCK_OPS</c>, since Linux 4.13).
    /// </summary>
    SockOps = 13,

    /// <summary>
    /// Parses and redirects stream data between sockets of a map (<c>BPF_PROG_TYPE_SK_SKB</c>, since Linux 4.14).
    /// </summary>
    SkSkb = 14,

    /// <summary>
    /// Allows or denies a cgroup access to devices (<c>BPF_PROG_TYPE_CGROUP_DEVICE</c>, since Linux 4.15).
    /// </summary>
    CgroupDevice = 15,

    /// <summary>Decides on messages sent by sockets of a map (<c>BPF_PROG_TYPE_SK_MSG</c>, since Linux 4.17).</summary>
    SkMsg = 16,

    /// <summary>
    /// Runs at a tracepoint, with its raw arguments (<c>BPF_PROG_TYPE_RAW_TRACEPOINT</c>, since Linux 4.17).
    /// </summary>
    RawTracepoint = 17,

    /// <summary>
    /// Runs at address calls of a cgroup's sockets: bind, connect, sendmsg and so on
    /// (<c>BPF_PROG_TYPE_CGROUP_SOCK_ADDR</c>, since Linux 4.17).
    /// </summary>
    CgroupSockAddr = 18,

    /// <summary>
    /// Lightweight tunnel, IPv6 segment routing (<c>BPF_PROG_TYPE_LWT_SEG6LOCAL</c>, since Linux 4.18).
    /// </summary>
    LwtSeg6Local = 19,

    /// <summary>Decodes infrared remote control signals (<c>BPF_PROG_TYPE_LIRC_MODE2</c>, since Linux 4.18).</summary>
    LircMode2 = 20,

    /// <summary>
    /// Selects the socket of a <c>SO_REUSEPORT</c> group (<c>BPF_PROG_TYPE_SK_REUSEPORT</c>, since Linux 4.19).
    /// </summary>
    SkReuseport = 21,

    /// <summary>
    /// Dissects packets into flow keys, for a network namespace (<c>BPF_PROG_TYPE_FLOW_DISSECTOR</c>, since Linux
    /// 4.20).
    /// </summary>
    FlowDissector = 22,

    /// <summary>
    /// Allows, denies or changes a cgroup's access to sysctls (<c>BPF_PROG_TYPE_CGROUP_SYSCTL</c>, since Linux 5.2).
    /// </summary>
    CgroupSysctl = 23,

    /// <summary>
    /// <see cref="RawTracepoint"/> that may write to the tracepoint's buffer
    /// (<c>BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE</c>, since Linux 5.2).
    /// </summary>
    RawTracepointWritable = 24,

    /// <summary>
    /// Runs at <c>getsockopt</c> and <c>setsockopt</c> of a cgroup (<c>BPF_PROG_TYPE_CGROUP_SOCKOPT</c>, since Linux
    /// 5.3).
    /// </summary>
    CgroupSockopt = 25,

    /// <summary>
    /// Runs at typed tracepoints, at entry and exit of kernel functions, as an iterator
    /// (<c>BPF_PROG_TYPE_TRACING</c>, since Linux 5.5).
    /// </summary>
    Tracing = 26,

    /// <summary>
    /// Implements one function of a struct_ops map (<c>BPF_PROG_TYPE_STRUCT_OPS</c>, since Linux 5.6).
    /// </summary>
    StructOps = 27,

    /// <summary>Replaces a global function of another program (<c>BPF_PROG_TYPE_EXT</c>, since Linux 5.6).</summary>
    Ext = 28,

    /// <summary>Runs at a hook of the Linux security modules (<c>BPF_PROG_TYPE_LSM</c>, since Linux 5.7).</summary>
    Lsm = 29,

    /// <summary>
    /// Selects the socket for an incoming connection or datagram, for a network namespace
    /// (<c>BPF_PROG_TYPE_SK_LOOKUP</c>, since Linux 5.9).
    /// </summary>
    SkLookup = 30,

    /// <summary>
    /// Runs on demand from user space and may make bpf system calls (<c>BPF_PROG_TYPE_SYSCALL</c>, since Linux 5.14).
    /// </summary>
    Syscall = 31,

    /// <summary>Runs at a netfilter hook (<c>BPF_PROG_TYPE_NETFILTER</c>, since Linux 6.4).</summary>
    Netfilter = 32,
}
