using System.Runtime.CompilerServices;

namespace Ebpf.Linux.Netlink;

/// <summary><c>struct ifinfomsg</c>: which interface.</summary>
internal struct InterfaceHeader
{
    public byte Family;
    public byte Padding;
    public ushort DeviceType;
    public int Index;
    public uint Flags;
    public uint Change;
}

/// <summary>What the kernel tells about an interface, as far as it matters to programs on it.</summary>
internal sealed record InterfaceState
{
    public int Index { get; init; }

    public string Name { get; init; } = "";

    /// <summary>The kind of a virtual interface: <c>veth</c>, <c>bond</c>, <c>vlan</c>; <c>null</c> for hardware.</summary>
    public string? Kind { get; init; }

    public uint Mtu { get; init; }

    public uint TransmitQueues { get; init; }

    public uint ReceiveQueues { get; init; }

    /// <summary>The index of the interface that this one is a part of: a bond, a bridge; 0 for none.</summary>
    public uint Master { get; init; }

    /// <summary>The id of the XDP program in generic mode; 0 for none.</summary>
    public uint GenericProgram { get; init; }

    /// <summary>The id of the XDP program in the driver; 0 for none.</summary>
    public uint DriverProgram { get; init; }

    /// <summary>The id of the XDP program on the card; 0 for none.</summary>
    public uint OffloadedProgram { get; init; }
}

/// <summary>The messages about interfaces: reading their state, setting their XDP program.</summary>
internal static class InterfaceMessages
{
    private const int NameAttribute = 3, MtuAttribute = 4, MasterAttribute = 10, LinkInfoAttribute = 18; // IFLA_*, linux/if_link.h
    private const int ExtendedMaskAttribute = 29, TransmitQueuesAttribute = 31, ReceiveQueuesAttribute = 32, XdpAttribute = 43;
    private const int KindAttribute = 1;                                                                 // IFLA_INFO_KIND
    private const int XdpDescriptor = 1, XdpAttached = 2, XdpFlagBits = 3, XdpProgram = 4;               // IFLA_XDP_*
    private const int XdpDriverProgram = 5, XdpGenericProgram = 6, XdpOffloadedProgram = 7, XdpExpectedDescriptor = 8;

    /// <summary>Asks for the state of one interface.</summary>
    /// <param name="buffer">Where to write.</param>
    /// <param name="index">The index of the interface.</param>
    public static Span<byte> Get(Span<byte> buffer, int index)
    {
        const uint skipStatistics = 1 << 3; // RTEXT_FILTER_SKIP_STATS
        NetlinkWriter writer = new(buffer, NetlinkType.GetLink, NetlinkFlags.Acknowledge);
        writer.Append(new InterfaceHeader { Index = index });
        writer.Attribute(ExtendedMaskAttribute, skipStatistics);
        return writer.Finish();
    }

    /// <summary>Sets or takes away the XDP program of an interface.</summary>
    /// <param name="buffer">Where to write.</param>
    /// <param name="index">The index of the interface.</param>
    /// <param name="program">The descriptor of the program; -1 for none.</param>
    /// <param name="flags">XDP_FLAGS_*: the mode, and what may be there.</param>
    /// <param name="expected">The descriptor of the program that must be there, with the flag for it; <c>null</c> to send none.</param>
    public static Span<byte> SetXdp(Span<byte> buffer, int index, int program, XdpFlags flags, int? expected)
    {
        NetlinkWriter writer = new(buffer, NetlinkType.SetLink, NetlinkFlags.Acknowledge);
        writer.Append(new InterfaceHeader { Index = index });
        int xdp = writer.BeginNested(XdpAttribute);
        writer.Attribute(XdpDescriptor, program);
        writer.Attribute(XdpFlagBits, (uint)flags);
        if (expected is { } descriptor) writer.Attribute(XdpExpectedDescriptor, descriptor);
        writer.EndNested(xdp);
        return writer.Finish();
    }

    /// <summary>Reads the state of an interface.</summary>
    /// <param name="reply">What the kernel answered.</param>
    /// <returns><c>null</c> if it is no such answer.</returns>
    public static InterfaceState? Read(NetlinkReply reply)
    {
        if (reply.Type != NetlinkType.NewLink || reply.Payload.Length < Unsafe.SizeOf<InterfaceHeader>()) return null;
        InterfaceState state = new() { Index = Unsafe.ReadUnaligned<InterfaceHeader>(ref reply.Payload[0]).Index };
        foreach (NetlinkAttribute attribute in NetlinkAttributes.Behind<InterfaceHeader>(reply.Payload))
        {
            state = attribute.Type switch
            {
                NameAttribute => state with { Name = attribute.AsText() },
                MtuAttribute => state with { Mtu = attribute.AsUInt32() ?? 0 },
                MasterAttribute => state with { Master = attribute.AsUInt32() ?? 0 },
                TransmitQueuesAttribute => state with { TransmitQueues = attribute.AsUInt32() ?? 0 },
                ReceiveQueuesAttribute => state with { ReceiveQueues = attribute.AsUInt32() ?? 0 },
                LinkInfoAttribute => state with { Kind = ReadKind(attribute) },
                XdpAttribute => ReadXdp(state, attribute),
                _ => state,
            };
        }

        return state;
    }

    private static string? ReadKind(in NetlinkAttribute information)
    {
        foreach (NetlinkAttribute attribute in information.Nested)
        {
            if (attribute.Type == KindAttribute) return attribute.AsText();
        }

        return null;
    }

    /// <summary>A program in one mode alone may be told by the mode and its id; kernels since 4.19 tell each mode's own id as well.</summary>
    private static InterfaceState ReadXdp(InterfaceState state, in NetlinkAttribute xdp)
    {
        byte attached = 0;
        uint program = 0;
        foreach (NetlinkAttribute attribute in xdp.Nested)
        {
            switch (attribute.Type)
            {
                case XdpAttached:
                    attached = attribute.AsByte() ?? 0;
                    break;
                case XdpProgram:
                    program = attribute.AsUInt32() ?? 0;
                    break;
                case XdpDriverProgram:
                    state = state with { DriverProgram = attribute.AsUInt32() ?? 0 };
                    break;
                case XdpGenericProgram:
                    state = state with { GenericProgram = attribute.AsUInt32() ?? 0 };
                    break;
                case XdpOffloadedProgram:
                    state = state with { OffloadedProgram = attribute.AsUInt32() ?? 0 };
                    break;
            }
        }

        return attached switch
        {
            // XDP_ATTACHED_DRV, _SKB, _HW; XDP_ATTACHED_MULTI has no single id.
            1 when state.DriverProgram == 0 => state with { DriverProgram = program },
            2 when state.GenericProgram == 0 => state with { GenericProgram = program },
            3 when state.OffloadedProgram == 0 => state with { OffloadedProgram = program },
            _ => state,
        };
    }
}

/// <summary><c>XDP_FLAGS_*</c> of <c>linux/if_link.h</c>.</summary>
[Flags]
internal enum XdpFlags : uint
{
    None = 0,

    /// <summary>Only if no program is there.</summary>
    IfNoneExists = 1 << 0,

    Generic = 1 << 1,
    Driver = 1 << 2,
    Offload = 1 << 3,

    /// <summary>Only if the expected program is there (Linux 5.7).</summary>
    Replace = 1 << 4,
}
