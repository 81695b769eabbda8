using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Attaches XDP programs to network interfaces.</summary>
internal static class XdpHook
{
    private const string Sections = "SEC(\"xdp\") and SEC(\"xdp.frags\")";

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
        LinuxKernel kernel = program.Handle.Kernel;
        BpfHandle? link;
        Errno error;
        using (BorrowedDescriptor borrowed = program.Handle.Borrow())
        {
            LinkCreateAttr attr = new()
            {
                Program = borrowed.Descriptor,
                Target = interfaceIndex,
                AttachType = AttachType.Xdp,
                Flags = (uint)options.Mode,
            };
            link = kernel.CreateLink(ref attr, out error);
        }

        return link is null ? throw Failed(kernel, what, error, options.Mode) : new BpfLink(new LinkAttachment(link), LinkType.Xdp, what);
    }

    private static BpfException Failed(LinuxKernel kernel, string what, Errno error, XdpMode mode)
    {
        string operation = $"Attach {what}";
        Version since = new(5, 9);
        return error switch
        {
            Errno.EBUSY => new BpfException(operation, error, "another XDP program is attached there (see: ip link show)"),
            Errno.EEXIST => new BpfException(operation, error, "an XDP program is attached there in another mode"),
            Errno.ENODEV => new BpfException(operation, error, "there is no such interface in this network namespace"),
            Errno.EOPNOTSUPP when mode != XdpMode.Generic => new BpfException(
                operation, error, $"the driver refuses {mode} mode: use {nameof(XdpMode)}.{nameof(XdpMode.Generic)}"),
            Errno.EINVAL when KernelFacts.Of(kernel).Version < since =>
                new FeatureNotSupportedException(operation, "links of XDP programs", since, error),
            Errno.EINVAL => new BpfException(
                operation, error, "there is no such interface in this network namespace, or it takes no XDP program as it is now (mode, MTU, queues, offloads)"),
            _ => Refusal.Explain(kernel, operation, error, Privileges.Bpf | Privileges.NetAdmin),
        };
    }
}
