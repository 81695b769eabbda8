namespace PacketCounter;

/// <summary>
/// What a counter counts, and its index in the map: the protocols inside IP by the number that IP gives them (0 to 255),
/// then what <c>enum protocol</c> of packet_counter.bpf.c adds.
/// </summary>
internal enum Protocol : uint
{
    Icmp = 1,
    Tcp = 6,
    Udp = 17,
    IcmpV6 = 58,
    Arp = 256,
    Other,
    Malformed,
}

internal static class ProtocolNames
{
    /// <summary>The name under which people know the protocol.</summary>
    public static string GetName(this Protocol protocol) => (uint)protocol switch
    {
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPv4 in IP",
        6 => "TCP",
        17 => "UDP",
        41 => "IPv6 in IP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "ICMPv6",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        132 => "SCTP",
        256 => "ARP",
        257 => "other",
        258 => "malformed",
        uint number => $"protocol {number}",
    };
}
