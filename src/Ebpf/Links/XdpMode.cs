namespace Ebpf.Links;

/// <summary>Where on the way of a packet an XDP program runs.</summary>
public enum XdpMode : uint
{
    /// <summary>
    /// In the driver if it knows XDP, else in the kernel's generic code. A driver that knows XDP but refuses the program
    /// (its size of packets, its queues) makes attaching fail: the kernel does not fall back then.
    /// </summary>
    Default = 0,

    /// <summary>In the kernel's generic code, after it made a socket buffer: slower, on every interface.</summary>
    Generic = 1 << 1,

    /// <summary>In the driver, before a socket buffer is made; refused where the driver cannot.</summary>
    Driver = 1 << 2,

    /// <summary>On the network card; refused where the card cannot.</summary>
    Offload = 1 << 3,
}
