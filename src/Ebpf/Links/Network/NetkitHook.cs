using Ebpf.Kernel;

namespace Ebpf.Links.Network;

/// <summary>Attaches programs to netkit devices.</summary>
internal static class NetkitHook
{
    private const string Sections = "SEC(\"netkit/primary\"), SEC(\"netkit/peer\") and SEC(\"tc\")";

    private static readonly Version Since = new(6, 7);

    /// <summary>
    /// | way  | error                                 | what follows                                 |
    /// |------|---------------------------------------|----------------------------------------------|
    /// | link | EINVAL, E2BIG without an anchor, or   | refused: the kernel has no netkit            |
    /// |      | before Linux 6.7                      |                                              |
    /// | link | EACCES, ENXIO, EOPNOTSUPP             | explained: what kind of device it is         |
    /// | link | EEXIST, EBUSY, ENOENT, ESTALE …       | explained                                    |
    /// </summary>
    private static readonly Ladder<Request> Ways = new(new Rung<Request>("link", CreateLink, Judge));

    public static BpfLink Attach(BpfProgram program, InterfaceTarget target, NetkitDevice? device, NetkitOptions options)
    {
        string what = $"program \"{program.Name}\" on {target}";
        AttachRules.RequireType(program, what, Sections, ProgramType.SchedCls);
        NetkitDevice side = device ?? program.AttachType switch
        {
            AttachType.NetkitPrimary => NetkitDevice.Primary,
            AttachType.NetkitPeer => NetkitDevice.Peer,
            _ => throw new InvalidOperationException(
                $"Attach {what}: the program does not say whether it is for the primary device or its peer: give a {nameof(NetkitDevice)}."),
        };
        if (side is not (NetkitDevice.Primary or NetkitDevice.Peer))
            throw new ArgumentOutOfRangeException(nameof(device), side, $"Attach {what}: there is no such {nameof(NetkitDevice)}.");
        AttachType attachType = side == NetkitDevice.Primary ? AttachType.NetkitPrimary : AttachType.NetkitPeer;
        what = $"{what}, {(side == NetkitDevice.Primary ? "primary" : "peer")}";
        AttachRules.RequireAttachType(program, what, Sections, type => type is default(AttachType) || type == attachType);
        return target.Attach(program.Kernel, what, index =>
        {
            Request request = new(program, index, attachType, options.Anchor);
            return new BpfLink(Ways.Climb(program.Kernel, request, what, Privileges.Bpf | Privileges.NetAdmin), LinkType.Netkit, what);
        });
    }

    private static LinkAttachment? CreateLink(Request request, out Errno error) =>
        OrderedLinks.Create(request.Program, request.InterfaceIndex, request.AttachType, request.Anchor, out error);

    private static Verdict Judge(Request request, Errno error)
    {
        bool lacksNetkit = error is Errno.EINVAL or Errno.E2BIG
            && (request.Anchor is null || KernelFacts.Of(request.Program.Kernel).Version < Since);
        if (lacksNetkit) return Verdict.Lacks("netkit (CONFIG_NETKIT)", Since);
        return Verdict.Explain(error switch
        {
            Errno.ENXIO => "it is no netkit device",
            Errno.EACCES => "it is the peer of a pair: programs of both devices are attached through the primary one, which may be in another network namespace",
            Errno.EOPNOTSUPP => "it is a single netkit device, without a peer",
            Errno.ENODEV when request.AttachType == AttachType.NetkitPeer => $"{InterfaceTarget.NoSuchInterface}, or it has lost its peer",
            _ => OrderedLinks.Explain(request.Anchor, error),
        });
    }

    private sealed record Request(BpfProgram Program, int InterfaceIndex, AttachType AttachType, LinkAnchor? Anchor);
}
