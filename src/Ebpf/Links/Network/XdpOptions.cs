namespace Ebpf;

/// <summary>Options for attaching an XDP program (<see cref="BpfProgram.AttachXdp(string, XdpOptions?)"/>).</summary>
public sealed record XdpOptions
{
    /// <summary>Gets where on the way of a packet the program runs. The default is <see cref="XdpMode.Default"/>.</summary>
    public XdpMode Mode { get; init; }
}

/// <summary>Where on the way of a packet an XDP program runs.</summary>
public enum XdpMode : uint
{
    /// <summary>
    /// In the driver if it supports XDP, otherwise in the kernel's generic code. A driver that supports XDP but refuses the program
    /// (because of the MTU or the number of queues) makes attaching fail: the kernel does not fall back then.
    /// </summary>
    Default = 0,

    /// <summary>In the kernel's generic code, after a socket buffer was made: slower, on every interface.</summary>
    Generic = 1 << 1,

    /// <summary>In the driver, before a socket buffer is made; refused if the driver does not support it.</summary>
    Driver = 1 << 2,

    /// <summary>On the network card; refused if the card does not support it.</summary>
    Offload = 1 << 3,
}
