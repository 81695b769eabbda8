using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>A traffic control program that is being attached.</summary>
/// <param name="program">The program.</param>
/// <param name="interfaceIndex">The interface, in the network namespace of this thread.</param>
/// <param name="direction">Which packets it is to see.</param>
/// <param name="anchor">The place among tcx programs; <c>null</c> for none.</param>
/// <param name="clsact">How to attach as a filter; <c>null</c> if that is not wanted.</param>
internal sealed class TcRequest(BpfProgram program, int interfaceIndex, TcDirection direction, LinkAnchor? anchor, ClsactOptions? clsact)
{
    public BpfProgram Program => program;

    public int InterfaceIndex => interfaceIndex;

    public TcDirection Direction => direction;

    public LinkAnchor? Anchor => anchor;

    public ClsactOptions? Clsact => clsact;

    /// <summary>What went wrong beside the error.</summary>
    public string? Problem { get; set; }

    /// <summary>What the kernel answered last to a message.</summary>
    public NetlinkAnswer Answer { get; set; }
}
