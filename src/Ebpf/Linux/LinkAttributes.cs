using System.Runtime.InteropServices;

namespace Ebpf.Linux;

// The members of union bpf_attr for links; see MapAttributes.cs.

/// <summary>BPF_LINK_CREATE. What the kinds of link have of their own lies in one place, from byte 16.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct LinkCreateAttr
{
    /// <summary>The program; the map of a struct_ops link.</summary>
    [FieldOffset(0)]
    public int Program;

    /// <summary>A descriptor, or the index of a network interface.</summary>
    [FieldOffset(4)]
    public int Target;

    [FieldOffset(8)]
    public AttachType AttachType;

    [FieldOffset(12)]
    public uint Flags;

    [FieldOffset(16)]
    public IteratorLinkAttr Iterator;

    [FieldOffset(16)]
    public PerfEventLinkAttr PerfEvent;

    [FieldOffset(16)]
    public KprobeMultiLinkAttr KprobeMulti;

    [FieldOffset(16)]
    public TracingLinkAttr Tracing;

    [FieldOffset(16)]
    public NetfilterLinkAttr Netfilter;

    [FieldOffset(16)]
    public OrderedLinkAttr Ordered;

    [FieldOffset(16)]
    public UprobeMultiLinkAttr UprobeMulti;

    [FieldOffset(16)]
    public TracingMultiLinkAttr TracingMulti;
}

/// <summary>An iterator.</summary>
internal unsafe struct IteratorLinkAttr
{
    /// <summary><c>union bpf_iter_link_info</c>.</summary>
    public void* Info;

    public uint InfoSize;
    public uint Padding;
}

/// <summary>A perf event: kprobe, uprobe, tracepoint, sampling.</summary>
internal struct PerfEventLinkAttr
{
    public ulong Cookie;
}

/// <summary>Many kprobes at once.</summary>
internal unsafe struct KprobeMultiLinkAttr
{
    public uint Flags;
    public uint Count;
    public byte** Symbols;
    public ulong* Addresses;
    public ulong* Cookies;
}

/// <summary>fentry, fexit, fmod_ret, LSM, freplace, tp_btf.</summary>
internal struct TracingLinkAttr
{
    public uint TargetBtfId;
    public uint Padding;
    public ulong Cookie;
}

/// <summary>Netfilter.</summary>
internal struct NetfilterLinkAttr
{
    public uint ProtocolFamily;
    public uint Hook;
    public int Priority;
    public uint Flags;
}

/// <summary>The kinds of link that stand in an order: tcx, netkit, cgroup.</summary>
internal struct OrderedLinkAttr
{
    /// <summary>The descriptor or the id of the program or link beside which to stand.</summary>
    public int Relative;

    public uint Padding;
    public ulong ExpectedRevision;
}

/// <summary>Many uprobes at once.</summary>
internal unsafe struct UprobeMultiLinkAttr
{
    public byte* Path;
    public ulong* Offsets;
    public ulong* ReferenceCounterOffsets;
    public ulong* Cookies;
    public uint Count;
    public uint Flags;
    public uint Process;

    /// <summary>A descriptor of the file, with the flag for it: since Linux 7.2.</summary>
    public int PathDescriptor;
}

/// <summary>fentry, fexit and fsession of many functions at once: since Linux 7.2.</summary>
internal unsafe struct TracingMultiLinkAttr
{
    public uint* BtfIds;
    public ulong* Cookies;
    public uint Count;
    public uint Padding;
}

/// <summary>BPF_LINK_UPDATE: another program, or another map of a struct_ops link.</summary>
internal struct LinkUpdateAttr
{
    public int Link;
    public int New;
    public uint Flags;
    public int Old;
}

/// <summary>BPF_LINK_DETACH.</summary>
internal struct LinkDetachAttr
{
    public int Link;
}

/// <summary>BPF_ITER_CREATE.</summary>
internal struct IteratorCreateAttr
{
    public int Link;
    public uint Flags;
}

/// <summary>BPF_RAW_TRACEPOINT_OPEN.</summary>
internal unsafe struct RawTracepointAttr
{
    /// <summary>Text that ends with a zero; null for a program that knows its target (tp_btf, fentry, LSM).</summary>
    public byte* Name;

    public int Program;
    public uint Padding;
    public ulong Cookie;
}

/// <summary>BPF_TASK_FD_QUERY.</summary>
internal unsafe struct TaskDescriptorQueryAttr
{
    public int Process;
    public int Descriptor;
    public uint Flags;
    public uint BufferSize;
    public byte* Buffer;
    public uint ProgramId;
    public uint Kind;
    public ulong ProbeOffset;
    public ulong ProbeAddress;
}
