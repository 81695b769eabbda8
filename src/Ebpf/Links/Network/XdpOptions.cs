namespace Ebpf;

/// <summary>Options for attaching an XDP program (<see cref="BpfProgram.AttachXdp(string, XdpOptions?)"/>).</summary>
public sealed record XdpOptions
{
    /// <summary>Gets where on the way of a packet the program runs. The default is <see cref="XdpMode.Default"/>.</summary>
    public XdpMode Mode { get; init; }

    /// <summary>
    /// Gets whether the program is attached in <see cref="XdpMode.Generic"/> mode where the driver does not support XDP (EOPNOTSUPP) or
    /// refuses the program as things are: the MTU is too large (ERANGE, EINVAL), there are too few queues (ENOSPC), the other end of a pair
    /// is missing (ENOTCONN). Never because another program is attached. <see cref="BpfLink.Description"/> and <see cref="XdpPrograms"/> tell
    /// the mode that it became. The default is <see langword="false"/>.
    /// </summary>
    public bool GenericIfRefused { get; init; }

    /// <summary>
    /// Gets the program that is attached now without a link, and is replaced in one step: no packet passes without one of the two. If
    /// another one is attached, the kernel refuses. A link cannot take over such a place, so the new program is attached without a link as
    /// well, as with <see cref="WithoutLink"/>. Where there is a link, use <see cref="BpfLink.Update(BpfProgram, BpfProgram?)"/>. Since Linux 5.7. The default is
    /// <c>null</c>: no program may be attached.
    /// </summary>
    public BpfProgram? Replaces { get; init; }

    /// <summary>
    /// Gets whether the program is attached by a message to the kernel (netlink), as <c>ip link set … xdp</c> does it, and not by a link. Then
    /// it stays attached when the process ends without disposing the <see cref="BpfLink"/>, everybody with CAP_NET_ADMIN can take it
    /// away, and it cannot be pinned. On kernels before 5.9, which have no links for XDP, that is done in any case. The default is
    /// <see langword="false"/>.
    /// </summary>
    public bool WithoutLink { get; init; }

    /// <summary>Gets the network namespace of the interface. The default is <c>null</c>: that of the calling thread.</summary>
    public NetworkNamespace? NetworkNamespace { get; init; }
}

/// <summary>Where on the way of a packet an XDP program runs.</summary>
public enum XdpMode : uint
{
    /// <summary>
    /// In the driver if it supports XDP, otherwise in the kernel's generic code. A driver that supports XDP but refuses the program
    /// (because of the MTU or the number of queues) makes attaching fail: the kernel does not fall back then. See
    /// <see cref="XdpOptions.GenericIfRefused"/>.
    /// </summary>
    Default = 0,

    /// <summary>In the kernel's generic code, after a socket buffer was made: slower, on every interface.</summary>
    Generic = 1 << 1,

    /// <summary>In the driver, before a socket buffer is made; refused if the driver does not support it.</summary>
    Driver = 1 << 2,

    /// <summary>On the network card; refused if the card does not support it.</summary>
    Offload = 1 << 3,
}
