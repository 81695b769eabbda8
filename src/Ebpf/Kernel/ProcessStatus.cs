using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>What limits this process beyond its capabilities.</summary>
internal static class ProcessStatus
{
    /// <summary>
    /// Whether the root of this thread's user namespace is the machine's: only there do capabilities count for eBPF.
    /// </summary>
    public static bool IsInInitialUserNamespace(LinuxKernel kernel)
    {
        // Without user namespaces there is no such file. PROC_USER_INIT_INO, include/linux/proc_ns.h.
        const ulong initial = 0xEFFF_FFFD;
        return kernel.Status(KernelPaths.UserNamespace, out FileStatus status) != Errno.None || status.Inode == initial;
    }

    /// <summary>
    /// Whether a seccomp filter checks the system calls of this process, as container runtimes install it.
    /// </summary>
    public static bool HasSystemCallFilter(LinuxKernel kernel) => StatusFile.Field(kernel, KernelPaths.ThreadStatus, "Seccomp") == "2";
}
