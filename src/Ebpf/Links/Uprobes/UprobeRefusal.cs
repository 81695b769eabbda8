using Ebpf.Errors;
using Ebpf.Executables;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>Says why the kernel refused a uprobe: it answers EINVAL to most.</summary>
internal static class UprobeRefusal
{
    /// <summary>What an error means, and what to do about it.</summary>
    /// <param name="request">What was to be attached.</param>
    /// <param name="place">To which place.</param>
    /// <param name="error">What the kernel answered.</param>
    public static string? Explain(UprobeRequest request, in UprobePlace place, Errno error)
    {
        LinuxKernel kernel = request.Program.Kernel;
        switch (error)
        {
            case Errno.ESRCH:
                return $"there is no {request.Scope} (in the PID namespace of this process)";
            case Errno.EACCES:
                return ExplainRights(kernel);
            case Errno.EBADF:
                return "it is no regular file";
            case Errno.EIO:
                return "the file system that holds the file cannot be probed, or the bytes there cannot be read (some FUSE, network and overlay file systems)";
            case Errno.ENOTSUPP or Errno.ENOEXEC:
                return "the kernel cannot run the instruction there out of place, or there is a breakpoint already";
            case Errno.ENOENT:
                return "the kernel does not find the file by its descriptor: is /proc mounted?";
            case Errno.E2BIG when request.Places.Count == 1:
                return "64 programs are attached there already, which is the most that the kernel allows";
            case Errno.EINVAL when place.Offset >= request.File.Status.Size:
                return $"it is outside of the file of {request.File.Status.Size} bytes";
            case Errno.EINVAL when place.Semaphore % 2 != 0:
                return "the offset of the semaphore is odd, which the kernel does not take";
            case Errno.EINVAL when request.File.Elf is { Machine: ElfMachine.AArch64 } && place.Offset % 4 != 0:
                return "no instruction begins there: those of arm64 are at multiples of 4";
            case Errno.EINVAL when place.Semaphore != 0:
                return "a probe with another semaphore, or with none, is at this place already, of this or of another process: the kernel allows one for each place";
            case Errno.EINVAL:
                return "a probe with a semaphore is at this place already (the kernel allows one for each place), or the instruction there cannot be probed";
            default:
                return null;
        }
    }

    /// <summary>The rights that the ways need differ.</summary>
    public static string ExplainRights(LinuxKernel kernel)
    {
        string? general = Refusal.AdviceFor(kernel, Errno.EPERM, Privileges.PerfMon | Privileges.Bpf);
        return PrivilegeRules.Missing(kernel, Privileges.SysAdmin) is not Privileges.None
            ? "uprobes by perf events need CAP_SYS_ADMIN since the mend of CVE-2025-38466 (July 2025), and by tracefs the right to write there; "
                + $"CAP_BPF and CAP_PERFMON are enough for programs of SEC(\"uprobe.multi/…\") (Linux 6.6){(general is null ? "" : $"; the call also {general}")}"
            : general ?? "the kernel, or a security module, forbids it";
    }
}
