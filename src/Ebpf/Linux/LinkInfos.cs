using System.Runtime.InteropServices;

namespace Ebpf.Linux;

// What BPF_OBJ_GET_INFO_BY_FD fills about links; see ObjectInfos.cs. Pointers and lengths go in: both, or neither.

/// <summary><c>struct bpf_link_info</c>: what all kinds of link have, and what each has of its own from byte 16.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelLinkInfo
{
    /// <summary>The size in Linux 7.2.</summary>
    public const int Size = 64;

    [FieldOffset(0)]
    public LinkInfoHeader Header;

    [FieldOffset(16)]
    public RawTracepointLinkPart RawTracepoint;

    [FieldOffset(16)]
    public TracingLinkPart Tracing;

    [FieldOffset(16)]
    public CgroupLinkPart Cgroup;

    [FieldOffset(16)]
    public IteratorLinkPart Iterator;

    [FieldOffset(16)]
    public NetfilterLinkPart Netfilter;

    /// <summary>The kinds that have two numbers: XDP, tcx, netkit, network namespace, socket map, struct_ops.</summary>
    [FieldOffset(16)]
    public PlaceLinkPart Place;

    [FieldOffset(16)]
    public KprobeMultiLinkPart KprobeMulti;

    [FieldOffset(16)]
    public UprobeMultiLinkPart UprobeMulti;

    [FieldOffset(16)]
    public TracingMultiLinkPart TracingMulti;

    [FieldOffset(16)]
    public PerfEventLinkPart PerfEvent;
}

internal struct LinkInfoHeader
{
    public LinkType Type;
    public uint Id;
    public uint ProgramId;
    public uint Padding;
}

internal unsafe struct RawTracepointLinkPart
{
    public byte* Name;
    public uint NameSize;
    public uint Padding;

    /// <summary>Since Linux 6.16.</summary>
    public ulong Cookie;
}

internal struct TracingLinkPart
{
    public AttachType AttachType;

    /// <summary>The program of an freplace link, otherwise the BTF object. Since Linux 5.13.</summary>
    public uint TargetObject;

    /// <summary>Since Linux 5.13.</summary>
    public uint TargetType;

    public uint Padding;

    /// <summary>Since Linux 6.16.</summary>
    public ulong Cookie;
}

internal struct CgroupLinkPart
{
    public ulong Cgroup;
    public AttachType AttachType;
    public uint Padding;
}

internal unsafe struct IteratorLinkPart
{
    public byte* Name;
    public uint NameSize;
    public uint Map;

    /// <summary>The lower half of the id of a cgroup, or the id of a thread.</summary>
    public uint CgroupLowOrThread;

    /// <summary>The upper half of the id of a cgroup, or the id of a process.</summary>
    public uint CgroupHighOrProcess;

    public uint CgroupOrder;
    public uint Padding;
}

internal struct NetfilterLinkPart
{
    public uint ProtocolFamily;
    public uint Hook;
    public int Priority;
    public uint Flags;
}

internal struct PlaceLinkPart
{
    /// <summary>The index of an interface, the inode number of a namespace, or the id of a map.</summary>
    public uint Place;

    public AttachType AttachType;
}

internal unsafe struct KprobeMultiLinkPart
{
    public ulong* Addresses;
    public uint Count;
    public uint Flags;

    /// <summary>Since Linux 6.7.</summary>
    public ulong Missed;

    /// <summary>Since Linux 6.9.</summary>
    public ulong* Cookies;
}

internal unsafe struct UprobeMultiLinkPart
{
    public byte* Path;
    public ulong* Offsets;
    public ulong* ReferenceCounterOffsets;
    public ulong* Cookies;
    public uint PathSize;
    public uint Count;
    public uint Flags;
    public uint Process;
}

internal unsafe struct TracingMultiLinkPart
{
    public AttachType AttachType;
    public uint Count;
    public uint BtfObject;
    public uint Padding;
    public uint* Types;
    public ulong* Addresses;
    public ulong* Cookies;
}

/// <summary>A perf event; what follows the kind depends on it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal unsafe struct PerfEventLinkPart
{
    /// <summary><c>enum bpf_perf_event_type</c>.</summary>
    [FieldOffset(0)]
    public PerfEventLinkKind Kind;

    [FieldOffset(4)]
    public uint Padding;

    /// <summary>The file, the function or the tracepoint.</summary>
    [FieldOffset(8)]
    public byte* Name;

    [FieldOffset(16)]
    public uint NameSize;

    [FieldOffset(20)]
    public uint Offset;

    /// <summary>Since Linux 6.9.</summary>
    [FieldOffset(24)]
    public ulong UprobeCookie;

    /// <summary>Since Linux 6.16.</summary>
    [FieldOffset(32)]
    public ulong UprobeReferenceCounterOffset;

    [FieldOffset(24)]
    public ulong KprobeAddress;

    /// <summary>Since Linux 6.7.</summary>
    [FieldOffset(32)]
    public ulong KprobeMissed;

    /// <summary>Since Linux 6.9.</summary>
    [FieldOffset(40)]
    public ulong KprobeCookie;

    /// <summary>Since Linux 6.9.</summary>
    [FieldOffset(24)]
    public ulong TracepointCookie;

    [FieldOffset(8)]
    public ulong EventConfig;

    [FieldOffset(16)]
    public uint EventType;

    /// <summary>Since Linux 6.9.</summary>
    [FieldOffset(24)]
    public ulong EventCookie;
}

/// <summary><c>enum bpf_perf_event_type</c>.</summary>
internal enum PerfEventLinkKind : uint
{
    Unspecified = 0,
    Uprobe = 1,
    Uretprobe = 2,
    Kprobe = 3,
    Kretprobe = 4,
    Tracepoint = 5,
    Event = 6,
}
