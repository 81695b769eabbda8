using System.Text;
using Ebpf.Kernel;

namespace Ebpf.Links.Network;

/// <summary>Attaches traffic control programs to network interfaces.</summary>
internal static class TcHook
{
    private const string Sections = "SEC(\"tc\"), SEC(\"tcx/ingress\") and SEC(\"tcx/egress\")";

    private static readonly Version TcxSince = new(6, 6);

    private static readonly Rung<TcRequest> Tcx = new("tcx", CreateTcx, JudgeTcx), Clsact = new("clsact", ClsactFilter.Add, ClsactFilter.Judge);

    /// <summary>
    /// | way    | error                                  | what follows                                                                |
    /// |--------|----------------------------------------|-----------------------------------------------------------------------------|
    /// | tcx    | EINVAL, nothing asked that can be one  | next: the kernel is older, or built without tcx                             |
    /// | tcx    | EINVAL, E2BIG with an anchor           | refused: clsact knows no order among programs                               |
    /// | tcx    | EEXIST, EBUSY, ENOENT, ESTALE …        | explained. Never clsact                                                     |
    /// | clsact | EEXIST of the qdisc                    | looked at: clsact, or ingress for ingress alone, serves; it is never removed|
    /// | clsact | EEXIST of the filter                   | one of the same name is taken over in one step, any other explained         |
    /// </summary>
    private static readonly Ladder<TcRequest> Ways = new(Tcx, Clsact), TcxOnly = new(Tcx), ClsactOnly = new(Clsact);

    public static BpfLink Attach(BpfProgram program, InterfaceTarget target, TcDirection? direction, TcOptions options) =>
        Attach(program, target, direction, options.Anchor, options.Clsact ?? new(), Ways);

    public static BpfLink AttachTcx(BpfProgram program, InterfaceTarget target, TcDirection? direction, TcxOptions options) =>
        Attach(program, target, direction, options.Anchor, clsact: null, TcxOnly);

    public static BpfLink AttachClsact(BpfProgram program, InterfaceTarget target, TcDirection? direction, ClsactOptions options) =>
        Attach(program, target, direction, anchor: null, options, ClsactOnly);

    private static BpfLink Attach(
        BpfProgram program, InterfaceTarget target, TcDirection? direction, LinkAnchor? anchor, ClsactOptions? clsact, Ladder<TcRequest> ways)
    {
        string what = $"program \"{program.Name}\" on {target}";
        AttachRules.RequireType(program, what, Sections, ProgramType.SchedCls);
        TcDirection side = direction ?? program.AttachType switch
        {
            AttachType.TcxIngress => TcDirection.Ingress,
            AttachType.TcxEgress => TcDirection.Egress,
            _ => throw new InvalidOperationException(
                $"Attach {what}: the program does not say whether it is for ingress or egress: give a {nameof(TcDirection)}."),
        };
        if (side is not (TcDirection.Ingress or TcDirection.Egress))
            throw new ArgumentOutOfRangeException(nameof(direction), side, $"Attach {what}: there is no such {nameof(TcDirection)}.");
        what = $"{what}, {side.Word()}";
        AttachRules.RequireAttachType(program, what, Sections, type => type is default(AttachType) || type == side.AttachType());
        if (clsact is not null) Check(clsact, what);
        return target.Attach(program.Kernel, what, index =>
        {
            TcRequest request = new(program, index, side, anchor, clsact);
            Attachment attachment = ways.Climb(program.Kernel, request, what, Privileges.Bpf | Privileges.NetAdmin);
            return attachment is ClsactAttachment
                ? new BpfLink(attachment, LinkType.Unspecified, $"{what} by clsact")
                : new BpfLink(attachment, LinkType.Tcx, what);
        });
    }

    private static void Check(ClsactOptions options, string what)
    {
        if (options.Priority is < 1 or > ushort.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Priority, $"Attach {what}: the priority of a filter is from 1 to {ushort.MaxValue}.");
        }

        if (options.Name is not { } name) return;
        if (name.Length == 0 || name.Contains('\0'))
            throw new ArgumentException($"Attach {what}: the name of a filter is not empty and has no zero in it.", nameof(options));
        if (Encoding.UTF8.GetByteCount(name) > ClsactOptions.MaxNameLength)
        {
            throw new ArgumentException(
                $"Attach {what}: the name of a filter has at most {ClsactOptions.MaxNameLength} bytes.", nameof(options));
        }
    }

    private static LinkAttachment? CreateTcx(TcRequest request, out Errno error) =>
        OrderedLinks.Create(request.Program, request.InterfaceIndex, request.Direction.AttachType(), request.Anchor, out error);

    private static Verdict JudgeTcx(TcRequest request, Errno error)
    {
        // Without an anchor nothing else can be wrong: a missing interface is ENODEV where there is tcx, and was looked up by its name.
        bool lacksTcx = error == Errno.EINVAL && (request.Anchor is null || KernelFacts.Of(request.Program.Kernel).Version < TcxSince);
        if (!lacksTcx && error != Errno.E2BIG) return Verdict.Explain(OrderedLinks.Explain(request.Anchor, error));
        return request.Anchor is null && request.Clsact is not null ? Verdict.Next : Verdict.Lacks("tcx (CONFIG_NET_XGRESS)", TcxSince);
    }
}
