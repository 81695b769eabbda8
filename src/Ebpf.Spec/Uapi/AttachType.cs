namespace Ebpf;

/// <summary>Where a program is to be attached (<c>enum bpf_attach_type</c>).</summary>
/// <remarks>
/// The kernel has no value for "none": types of program that need no attach type carry zero, which is
/// <see cref="CgroupInetIngress"/>.
/// </remarks>
public enum AttachType
{
    /// <summary>
    /// IP packets that a cgroup's sockets receive; also the zero that types of program without an attach type carry
    /// (<c>BPF_CGROUP_INET_INGRESS</c>, since Linux 4.10).
    /// </summary>
    CgroupInetIngress = 0,

    /// <summary>IP packets that a cgroup's sockets send (<c>BPF_CGROUP_INET_EGRESS</c>, since Linux 4.10).</summary>
    CgroupInetEgress = 1,

    /// <summary>Creation of a cgroup's IP sockets (<c>BPF_CGROUP_INET_SOCK_CREATE</c>, since Linux 4.10).</summary>
    CgroupInetSockCreate = 2,

    /// <summary>Events of a cgroup's TCP connections (<c>BPF_CGROUP_SOCK_OPS</c>, since Linux 4.13).</summary>
    CgroupSockOps = 3,

    /// <summary>
    /// Length of the next message in a stream, for a socket map (<c>BPF_SK_SKB_STREAM_PARSER</c>, since Linux 4.14).
    /// </summary>
    SkSkbStreamParser = 4,

    /// <summary>
    /// Fate of a parsed message, for a socket map (<c>BPF_SK_SKB_STREAM_VERDICT</c>, since Linux 4.14).
    /// </summary>
    SkSkbStreamVerdict = 5,

    /// <summary>A cgroup's access to devices (<c>BPF_CGROUP_DEVICE</c>, since Linux 4.15).</summary>
    CgroupDevice = 6,

    /// <summary>Fate of a message being sent, for a socket map (<c>BPF_SK_MSG_VERDICT</c>, since Linux 4.17).</summary>
    SkMsgVerdict = 7,

    /// <summary><c>bind</c>, IPv4 (<c>BPF_CGROUP_INET4_BIND</c>, since Linux 4.17).</summary>
    CgroupInet4Bind = 8,

    /// <summary><c>bind</c>, IPv6 (<c>BPF_CGROUP_INET6_BIND</c>, since Linux 4.17).</summary>
    CgroupInet6Bind = 9,

    /// <summary><c>connect</c>, IPv4 (<c>BPF_CGROUP_INET4_CONNECT</c>, since Linux 4.17).</summary>
    CgroupInet4Connect = 10,

    /// <summary><c>connect</c>, IPv6 (<c>BPF_CGROUP_INET6_CONNECT</c>, since Linux 4.17).</summary>
    CgroupInet6Connect = 11,

    /// <summary>After <c>bind</c>, IPv4 (<c>BPF_CGROUP_INET4_POST_BIND</c>, since Linux 4.17).</summary>
    CgroupInet4PostBind = 12,

    /// <summary>After <c>bind</c>, IPv6 (<c>BPF_CGROUP_INET6_POST_BIND</c>, since Linux 4.17).</summary>
    CgroupInet6PostBind = 13,

    /// <summary>
    /// <c>sendmsg</c> on an unconnected UDP socket, IPv4 (<c>BPF_CGROUP_UDP4_SENDMSG</c>, since Linux 4.18).
    /// </summary>
    CgroupUdp4Sendmsg = 14,

    /// <summary>
    /// <c>sendmsg</c> on an unconnected UDP socket, IPv6 (<c>BPF_CGROUP_UDP6_SENDMSG</c>, since Linux 4.18).
    /// </summary>
    CgroupUdp6Sendmsg = 15,

    /// <summary>Signals of an infrared receiver (<c>BPF_LIRC_MODE2</c>, since Linux 4.18).</summary>
    LircMode2 = 16,

    /// <summary>Dissection of packets in a network namespace (<c>BPF_FLOW_DISSECTOR</c>, since Linux 4.20).</summary>
    FlowDissector = 17,

    /// <summary>A cgroup's access to sysctls (<c>BPF_CGROUP_SYSCTL</c>, since Linux 5.2).</summary>
    CgroupSysctl = 18,

    /// <summary>
    /// <c>recvmsg</c> on an unconnected UDP socket, IPv4 (<c>BPF_CGROUP_UDP4_RECVMSG</c>, since Linux 5.2).
    /// </summary>
    CgroupUdp4Recvmsg = 19,

    /// <summary>
    /// <c>recvmsg</c> on an unconnected UDP socket, IPv6 (<c>BPF_CGROUP_UDP6_RECVMSG</c>, since Linux 5.2).
    /// </summary>
    CgroupUdp6Recvmsg = 20,

    /// <summary><c>getsockopt</c> (<c>BPF_CGROUP_GETSOCKOPT</c>, since Linux 5.3).</summary>
    CgroupGetsockopt = 21,

    /// <summary><c>setsockopt</c> (<c>BPF_CGROUP_SETSOCKOPT</c>, since Linux 5.3).</summary>
    CgroupSetsockopt = 22,

    /// <summary>Tracepoint with typed arguments (<c>tp_btf</c>) (<c>BPF_TRACE_RAW_TP</c>, since Linux 5.5).</summary>
    TraceRawTp = 23,

    /// <summary>Entry of a kernel function or program (<c>BPF_TRACE_FENTRY</c>, since Linux 5.5).</summary>
    TraceFentry = 24,

    /// <summary>Exit of a kernel function or program (<c>BPF_TRACE_FEXIT</c>, since Linux 5.5).</summary>
    TraceFexit = 25,

    /// <summary>
    /// Entry of a kernel function whose return value may be set instead (<c>fmod_ret</c>) (<c>BPF_MODIFY_RETURN</c>,
    /// since Linux 5.7).
    /// </summary>
    ModifyReturn = 26,

    /// <summary>Hook of the Linux security modules (<c>BPF_LSM_MAC</c>, since Linux 5.7).</summary>
    LsmMac = 27,

    /// <summary>Iterator over the kernel's objects (<c>BPF_TRACE_ITER</c>, since Linux 5.8).</summary>
    TraceIter = 28,

    /// <summary><c>getpeername</c>, IPv4 (<c>BPF_CGROUP_INET4_GETPEERNAME</c>, since Linux 5.8).</summary>
    CgroupInet4Getpeername = 29,

    /// <summary><c>getpeername</c>, IPv6 (<c>BPF_CGROUP_INET6_GETPEERNAME</c>, since Linux 5.8).</summary>
    CgroupInet6Getpeername = 30,

    /// <summary><c>getsockname</c>, IPv4 (<c>BPF_CGROUP_INET4_GETSOCKNAME</c>, since Linux 5.8).</summary>
    CgroupInet4Getsockname = 31,

    /// <summary><c>getsockname</c>, IPv6 (<c>BPF_CGROUP_INET6_GETSOCKNAME</c>, since Linux 5.8).</summary>
    CgroupInet6Getsockname = 32,

    /// <summary>
    /// Slot of a <see cref="MapType.DevMap"/>: after a redirect, before sending (<c>BPF_XDP_DEVMAP</c>, since Linux
    /// 5.8).
    /// </summary>
    XdpDevMap = 33,

    /// <summary>Release of a cgroup's IP sockets (<c>BPF_CGROUP_INET_SOCK_RELEASE</c>, since Linux 5.9).</summary>
    CgroupInetSockRelease = 34,

    /// <summary>
    /// Slot of a <see cref="MapType.CpuMap"/>: after a redirect, on the target CPU (<c>BPF_XDP_CPUMAP</c>, since
    /// Linux 5.9).
    /// </summary>
    XdpCpuMap = 35,

    /// <summary>
    /// Search for the socket of an incoming packet in a network namespace (<c>BPF_SK_LOOKUP</c>, since Linux 5.9).
    /// </summary>
    SkLookup = 36,

    /// <summary>Network device, before the stack (<c>BPF_XDP</c>, since Linux 5.9).</summary>
    Xdp = 37,

    /// <summary>
    /// Fate of received data, without a parser, for a socket map (<c>BPF_SK_SKB_VERDICT</c>, since Linux 5.13).
    /// </summary>
    SkSkbVerdict = 38,

    /// <summary>
    /// Choice of a socket in a <c>SO_REUSEPORT</c> group (<c>BPF_SK_REUSEPORT_SELECT</c>, since Linux 5.14).
    /// </summary>
    SkReuseportSelect = 39,

    /// <summary>
    /// Choice of a socket in a <c>SO_REUSEPORT</c> group, also for connections of a closing socket
    /// (<c>BPF_SK_REUSEPORT_SELECT_OR_MIGRATE</c>, since Linux 5.14).
    /// </summary>
    SkReuseportSelectOrMigrate = 40,

    /// <summary>
    /// Perf event; kprobe, uprobe or tracepoint opened as one (<c>BPF_PERF_EVENT</c>, since Linux 5.15).
    /// </summary>
    PerfEvent = 41,

    /// <summary>Many kernel functions at once (<c>BPF_TRACE_KPROBE_MULTI</c>, since Linux 5.18).</summary>
    TraceKprobeMulti = 42,

    /// <summary>
    /// Hook of the Linux security modules, for the tasks of a cgroup (<c>BPF_LSM_CGROUP</c>, since Linux 6.0).
    /// </summary>
    LsmCgroup = 43,

    /// <summary>A struct_ops map (<c>BPF_STRUCT_OPS</c>, since Linux 6.4).</summary>
    StructOps = 44,

    /// <summary>Netfilter hook (<c>BPF_NETFILTER</c>, since Linux 6.4).</summary>
    Netfilter = 45,

    /// <summary>Packets that a network device receives (<c>BPF_TCX_INGRESS</c>, since Linux 6.6).</summary>
    TcxIngress = 46,

    /// <summary>Packets that a network device sends (<c>BPF_TCX_EGRESS</c>, since Linux 6.6).</summary>
    TcxEgress = 47,

    /// <summary>
    /// Many user-space functions of one file at once (<c>BPF_TRACE_UPROBE_MULTI</c>, since Linux 6.6).
    /// </summary>
    TraceUprobeMulti = 48,

    /// <summary><c>connect</c>, Unix sockets (<c>BPF_CGROUP_UNIX_CONNECT</c>, since Linux 6.7).</summary>
    CgroupUnixConnect = 49,

    /// <summary><c>sendmsg</c>, Unix sockets (<c>BPF_CGROUP_UNIX_SENDMSG</c>, since Linux 6.7).</summary>
    CgroupUnixSendmsg = 50,

    /// <summary><c>recvmsg</c>, Unix sockets (<c>BPF_CGROUP_UNIX_RECVMSG</c>, since Linux 6.7).</summary>
    CgroupUnixRecvmsg = 51,

    /// <summary><c>getpeername</c>, Unix sockets (<c>BPF_CGROUP_UNIX_GETPEERNAME</c>, since Linux 6.7).</summary>
    CgroupUnixGetpeername = 52,

    /// <summary><c>getsockname</c>, Unix sockets (<c>BPF_CGROUP_UNIX_GETSOCKNAME</c>, since Linux 6.7).</summary>
    CgroupUnixGetsockname = 53,

    /// <summary>
    /// Packets that the primary device of a netkit pair sends (<c>BPF_NETKIT_PRIMARY</c>, since Linux 6.7).
    /// </summary>
    NetkitPrimary = 54,

    /// <summary>
    /// Packets that the peer device of a netkit pair sends (<c>BPF_NETKIT_PEER</c>, since Linux 6.7).
    /// </summary>
    NetkitPeer = 55,

    /// <summary>
    /// Entry and exit of many kernel functions, with one program and a cookie between both
    /// (<c>BPF_TRACE_KPROBE_SESSION</c>, since Linux 6.10).
    /// </summary>
    TraceKprobeSession = 56,

    /// <summary>
    /// Entry and exit of many user-space functions, with one program and a cookie between both
    /// (<c>BPF_TRACE_UPROBE_SESSION</c>, since Linux 6.13).
    /// </summary>
    TraceUprobeSession = 57,

    /// <summary>
    /// Entry and exit of a kernel function, with one program and a cookie between both (<c>BPF_TRACE_FSESSION</c>,
    /// since Linux 7.0).
    /// </summary>
    TraceFsession = 58,

    /// <summary>Entry of many kernel functions at once (<c>BPF_TRACE_FENTRY_MULTI</c>, since Linux 7.2).</summary>
    TraceFentryMulti = 59,

    /// <summary>Exit of many kernel functions at once (<c>BPF_TRACE_FEXIT_MULTI</c>, since Linux 7.2).</summary>
    TraceFexitMulti = 60,

    /// <summary>
    /// Entry and exit of many kernel functions at once (<c>BPF_TRACE_FSESSION_MULTI</c>, since Linux 7.2).
    /// </summary>
    TraceFsessionMulti = 61,
}
