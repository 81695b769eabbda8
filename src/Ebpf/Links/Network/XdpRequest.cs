using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>An XDP program that is being attached.</summary>
/// <param name="program">The program.</param>
/// <param name="interfaceIndex">The interface, in the network namespace of this thread.</param>
/// <param name="options">How.</param>
internal sealed class XdpRequest(BpfProgram program, int interfaceIndex, XdpOptions options)
{
    public BpfProgram Program => program;

    public int InterfaceIndex => interfaceIndex;

    public BpfProgram? Replaces => options.Replaces;

    /// <summary>The modes, in the order in which they are tried.</summary>
    public IReadOnlyList<XdpMode> Modes { get; } =
        options.GenericIfRefused && options.Mode != XdpMode.Generic ? [options.Mode, XdpMode.Generic] : [options.Mode];

    /// <summary>The mode that was tried last.</summary>
    public XdpMode Mode { get; set; }

    /// <summary>Whether it is another mode than was asked for.</summary>
    public bool FellBack => Mode != options.Mode;

    /// <summary>What the kernel answered last to a message.</summary>
    public NetlinkAnswer Answer { get; set; }
}
