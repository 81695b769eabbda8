using Ebpf.Linux;

namespace Ebpf;

// The kinds of link that are attached to a thing: an interface, a cgroup, a namespace, a map.

/// <summary>What the kernel knows about a link of an XDP program.</summary>
public sealed record XdpLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of an XDP program.</summary>
    public XdpLinkInfo() => Type = LinkType.Xdp;

    /// <summary>
    /// Gets the index of the network interface, in the network namespace that has it; 0 if the link is detached. The kernel does not tell
    /// the mode.
    /// </summary>
    public int? InterfaceIndex { get; init; }

    /// <inheritdoc/>
    public override bool? IsDetached => InterfaceIndex is { } index ? index == 0 : null;
}

/// <summary>What the kernel knows about a tcx link.</summary>
public sealed record TcxLinkInfo : LinkInfo
{
    /// <summary>Creates information about a tcx link.</summary>
    public TcxLinkInfo() => Type = LinkType.Tcx;

    /// <summary>Gets the index of the network interface, in the network namespace that has it; 0 if the link is detached.</summary>
    public int? InterfaceIndex { get; init; }

    /// <summary>Gets the direction: <see cref="AttachType.TcxIngress"/> or <see cref="AttachType.TcxEgress"/>.</summary>
    public AttachType? AttachType { get; init; }

    /// <inheritdoc/>
    public override bool? IsDetached => InterfaceIndex is { } index ? index == 0 : null;
}

/// <summary>What the kernel knows about a netkit link.</summary>
public sealed record NetkitLinkInfo : LinkInfo
{
    /// <summary>Creates information about a netkit link.</summary>
    public NetkitLinkInfo() => Type = LinkType.Netkit;

    /// <summary>Gets the index of the primary device, in the network namespace that has it; 0 if the link is detached.</summary>
    public int? InterfaceIndex { get; init; }

    /// <summary>Gets the device of the pair: <see cref="AttachType.NetkitPrimary"/> or <see cref="AttachType.NetkitPeer"/>.</summary>
    public AttachType? AttachType { get; init; }

    /// <inheritdoc/>
    public override bool? IsDetached => InterfaceIndex is { } index ? index == 0 : null;
}

/// <summary>What the kernel knows about a link of a cgroup.</summary>
public sealed record CgroupLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of a cgroup.</summary>
    public CgroupLinkInfo() => Type = LinkType.Cgroup;

    /// <summary>
    /// Gets the id of the cgroup, which is the inode number of its directory in cgroup2; 0 if the link is detached.
    /// </summary>
    public ulong? CgroupId { get; init; }

    /// <summary>Gets the hook.</summary>
    public AttachType? AttachType { get; init; }

    /// <inheritdoc/>
    public override bool? IsDetached => CgroupId is { } id ? id == 0 : null;
}

/// <summary>What the kernel knows about a link of a network namespace: of a flow dissector or an sk_lookup program.</summary>
public sealed record NetworkNamespaceLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of a network namespace.</summary>
    public NetworkNamespaceLinkInfo() => Type = LinkType.Netns;

    /// <summary>
    /// Gets the inode number of the namespace, which <c>/proc/PID/ns/net</c> shows; 0 if the link is detached.
    /// </summary>
    public uint? NamespaceInode { get; init; }

    /// <summary>Gets the hook: <see cref="AttachType.FlowDissector"/> or <see cref="AttachType.SkLookup"/>.</summary>
    public AttachType? AttachType { get; init; }

    /// <inheritdoc/>
    public override bool? IsDetached => NamespaceInode is { } inode ? inode == 0 : null;
}

/// <summary>What the kernel knows about a link of a socket map. Since Linux 6.10.</summary>
public sealed record SockMapLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of a socket map.</summary>
    public SockMapLinkInfo() => Type = LinkType.SockMap;

    /// <summary>Gets the id of the map; 0 if the link is detached.</summary>
    public uint? MapId { get; init; }

    /// <summary>Gets the hook: that of messages, of the parser, or of a verdict.</summary>
    public AttachType? AttachType { get; init; }

    /// <inheritdoc/>
    public override bool? IsDetached => MapId is { } id ? id == 0 : null;
}

/// <summary>What the kernel knows about the link of a struct_ops map. Since Linux 6.4.</summary>
public sealed record StructOpsLinkInfo : LinkInfo
{
    /// <summary>Creates information about the link of a struct_ops map.</summary>
    public StructOpsLinkInfo() => Type = LinkType.StructOps;

    /// <summary>Gets the id of the map; 0 if the link is detached.</summary>
    public uint? MapId { get; init; }

    /// <inheritdoc/>
    public override bool? IsDetached => MapId is { } id ? id == 0 : null;
}

/// <summary>What the kernel knows about a link of a netfilter program. Since Linux 6.4.</summary>
public sealed record NetfilterLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of a netfilter program.</summary>
    public NetfilterLinkInfo() => Type = LinkType.Netfilter;

    /// <summary>Gets the protocol family: 2 for IPv4, 10 for IPv6 (<c>NFPROTO_…</c>).</summary>
    public uint? ProtocolFamily { get; init; }

    /// <summary>Gets the hook, from 0 for before routing to 4 for after it (<c>NF_INET_…</c>).</summary>
    public uint? Hook { get; init; }

    /// <summary>Gets the priority: hooks with lower ones run earlier.</summary>
    public int? Priority { get; init; }

    /// <summary>Gets whether the kernel puts fragments of packets together before the program runs. Since Linux 6.11.</summary>
    public bool? Defragments { get; init; }
}
