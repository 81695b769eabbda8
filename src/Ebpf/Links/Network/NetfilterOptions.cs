namespace Ebpf;

/// <summary>Options for attaching a netfilter program (<see cref="BpfProgram.AttachNetfilter"/>).</summary>
public sealed record NetfilterOptions
{
    /// <summary>
    /// Gets the priority: hooks with lower ones run earlier. No two programs can have the same one at the same hook, and neither the lowest nor
    /// the highest possible one is allowed. <see cref="NetfilterPriority"/> has those of the kernel's own hooks. The default is
    /// <see cref="NetfilterPriority.Filter"/>, 0.
    /// </summary>
    public int Priority { get; init; } = NetfilterPriority.Filter;

    /// <summary>
    /// Gets whether the kernel puts fragments of packets together before the program runs. Takes a priority above
    /// <see cref="NetfilterPriority.ConntrackDefrag"/>, and Linux 6.6. The default is <see langword="false"/>.
    /// </summary>
    public bool Defragment { get; init; }

    /// <summary>Gets the network namespace whose packets the program sees. The default is <c>null</c>: that of the calling thread.</summary>
    public NetworkNamespace? NetworkNamespace { get; init; }
}

/// <summary>The protocol of the packets that a netfilter program sees (<c>NFPROTO_…</c>).</summary>
public enum NetfilterFamily
{
    /// <summary>IPv4.</summary>
    IPv4 = 2,

    /// <summary>IPv6.</summary>
    IPv6 = 10,
}

/// <summary>Where on the way of a packet a netfilter program runs (<c>NF_INET_…</c>).</summary>
public enum NetfilterHook
{
    /// <summary>After a packet has arrived, before it is known where it goes.</summary>
    PreRouting = 0,

    /// <summary>Before a packet is given to a process of this machine.</summary>
    LocalIn = 1,

    /// <summary>Between two interfaces, for packets that are passed on.</summary>
    Forward = 2,

    /// <summary>After a process of this machine has sent a packet.</summary>
    LocalOut = 3,

    /// <summary>Before a packet leaves.</summary>
    PostRouting = 4,
}

/// <summary>The priorities of the kernel's own hooks (<c>NF_IP_PRI_…</c>), among which programs take theirs.</summary>
public static class NetfilterPriority
{
    /// <summary>The putting together of fragments for connection tracking.</summary>
    public const int ConntrackDefrag = -400;

    /// <summary>The table <c>raw</c>.</summary>
    public const int Raw = -300;

    /// <summary>SELinux, before connection tracking.</summary>
    public const int SelinuxFirst = -225;

    /// <summary>Connection tracking.</summary>
    public const int Conntrack = -200;

    /// <summary>The table <c>mangle</c>.</summary>
    public const int Mangle = -150;

    /// <summary>The translation of destination addresses.</summary>
    public const int NatDestination = -100;

    /// <summary>The table <c>filter</c>.</summary>
    public const int Filter = 0;

    /// <summary>The table <c>security</c>.</summary>
    public const int Security = 50;

    /// <summary>The translation of source addresses.</summary>
    public const int NatSource = 100;

    /// <summary>SELinux, at the end.</summary>
    public const int SelinuxLast = 225;

    /// <summary>The helpers of connection tracking.</summary>
    public const int ConntrackHelper = 300;
}
