using System.Runtime.InteropServices;

namespace PacketCounter;

/// <summary>One counter: <c>struct traffic</c> of packet_counter.bpf.c, field by field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Traffic
{
    public ulong Packets;
    public ulong Bytes;

    public static Traffic operator +(Traffic left, Traffic right) =>
        new() { Packets = left.Packets + right.Packets, Bytes = left.Bytes + right.Bytes };
}
