using System.Globalization;

namespace PacketCounter.Demo;

/// <summary>What the kernel says a network namespace has sent since it was made.</summary>
internal sealed class KernelStatistics
{
    private readonly Dictionary<string, ulong> _values = [];

    /// <summary>Reads the statistics of the namespace in which a process lives.</summary>
    public KernelStatistics(int processId)
    {
        AddTable($"/proc/{processId}/net/snmp");
        AddTable($"/proc/{processId}/net/netstat");
        string ipv6 = $"/proc/{processId}/net/snmp6";
        if (File.Exists(ipv6)) AddList(ipv6);
    }

    public ulong Udp => _values["UdpOutDatagrams"] + _values.GetValueOrDefault("Udp6OutDatagrams");

    /// <summary>Segments of TCP, over IPv4 and IPv6; the kernel counts those that it sends again apart.</summary>
    public ulong Tcp => _values["TcpOutSegs"] + _values["TcpRetransSegs"];

    public ulong Icmp => _values["IcmpOutMsgs"];

    /// <summary>With neighbor solicitations and multicast reports, which the kernel sends of its own accord.</summary>
    public ulong IcmpV6 => _values.GetValueOrDefault("Icmp6OutMsgs");

    public ulong EchoV6 => _values.GetValueOrDefault("Icmp6OutEchos");

    /// <summary>The bytes of all IP packets, from the header of IP on.</summary>
    public ulong IpBytes => _values["IpExtOutOctets"] + _values.GetValueOrDefault("Ip6OutOctets");

    /// <summary>Pairs of lines: <c>Udp: InDatagrams OutDatagrams</c>, then <c>Udp: 12 34</c>.</summary>
    private void AddTable(string path)
    {
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i + 1 < lines.Length; i += 2)
        {
            string[] names = lines[i].Split(' ');
            string[] values = lines[i + 1].Split(' ');
            for (int column = 1; column < names.Length; column++)
            {
                // Some, like the largest number of connections, can be negative.
                if (ulong.TryParse(values[column], CultureInfo.InvariantCulture, out ulong value))
                    _values[names[0].TrimEnd(':') + names[column]] = value;
            }
        }
    }

    /// <summary>A value a line: <c>Udp6OutDatagrams   34</c>.</summary>
    private void AddList(string path)
    {
        foreach (string line in File.ReadLines(path))
        {
            string[] words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            _values[words[0]] = ulong.Parse(words[1], CultureInfo.InvariantCulture);
        }
    }
}
