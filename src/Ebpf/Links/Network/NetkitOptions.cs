namespace Ebpf;

/// <summary>Options for attaching a program to a pair of netkit devices (<see cref="BpfProgram.AttachNetkit(string, NetkitDevice?, NetkitOptions?)"/>).</summary>
public sealed record NetkitOptions
{
    /// <summary>Gets the place among the programs of the device. The default is <c>null</c>: the last place.</summary>
    public LinkAnchor? Anchor { get; init; }

    /// <summary>Gets the network namespace of the primary device. The default is <c>null</c>: that of the calling thread.</summary>
    public NetworkNamespace? NetworkNamespace { get; init; }
}

/// <summary>The devices of a netkit pair. A program sees the packets that its device sends.</summary>
public enum NetkitDevice
{
    /// <summary>The primary device, which usually stays with the host.</summary>
    Primary,

    /// <summary>Its peer, which usually is in a container.</summary>
    Peer,
}
