using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>What limits this process beyond its capabilities.</summary>
internal static class ProcessStatus
{
    /// <summary>
    /// Whether the root of this process's user namespace is the machine's: only there do capabilities count for eBPF.
    /// </summary>
    public static bool IsInInitialUserNamespace(LinuxKernel kernel)
    {
        // Without user namespaces there is no such file. The initial one maps every user to itself.
        string? map = kernel.ReadText("/proc/self/uid_map");
        return map is null
            || map.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295"];
    }

    /// <summary>
    /// Whether a seccomp filter checks the system calls of this process, as container runtimes install it.
    /// </summary>
    public static bool HasSystemCallFilter(LinuxKernel kernel) => StatusFile.Field(kernel, StatusFile.Process, "Seccomp") == "2";
}
