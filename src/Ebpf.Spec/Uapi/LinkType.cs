namespace Ebpf;

/// <summary>The kind of a link: what a program is attached to (<c>enum bpf_link_type</c>).</summary>
public enum LinkType
{
    /// <summary>No type (<c>BPF_LINK_TYPE_UNSPEC</c>).</summary>
    Unspecified = 0,

    /// <summary>Raw tracepoint (<c>BPF_LINK_TYPE_RAW_TRACEPOINT</c>, since Linux 5.8).</summary>
    RawTracepoint = 1,

    /// <summary>
    /// Typed tracepoint, kernel function, LSM hook, replaced function of a program (<c>BPF_LINK_TYPE_TRACING</c>,
    /// since Linux 5.8).
    /// </summary>
    Tracing = 2,

    /// <summary>Cgroup (<c>BPF_LINK_TYPE_CGROUP</c>, since Linux 5.8).</summary>
    Cgroup = 3,

    /// <summary>Iterator (<c>BPF_LINK_TYPE_ITER</c>, since Linux 5.8).</summary>
    Iter = 4,

    /// <summary>Network namespace (<c>BPF_LINK_TYPE_NETNS</c>, since Linux 5.8).</summary>
    Netns = 5,

    /// <summary>Network device, XDP (<c>BPF_LINK_TYPE_XDP</c>, since Linux 5.9).</summary>
    Xdp = 6,

    /// <summary>
    /// Perf event: kprobe, uprobe, tracepoint, sampling (<c>BPF_LINK_TYPE_PERF_EVENT</c>, since Linux 5.15).
    /// </summary>
    PerfEvent = 7,

    /// <summary>Many kernel functions (<c>BPF_LINK_TYPE_KPROBE_MULTI</c>, since Linux 5.18).</summary>
    KprobeMulti = 8,

    /// <summary>A struct_ops map (<c>BPF_LINK_TYPE_STRUCT_OPS</c>, since Linux 6.4).</summary>
    StructOps = 9,

    /// <summary>Netfilter hook (<c>BPF_LINK_TYPE_NETFILTER</c>, since Linux 6.4).</summary>
    Netfilter = 10,

    /// <summary>Network device, traffic control (<c>BPF_LINK_TYPE_TCX</c>, since Linux 6.6).</summary>
    Tcx = 11,

    /// <summary>Many user-space functions of one file (<c>BPF_LINK_TYPE_UPROBE_MULTI</c>, since Linux 6.6).</summary>
    UprobeMulti = 12,

    /// <summary>Pair of netkit devices (<c>BPF_LINK_TYPE_NETKIT</c>, since Linux 6.7).</summary>
    Netkit = 13,

    /// <summary>Socket map (<c>BPF_LINK_TYPE_SOCKMAP</c>, since Linux 6.10).</summary>
    SockMap = 14,

    /// <summary>Many kernel functions, typed (<c>BPF_LINK_TYPE_TRACING_MULTI</c>, since Linux 7.2).</summary>
    TracingMulti = 15,
}
