using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>
/// Finds out whether the kernel has links to many uprobes at once, which can be of one process: since Linux 6.6, where a link to a process
/// was one to its first thread until that was mended (6.11, and in 6.6.43).
/// </summary>
internal static unsafe class UprobeMultiProbe
{
    /// <summary>Asks for links that no kernel makes: to a directory, and to a process whose number is negative.</summary>
    /// <returns>Whether there are such links; <c>null</c> if that cannot be told.</returns>
    public static bool? Probe(LinuxKernel kernel)
    {
        using BpfHandle? program = new ProgramProbe(kernel).LoadEmpty(ProgramType.Kprobe, AttachType.TraceUprobeMulti, out Errno error);
        if (program is null) return error is Errno.EINVAL ? false : null;
        switch (Try(kernel, program, process: 0))
        {
            case Errno.EBADF: break;
            case Errno.EINVAL or Errno.EOPNOTSUPP or Errno.E2BIG: return false;
            default: return null;
        }

        // What mended it looks at the number before the path.
        return Try(kernel, program, process: uint.MaxValue) == Errno.EINVAL;
    }

    private static Errno Try(LinuxKernel kernel, BpfHandle program, uint process)
    {
        using BorrowedDescriptor borrowed = program.Borrow();
        ulong offset = 0;
        fixed (byte* path = "/\0"u8)
        {
            LinkCreateAttr attr = new()
            {
                Program = borrowed.Descriptor,
                AttachType = AttachType.TraceUprobeMulti,
                UprobeMulti = new UprobeMultiLinkAttr { Path = path, Offsets = &offset, Count = 1, Process = process },
            };
            kernel.CreateLink(ref attr, out Errno error)?.Dispose();
            return error;
        }
    }
}
