using System.Globalization;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Network;

/// <summary>Attaches netfilter programs.</summary>
internal static class NetfilterLinks
{
    private const uint DefragmentFlag = 1; // BPF_F_NETFILTER_IP_DEFRAG

    private static readonly Version Since = new(6, 4), DefragmentSince = new(6, 6);

    /// <summary>
    /// | way  | error                              | what follows                                                              |
    /// |------|------------------------------------|---------------------------------------------------------------------------|
    /// | link | EINVAL, E2BIG before Linux 6.4     | refused: the kernel has no netfilter programs                             |
    /// | link | EOPNOTSUPP                         | refused: putting fragments together (6.6), or netfilter as a whole        |
    /// | link | EBUSY, ERANGE, EAFNOSUPPORT, EPROTO| explained: priority, family, hook                                         |
    /// </summary>
    private static readonly Ladder<Request> Ways = new(new Rung<Request>("link", CreateLink, Judge));

    public static BpfLink Attach(BpfProgram program, NetfilterFamily family, NetfilterHook hook, NetfilterOptions options)
    {
        string what = $"program \"{program.Name}\" to netfilter {family} {hook}";
        if (options.NetworkNamespace is { } network) what = $"{what} in {network}";
        AttachRules.RequireType(program, what, "SEC(\"netfilter\")", ProgramType.Netfilter);
        if (family is not (NetfilterFamily.IPv4 or NetfilterFamily.IPv6))
        {
            throw new ArgumentOutOfRangeException(
                nameof(family), family, $"Attach {what}: programs are for IPv4 or IPv6; attach it twice for both.");
        }

        if (hook is < NetfilterHook.PreRouting or > NetfilterHook.PostRouting)
            throw new ArgumentOutOfRangeException(nameof(hook), hook, $"Attach {what}: there is no such {nameof(NetfilterHook)}.");
        if (options.Priority is int.MinValue or int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Priority, $"Attach {what}: the kernel keeps the lowest and the highest priority for itself.");
        }

        if (options.Defragment && options.Priority <= NetfilterPriority.ConntrackDefrag)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.Priority,
                $"Attach {what}: fragments are put together at priority {NetfilterPriority.ConntrackDefrag}, so a program that waits for it needs a higher one.");
        }

        string operation = $"Attach {what}";
        return NetworkNamespace.Run(options.NetworkNamespace, program.Kernel, operation, () =>
        {
            Request request = new(program, family, hook, options);
            return new BpfLink(Ways.Climb(program.Kernel, request, what, Privileges.Bpf | Privileges.NetAdmin), LinkType.Netfilter, what);
        });
    }

    private static LinkAttachment? CreateLink(Request request, out Errno error)
    {
        using BorrowedDescriptor program = request.Program.Handle.Borrow();
        LinkCreateAttr attr = new()
        {
            Program = program.Descriptor,
            AttachType = AttachType.Netfilter,
            Netfilter = new NetfilterLinkAttr
            {
                ProtocolFamily = (uint)request.Family,
                Hook = (uint)request.Hook,
                Priority = request.Options.Priority,
                Flags = request.Options.Defragment ? DefragmentFlag : 0,
            },
        };
        return request.Program.Kernel.CreateLink(ref attr, out error) is { } link ? new LinkAttachment(link) : null;
    }

    private static Verdict Judge(Request request, Errno error)
    {
        Version running = KernelFacts.Of(request.Program.Kernel).Version;
        int priority = request.Options.Priority;
        return error switch
        {
            Errno.EINVAL or Errno.E2BIG when running < Since => Verdict.Lacks("netfilter programs", Since),
            Errno.EOPNOTSUPP when request.Options.Defragment && running < DefragmentSince =>
                Verdict.Lacks("the putting together of fragments for netfilter programs", DefragmentSince),
            Errno.EOPNOTSUPP or Errno.ENOENT when request.Options.Defragment => Verdict.Explain(
                $"the kernel cannot put fragments together: it lacks the module nf_defrag_{(request.Family == NetfilterFamily.IPv4 ? "ipv4" : "ipv6")}"),
            Errno.EOPNOTSUPP => Verdict.Explain("the kernel is built without netfilter programs (CONFIG_NETFILTER_BPF_LINK)"),
            Errno.EBUSY => Verdict.Explain(string.Create(
                CultureInfo.InvariantCulture, $"another program has priority {priority} at this hook: choose another one")),
            Errno.ERANGE => Verdict.Explain(string.Create(
                CultureInfo.InvariantCulture,
                $"priority {priority} is not allowed: it is the lowest or highest one, or not above {NetfilterPriority.ConntrackDefrag} although fragments are to be put together")),
            Errno.EAFNOSUPPORT => Verdict.Explain($"the kernel has no netfilter for {request.Family}"),
            Errno.EPROTO => Verdict.Explain("the kernel does not know this hook"),
            _ => Verdict.Stop,
        };
    }

    private sealed record Request(BpfProgram Program, NetfilterFamily Family, NetfilterHook Hook, NetfilterOptions Options);
}
