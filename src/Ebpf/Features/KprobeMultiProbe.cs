using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>Finds out whether the kernel has links to many kprobes at once: since Linux 5.18, if it is built with CONFIG_FPROBE.</summary>
internal static unsafe class KprobeMultiProbe
{
    /// <summary>Asks for a link to a function whose address is nowhere to be read: nothing is attached in any case.</summary>
    /// <returns>Whether there are such links; <c>null</c> if that cannot be told.</returns>
    public static bool? Probe(LinuxKernel kernel)
    {
        using BpfHandle? program = new ProgramProbe(kernel).LoadEmpty(ProgramType.Kprobe, AttachType.TraceKprobeMulti, out Errno error);
        if (program is null) return error is Errno.EINVAL ? false : null;
        using BorrowedDescriptor borrowed = program.Borrow();
        LinkCreateAttr attr = new()
        {
            Program = borrowed.Descriptor,
            AttachType = AttachType.TraceKprobeMulti,
            KprobeMulti = new KprobeMultiLinkAttr { Count = 1, Addresses = (ulong*)1 },
        };
        kernel.CreateLink(ref attr, out error)?.Dispose();
        return error switch
        {
            Errno.EFAULT => true,
            Errno.EINVAL or Errno.EOPNOTSUPP or Errno.E2BIG => false,
            _ => null,
        };
    }
}
