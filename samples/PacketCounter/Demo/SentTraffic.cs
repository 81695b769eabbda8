using System.Globalization;

namespace PacketCounter.Demo;

/// <summary>What the sending half knows that it sent.</summary>
/// <param name="Udp">Datagrams.</param>
/// <param name="Echo">Echo requests of ICMP.</param>
/// <param name="EchoV6">Echo requests of ICMPv6.</param>
/// <param name="Connections">Connections of TCP. Into how many packets they went, only the kernel knows.</param>
internal readonly record struct SentTraffic(uint Udp = 0, uint Echo = 0, uint EchoV6 = 0, uint Connections = 0)
{
    public static SentTraffic operator +(SentTraffic left, SentTraffic right) => new(
        left.Udp + right.Udp, left.Echo + right.Echo, left.EchoV6 + right.EchoV6, left.Connections + right.Connections);

    /// <summary>A line from which <see cref="Parse"/> makes the same again.</summary>
    public string Format() => $"{Udp} {Echo} {EchoV6} {Connections}";

    public static SentTraffic Parse(string line)
    {
        uint[] numbers = [.. line.Split(' ').Select(number => uint.Parse(number, CultureInfo.InvariantCulture))];
        return new SentTraffic(numbers[0], numbers[1], numbers[2], numbers[3]);
    }
}
