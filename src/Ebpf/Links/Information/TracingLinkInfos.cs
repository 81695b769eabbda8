using Ebpf.Btf;

namespace Ebpf;

/// <summary>What the kernel knows about a link of a program on a raw tracepoint, or of a BTF tracepoint.</summary>
public sealed record RawTracepointLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of a raw tracepoint.</summary>
    public RawTracepointLinkInfo() => Type = LinkType.RawTracepoint;

    /// <summary>Gets the name of the tracepoint, without its category.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the cookie; 0 for none. Since Linux 6.16.</summary>
    public ulong? Cookie { get; init; }
}

/// <summary>
/// What the kernel knows about a link of a tracing program (<c>fentry</c>, <c>fexit</c>, <c>fmod_ret</c>, <c>fsession</c>), an LSM program or
/// an extension (<c>freplace</c>).
/// </summary>
public sealed record TracingLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of a tracing program.</summary>
    public TracingLinkInfo() => Type = LinkType.Tracing;

    /// <summary>Gets the way of attaching; <see cref="AttachType.CgroupInetIngress"/>, which is 0, for an extension.</summary>
    public AttachType? AttachType { get; init; }

    /// <summary>
    /// Gets the id of the program whose function is the target, if it belongs to a program; otherwise the id of the BTF of the kernel or of the
    /// module. Since Linux 5.13.
    /// </summary>
    public uint? TargetObjectId { get; init; }

    /// <summary>Gets the id of the target's type in its BTF. Since Linux 5.13.</summary>
    public BtfTypeId? TargetTypeId { get; init; }

    /// <summary>Gets the cookie; 0 for none. Since Linux 6.16.</summary>
    public ulong? Cookie { get; init; }
}

/// <summary>What the kernel knows about a link of a tracing program on many functions. Since Linux 7.2.</summary>
public sealed record TracingMultiLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of a tracing program on many functions.</summary>
    public TracingMultiLinkInfo() => Type = LinkType.TracingMulti;

    /// <summary>Gets the way of attaching.</summary>
    public AttachType? AttachType { get; init; }

    /// <summary>Gets the id of the BTF that holds the functions.</summary>
    public uint? BtfId { get; init; }

    /// <summary>Gets the functions, in the order in which the kernel lists them.</summary>
    public IReadOnlyList<TracingMultiFunction>? Functions { get; init; }
}

/// <summary>A function of a <see cref="TracingMultiLinkInfo"/>.</summary>
public sealed record TracingMultiFunction
{
    /// <summary>Gets the id of its type in the BTF <see cref="TracingMultiLinkInfo.BtfId"/>.</summary>
    public BtfTypeId TypeId { get; init; }

    /// <summary>Gets its address; <c>null</c> if the kernel hides it from this process.</summary>
    public ulong? Address { get; init; }

    /// <summary>Gets its cookie; 0 for none.</summary>
    public ulong? Cookie { get; init; }
}

/// <summary>What the kernel knows about a link of an iterator whose kind has no parameters, or is not known to this library.</summary>
public record IteratorLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of an iterator.</summary>
    public IteratorLinkInfo() => Type = LinkType.Iter;

    /// <summary>Gets what is iterated over, as the kernel calls it: <c>task</c>, <c>bpf_map_elem</c>.</summary>
    public string? Target { get; init; }
}

/// <summary>What the kernel knows about a link of an iterator over the elements of a map.</summary>
public sealed record MapIteratorLinkInfo : IteratorLinkInfo
{
    /// <summary>Gets the id of the map.</summary>
    public uint? MapId { get; init; }
}

/// <summary>What the kernel knows about a link of an iterator over cgroups. Since Linux 6.1.</summary>
public sealed record CgroupIteratorLinkInfo : IteratorLinkInfo
{
    /// <summary>Gets the id of the cgroup at which it begins.</summary>
    public ulong? CgroupId { get; init; }

    /// <summary>
    /// Gets the order (<c>enum bpf_cgroup_iter_order</c>): 1 for this cgroup alone, 2 for those below it from the top, 3 from the bottom, 4 for
    /// those above it.
    /// </summary>
    public uint? Order { get; init; }
}

/// <summary>What the kernel knows about a link of an iterator over tasks, their files or their memory.</summary>
public sealed record TaskIteratorLinkInfo : IteratorLinkInfo
{
    /// <summary>Gets the id of the one thread that it visits; 0 if it is bound to none.</summary>
    public int? ThreadId { get; init; }

    /// <summary>Gets the id of the one process whose threads it visits; 0 if it is bound to none.</summary>
    public int? ProcessId { get; init; }
}
