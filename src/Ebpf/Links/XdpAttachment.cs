using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Attaches XDP programs to network interfaces.</summary>
internal static class XdpAttachment
{
    public static KernelLink Attach(BpfProgram program, string interfaceName, XdpMode mode)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        CallResult index = kernel.InterfaceIndex(interfaceName);
        string what = Describe(program, interfaceName);
        return index.Failed
            ? throw new BpfException($"Attach {what}", index.Error, "there is no interface of this name in this network namespace")
            : Attach(program, index.Value, mode, what);
    }

    public static KernelLink Attach(BpfProgram program, int interfaceIndex, XdpMode mode) =>
        Attach(program, interfaceIndex, mode, Describe(program, interfaceIndex.ToString(CultureInfo.InvariantCulture)));

    private static string Describe(BpfProgram program, string target) => $"program \"{program.Name}\" on interface {target}";

    private static KernelLink Attach(BpfProgram program, int interfaceIndex, XdpMode mode, string what)
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
                Flags = (uint)mode,
            };
            link = kernel.CreateLink(ref attr, out error);
        }

        return link is null ? throw Failed(kernel, what, error, mode) : new KernelLink(link, LinkType.Xdp, what);
    }

    private static BpfException Failed(LinuxKernel kernel, string what, Errno error, XdpMode mode)
    {
        string operation = $"Attach {what}";
        return error switch
        {
            Errno.EBUSY => new BpfException(operation, error, "another XDP program is attached there (see: ip link show)"),
            Errno.EEXIST => new BpfException(operation, error, "an XDP program is attached there in another mode"),
            Errno.ENODEV => new BpfException(operation, error, "there is no such interface in this network namespace"),
            Errno.EOPNOTSUPP when mode != XdpMode.Generic => new BpfException(
                operation, error, $"the driver refuses {mode} mode: use {nameof(XdpMode)}.{nameof(XdpMode.Generic)}"),
            Errno.EINVAL when KernelFacts.Of(kernel).Version < new Version(5, 9) =>
                new FeatureNotSupportedException(operation, "links of XDP programs", new Version(5, 9), error),
            Errno.EINVAL => new BpfException(operation, error, "the interface takes no XDP program as it is now (mode, MTU, queues, offloads)"),
            _ => Refusal.Explain(kernel, operation, error, Privileges.Bpf | Privileges.NetAdmin),
        };
    }
}
