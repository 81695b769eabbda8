namespace PacketCounter.Demo;

/// <summary>Holds what was counted against two independent accounts of what was sent.</summary>
internal sealed class Verdict
{
    private const int EthernetHeaderSize = 14;

    private readonly List<string> _mismatches = [];
    private readonly string _counted;

    /// <param name="counted">What the BPF program counted.</param>
    /// <param name="kernel">What the kernel of the sending namespace says that it sent.</param>
    /// <param name="sender">What the sending half knows that it sent.</param>
    public Verdict(Snapshot counted, KernelStatistics kernel, SentTraffic sender)
    {
        Traffic udp = counted[Protocol.Udp], tcp = counted[Protocol.Tcp];
        Traffic icmp = counted[Protocol.Icmp], icmpV6 = counted[Protocol.IcmpV6];
        Traffic arp = counted[Protocol.Arp], ip = udp + tcp + icmp + icmpV6;
        ulong ipBytes = ip.Bytes - EthernetHeaderSize * ip.Packets;

        Check("UDP packets", udp.Packets, kernel.Udp, sender.Udp);
        Check("TCP packets", tcp.Packets, kernel.Tcp);
        Check("ICMP packets", icmp.Packets, kernel.Icmp, sender.Echo);
        // Beside echo requests, the kernel sends neighbor solicitations and multicast reports.
        Check("ICMPv6 packets", icmpV6.Packets, kernel.IcmpV6, sender.EchoV6 + (kernel.IcmpV6 - kernel.EchoV6));
        Check("bytes of IP", ipBytes, kernel.IpBytes);
        Check("packets of other protocols", counted.Total.Packets - ip.Packets - arp.Packets, 0);

        _counted =
            $"{udp.Packets} UDP, {tcp.Packets} TCP, {icmp.Packets} ICMP, {icmpV6.Packets} ICMPv6 packets";
    }

    /// <summary>Whether every count is exactly what was sent.</summary>
    public bool IsExact => _mismatches.Count == 0;

    /// <summary>One line if all is well; else one for each number that is wrong.</summary>
    public override string ToString() =>
        IsExact ? $"demo: counted {_counted}, exactly what was sent" : string.Join('\n', _mismatches);

    private void Check(string what, ulong counted, ulong kernel, ulong? sender = null)
    {
        if (counted == kernel && counted == (sender ?? kernel)) return;

        string mismatch = $"demo: FAILED: counted {counted} {what}, but the sending kernel says {kernel}";
        _mismatches.Add(sender is null ? mismatch : $"{mismatch}, the sending program {sender}");
    }
}
