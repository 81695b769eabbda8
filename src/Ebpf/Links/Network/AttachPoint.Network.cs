using Ebpf.Links.Network;

namespace Ebpf;

/// <content>Network interfaces, and netfilter.</content>
public sealed partial class AttachPoint
{
    private const string InterfaceSections = "SEC(\"xdp\"), SEC(\"tcx/…\"), SEC(\"tc/…\") and SEC(\"netkit/…\")";

    /// <summary>
    /// Creates the target for programs of a network interface: XDP, traffic control (<see cref="BpfProgram.AttachTc(string, TcDirection?, TcOptions?)"/>)
    /// and netkit. The direction of traffic control, and the device of netkit, are what the program was loaded for.
    /// </summary>
    /// <param name="name">The name of the interface (<c>eth0</c>).</param>
    /// <param name="networkNamespace">Its network namespace; <c>null</c> for that of the thread that attaches.</param>
    public static AttachPoint Interface(string name, NetworkNamespace? networkNamespace = null) =>
        OnInterface(InterfaceTarget.Of(name, networkNamespace), direction: null);

    /// <inheritdoc cref="Interface(string, NetworkNamespace?)"/>
    /// <param name="index">The index of the interface.</param>
    /// <param name="networkNamespace">Its network namespace; <c>null</c> for that of the thread that attaches.</param>
    public static AttachPoint Interface(int index, NetworkNamespace? networkNamespace = null) =>
        OnInterface(InterfaceTarget.Of(index, networkNamespace), direction: null);

    /// <summary>Creates the target for traffic control programs of a network interface.</summary>
    /// <param name="name">The name of the interface (<c>eth0</c>).</param>
    /// <param name="direction">Which packets they see, which <c>SEC("tc")</c> does not say.</param>
    /// <param name="networkNamespace">The network namespace of the interface; <c>null</c> for that of the thread that attaches.</param>
    public static AttachPoint Interface(string name, TcDirection direction, NetworkNamespace? networkNamespace = null) =>
        OnInterface(InterfaceTarget.Of(name, networkNamespace), direction);

    /// <inheritdoc cref="Interface(string, TcDirection, NetworkNamespace?)"/>
    /// <param name="index">The index of the interface.</param>
    /// <param name="direction">Which packets they see, which <c>SEC("tc")</c> does not say.</param>
    /// <param name="networkNamespace">The network namespace of the interface; <c>null</c> for that of the thread that attaches.</param>
    public static AttachPoint Interface(int index, TcDirection direction, NetworkNamespace? networkNamespace = null) =>
        OnInterface(InterfaceTarget.Of(index, networkNamespace), direction);

    /// <summary>Creates the target for netfilter programs.</summary>
    /// <param name="family">The protocol of the packets that they see.</param>
    /// <param name="hook">Where on their way they run.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public static AttachPoint Netfilter(NetfilterFamily family, NetfilterHook hook, NetfilterOptions? options = null)
    {
        string target = $"netfilter {family} {hook}";
        return new AttachPoint(
            target,
            program => program.Type == ProgramType.Netfilter
                ? program.AttachNetfilter(family, hook, options)
                : throw Mismatch(program, target, "SEC(\"netfilter\")"),
            (_, link) => link is NetfilterLinkInfo info
                && (info.ProtocolFamily is null || info.ProtocolFamily == (uint)family)
                && (info.Hook is null || info.Hook == (uint)hook));
    }

    private static AttachPoint OnInterface(InterfaceTarget target, TcDirection? direction)
    {
        string name = direction is { } side ? $"{target}, {side.Word()}" : target.ToString();
        return new AttachPoint(
            name,
            program => program.Type switch
            {
                ProgramType.Xdp when direction is null => XdpHook.Attach(program, target, new()),
                ProgramType.SchedCls when direction is null && IsNetkit(program) => NetkitHook.Attach(program, target, device: null, new()),
                ProgramType.SchedCls => TcHook.Attach(program, target, direction, new()),
                _ => throw Mismatch(program, name, direction is null ? InterfaceSections : "SEC(\"tc\") and SEC(\"tcx/…\")"),
            },
            (program, link) => (program.Type, link) switch
            {
                (ProgramType.Xdp, XdpLinkInfo xdp) => target.MayBe(program.Kernel, xdp.InterfaceIndex),
                (ProgramType.SchedCls, TcxLinkInfo tcx) => target.MayBe(program.Kernel, tcx.InterfaceIndex)
                    && (direction is null || tcx.AttachType is null || tcx.AttachType == direction.Value.AttachType()),
                (ProgramType.SchedCls, NetkitLinkInfo netkit) => target.MayBe(program.Kernel, netkit.InterfaceIndex),
                _ => false,
            });
    }

    private static bool IsNetkit(BpfProgram program) => program.AttachType is AttachType.NetkitPrimary or AttachType.NetkitPeer;
}
