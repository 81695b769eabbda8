using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>Why the kernel does not show its addresses, and machine code with them, to this process.</summary>
internal static class AddressSecrecy
{
    /// <summary>What keeps them hidden (kallsyms_show_value in kernel/ksyms_common.c), and what to do about it.</summary>
    public static string Explain(LinuxKernel kernel)
    {
        string? restricted = kernel.ReadText("/proc/sys/kernel/kptr_restrict")?.Trim();
        if (restricted == "2") return "sysctl kernel.kptr_restrict is 2, which hides the addresses of the kernel from everybody";
        string without = restricted == "0"
            ? $"sysctl kernel.perf_event_paranoid of at most 1 (it is {kernel.ReadText("/proc/sys/kernel/perf_event_paranoid")?.Trim() ?? "unknown"})"
            : $"sysctl kernel.kptr_restrict 0 (it is {restricted ?? "unknown"}) with kernel.perf_event_paranoid of at most 1";
        return $"the kernel hides its addresses from this process: that needs CAP_SYSLOG, or {without}";
    }

    /// <summary>What keeps the instructions of a program hidden whose constants the compiler of the kernel has blinded.</summary>
    public static string ExplainBlinding(LinuxKernel kernel)
    {
        string hardened = kernel.ReadText("/proc/sys/net/core/bpf_jit_harden")?.Trim() ?? "unknown";
        return $"its constants are blinded (sysctl net.core.bpf_jit_harden is {hardened}), and {Explain(kernel)}";
    }
}
