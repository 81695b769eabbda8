using System.Globalization;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Network;

/// <summary>Attaches XDP programs to network interfaces.</summary>
internal static class XdpHook
{
    private const string Sections = "SEC(\"xdp\") and SEC(\"xdp.frags\")";

    private static readonly Ladder<Request> Ways = new(new Rung<Request>("link", CreateLink, JudgeLink));

    public static BpfLink Attach(BpfProgram program, string interfaceName, XdpOptions options)
    {
        string what = Check(program, interfaceName, options);
        CallResult index = program.Handle.Kernel.InterfaceIndex(interfaceName);
        return index.Failed
            ? throw new BpfException($"Attach {what}", index.Error, "there is no interface of this name in this network namespace")
            : Attach(program, index.Value, options, what);
    }

    public static BpfLink Attach(BpfProgram program, int interfaceIndex, XdpOptions options) =>
        Attach(program, interfaceIndex, options, Check(program, interfaceIndex.ToString(CultureInfo.InvariantCulture), options));

    private static string Check(BpfProgram program, string target, XdpOptions options)
    {
        string what = $"program \"{program.Name}\" on interface {target}";
        if (options.Mode is not (XdpMode.Default or XdpMode.Generic or XdpMode.Driver or XdpMode.Offload))
            throw new ArgumentOutOfRangeException(nameof(options), options.Mode, $"Attach {what}: there is no such {nameof(XdpMode)}.");
        AttachRules.RequireType(program, what, Sections, ProgramType.Xdp);

        // Programs of old objects state no attach type at all.
        AttachRules.RequireAttachType(program, what, Sections, type => type is not (AttachType.XdpDevMap or AttachType.XdpCpuMap));
        return what;
    }

    private static BpfLink Attach(BpfProgram program, int interfaceIndex, XdpOptions options, string what)
    {
        Request request = new(program, interfaceIndex, options.Mode);
        return new BpfLink(Ways.Climb(program.Kernel, request, what, Privileges.Bpf | Privileges.NetAdmin), LinkType.Xdp, what);
    }

    private static LinkAttachment? CreateLink(Request request, out Errno error)
    {
        using BorrowedDescriptor program = request.Program.Handle.Borrow();
        LinkCreateAttr attr = new()
        {
            Program = program.Descriptor,
            Target = request.InterfaceIndex,
            AttachType = AttachType.Xdp,
            Flags = (uint)request.Mode,
        };
        return request.Program.Kernel.CreateLink(ref attr, out error) is { } link ? new LinkAttachment(link) : null;
    }

    private static Verdict JudgeLink(Request request, Errno error)
    {
        Version since = new(5, 9);
        return error switch
        {
            Errno.EBUSY => Verdict.Explain("another XDP program is attached there (see: ip link show)"),
            Errno.EEXIST => Verdict.Explain("an XDP program is attached there in another mode"),
            Errno.ENODEV => Verdict.Explain("there is no such interface in this network namespace"),
            Errno.EOPNOTSUPP when request.Mode != XdpMode.Generic => Verdict.Explain(
                $"the driver refuses {request.Mode} mode: use {nameof(XdpMode)}.{nameof(XdpMode.Generic)}"),
            Errno.EINVAL when KernelFacts.Of(request.Program.Kernel).Version < since => Verdict.Lacks("links of XDP programs", since),
            Errno.EINVAL => Verdict.Explain(
                "there is no such interface in this network namespace, or it takes no XDP program as it is now (mode, MTU, queues, offloads)"),
            _ => Verdict.Stop,
        };
    }

    private readonly record struct Request(BpfProgram Program, int InterfaceIndex, XdpMode Mode);
}
