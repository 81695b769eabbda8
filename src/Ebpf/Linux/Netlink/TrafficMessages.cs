using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Ebpf.Linux.Netlink;

/// <summary><c>struct tcmsg</c>: which queueing discipline or filter.</summary>
internal struct TrafficHeader
{
    public byte Family;
    public byte Padding;
    public ushort Padding2;
    public int InterfaceIndex;
    public uint Handle;
    public uint Parent;

    /// <summary>Of a filter: the priority, and in the lower half the protocol in network byte order.</summary>
    public uint Information;
}

/// <summary>Where a filter is, and what distinguishes it from the others there.</summary>
/// <param name="InterfaceIndex">The index of the interface.</param>
/// <param name="Parent">The direction: <see cref="TrafficMessages.Ingress"/> or <see cref="TrafficMessages.Egress"/>.</param>
/// <param name="Priority">The priority: lower ones first.</param>
/// <param name="Handle">The number among those of the same priority.</param>
internal readonly record struct FilterPlace(int InterfaceIndex, uint Parent, ushort Priority, uint Handle);

/// <summary>What the kernel tells about a filter.</summary>
internal sealed record FilterState
{
    public FilterPlace Place { get; init; }

    /// <summary>The protocol, in the byte order of the machine.</summary>
    public ushort Protocol { get; init; }

    /// <summary>The chain; 0 for the first, in which filters are unless told otherwise.</summary>
    public uint Chain { get; init; }

    /// <summary>The kind: <c>bpf</c>, <c>u32</c>, <c>flower</c>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The name of a program's filter.</summary>
    public string? Name { get; init; }

    /// <summary>The id of the program; <c>null</c> for filters of other kinds, and for classic BPF.</summary>
    public uint? ProgramId { get; init; }

    /// <summary>The tag of the program, as 16 hexadecimal digits.</summary>
    public string? Tag { get; init; }

    /// <summary>Whether what the program returns is what becomes of the packet, and not a class.</summary>
    public bool IsDirectAction { get; init; }
}

/// <summary>The messages about queueing disciplines and filters.</summary>
internal static class TrafficMessages
{
    /// <summary>The filters for what arrives, and for what leaves: TC_H_CLSACT and TC_H_MIN_INGRESS or TC_H_MIN_EGRESS.</summary>
    /// <remarks>Never 0: that is the root, where a filter decides about the traffic of the whole machine.</remarks>
    public const uint Ingress = 0xFFFF_FFF2, Egress = 0xFFFF_FFF3;

    private const uint ClsactHandle = 0xFFFF_0000, ClsactParent = 0xFFFF_FFF1;
    private const int KindAttribute = 1, OptionsAttribute = 2, ChainAttribute = 11; // TCA_*, linux/rtnetlink.h
    private const int BpfDescriptor = 6, BpfName = 7, BpfFlags = 8, BpfTag = 10, BpfId = 11; // TCA_BPF_*, linux/pkt_cls.h
    private const uint DirectAction = 1; // TCA_BPF_FLAG_ACT_DIRECT
    private const ushort AllProtocols = 3; // ETH_P_ALL
    private const string Clsact = "clsact", Bpf = "bpf";

    /// <summary>Adds a clsact qdisc; EEXIST if a qdisc is there, which may be an ingress qdisc: both have the same handle.</summary>
    public static Span<byte> AddClsact(Span<byte> buffer, int interfaceIndex) =>
        Qdisc(buffer, NetlinkType.NewQdisc, NetlinkFlags.Create | NetlinkFlags.Exclusive, interfaceIndex, Clsact);

    /// <summary>Removes a clsact qdisc, with all filters in it; an ingress qdisc is refused.</summary>
    public static Span<byte> RemoveClsact(Span<byte> buffer, int interfaceIndex) =>
        Qdisc(buffer, NetlinkType.DeleteQdisc, NetlinkFlags.None, interfaceIndex, Clsact);

    /// <summary>Asks for the qdisc that is at the place of clsact.</summary>
    /// <remarks>Without the flag to echo, the kernel tells it to those who listen to changes, but not to who asks (qdisc_get_notify).</remarks>
    public static Span<byte> GetClsact(Span<byte> buffer, int interfaceIndex) =>
        Qdisc(buffer, NetlinkType.GetQdisc, NetlinkFlags.Echo, interfaceIndex, kind: null);

    /// <summary>Adds or replaces a filter.</summary>
    /// <param name="buffer">Where to write.</param>
    /// <param name="place">Where it is to be.</param>
    /// <param name="flags">What may be there.</param>
    /// <param name="program">The descriptor of the program.</param>
    /// <param name="name">The name of the filter.</param>
    public static Span<byte> SetFilter(Span<byte> buffer, in FilterPlace place, NetlinkFlags flags, int program, string name)
    {
        NetlinkWriter writer = new(buffer, NetlinkType.NewFilter, flags | NetlinkFlags.Acknowledge);
        writer.Append(Header(place));
        writer.Attribute(KindAttribute, Bpf);
        int options = writer.BeginNested(OptionsAttribute);
        writer.Attribute(BpfDescriptor, program);
        writer.Attribute(BpfName, name);

        // Without it the kernel takes what the program returns for a class, and lets every packet pass.
        writer.Attribute(BpfFlags, DirectAction);
        writer.EndNested(options);
        return writer.Finish();
    }

    /// <summary>Removes one filter.</summary>
    public static Span<byte> RemoveFilter(Span<byte> buffer, in FilterPlace place)
    {
        NetlinkWriter writer = new(buffer, NetlinkType.DeleteFilter, NetlinkFlags.Acknowledge);
        writer.Append(Header(place));
        writer.Attribute(KindAttribute, Bpf);
        return writer.Finish();
    }

    /// <summary>Asks for one filter.</summary>
    public static Span<byte> GetFilter(Span<byte> buffer, in FilterPlace place)
    {
        NetlinkWriter writer = new(buffer, NetlinkType.GetFilter, NetlinkFlags.Acknowledge);
        writer.Append(Header(place));
        writer.Attribute(KindAttribute, Bpf);
        return writer.Finish();
    }

    /// <summary>Asks for all filters of one direction.</summary>
    public static Span<byte> ListFilters(Span<byte> buffer, int interfaceIndex, uint parent)
    {
        NetlinkWriter writer = new(buffer, NetlinkType.GetFilter, NetlinkFlags.Dump);
        writer.Append(new TrafficHeader { InterfaceIndex = interfaceIndex, Parent = parent });
        return writer.Finish();
    }

    /// <summary>Reads the kind of a qdisc.</summary>
    /// <param name="reply">What the kernel answered.</param>
    /// <returns><c>null</c> if it is no such answer.</returns>
    public static string? ReadQdiscKind(NetlinkReply reply)
    {
        if (reply.Type != NetlinkType.NewQdisc) return null;
        foreach (NetlinkAttribute attribute in NetlinkAttributes.Behind<TrafficHeader>(reply.Payload))
        {
            if (attribute.Type == KindAttribute) return attribute.AsText();
        }

        return null;
    }

    /// <summary>Reads a filter.</summary>
    /// <param name="reply">What the kernel answered.</param>
    /// <returns>
    /// <c>null</c> if it is none: a list has an entry with handle 0 for each priority and kind, before the filters themselves.
    /// </returns>
    public static FilterState? ReadFilter(NetlinkReply reply)
    {
        if (reply.Type != NetlinkType.NewFilter || reply.Payload.Length < Unsafe.SizeOf<TrafficHeader>()) return null;
        TrafficHeader header = Unsafe.ReadUnaligned<TrafficHeader>(ref reply.Payload[0]);
        if (header.Handle == 0) return null;
        FilterState state = new()
        {
            Place = new FilterPlace(header.InterfaceIndex, header.Parent, (ushort)(header.Information >> 16), header.Handle),
            Protocol = NetworkOrder((ushort)header.Information),
        };
        ReadOnlySpan<byte> options = default;
        foreach (NetlinkAttribute attribute in NetlinkAttributes.Behind<TrafficHeader>(reply.Payload))
        {
            switch (attribute.Type)
            {
                case KindAttribute:
                    state = state with { Kind = attribute.AsText() };
                    break;
                case ChainAttribute:
                    state = state with { Chain = attribute.AsUInt32() ?? 0 };
                    break;
                case OptionsAttribute:
                    options = attribute.Value;
                    break;
            }
        }

        // The numbers of the options mean something else in each kind.
        return state.Kind == Bpf ? ReadBpf(state, options) : state;
    }

    private static FilterState ReadBpf(FilterState state, ReadOnlySpan<byte> options)
    {
        foreach (NetlinkAttribute attribute in new NetlinkAttributes(options))
        {
            state = attribute.Type switch
            {
                BpfName => state with { Name = attribute.AsText() },
                BpfId => state with { ProgramId = attribute.AsUInt32() },
                BpfTag => state with { Tag = Convert.ToHexStringLower(attribute.Value) },
                BpfFlags => state with { IsDirectAction = (attribute.AsUInt32() & DirectAction) != 0 },
                _ => state,
            };
        }

        return state;
    }

    private static Span<byte> Qdisc(Span<byte> buffer, NetlinkType type, NetlinkFlags flags, int interfaceIndex, string? kind)
    {
        NetlinkWriter writer = new(buffer, type, flags | NetlinkFlags.Acknowledge);
        writer.Append(new TrafficHeader { InterfaceIndex = interfaceIndex, Handle = ClsactHandle, Parent = ClsactParent });
        if (kind is not null) writer.Attribute(KindAttribute, kind);
        return writer.Finish();
    }

    private static TrafficHeader Header(in FilterPlace place) => new()
    {
        InterfaceIndex = place.InterfaceIndex,
        Handle = place.Handle,
        Parent = place.Parent,
        Information = ((uint)place.Priority << 16) | NetworkOrder(AllProtocols),
    };

    private static ushort NetworkOrder(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
