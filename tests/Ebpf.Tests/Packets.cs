using System.Buffers.Binary;

namespace Ebpf.Tests;

/// <summary>Packets to run programs on.</summary>
internal static class Packets
{
    public const uint TcpProtocol = 6;
    public const uint UdpProtocol = 17;

    public static byte[] Udp(int payload = 18) => Ipv4(UdpProtocol, 8 + payload);

    public static byte[] Tcp(int payload = 6) => Ipv4(TcpProtocol, 20 + payload);

    private static byte[] Ipv4(uint protocol, int length)
    {
        const int ethernet = 14, ip = 20;
        byte[] packet = new byte[ethernet + ip + length];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x0800);
        packet[ethernet] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ethernet + 2), (ushort)(ip + length));
        packet[ethernet + 8] = 64;
        packet[ethernet + 9] = (byte)protocol;
        ((ReadOnlySpan<byte>)[192, 0, 2, 1]).CopyTo(packet.AsSpan(ethernet + 12));
        ((ReadOnlySpan<byte>)[192, 0, 2, 2]).CopyTo(packet.AsSpan(ethernet + 16));
        return packet;
    }
}
