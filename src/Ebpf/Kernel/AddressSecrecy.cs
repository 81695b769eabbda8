using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>Why the kernel does not show its addresses, and machine code with them, to this process.</summary>
internal static class AddressSecrecy
{
    /// <summary>What keeps them hidden, and what to do about it.</summary>
    public static string Explain(LinuxKernel kernel) =>
        $"the kernel hides its addresses from this process: {KernelSymbols.AdviceToSee(kernel)}";

    /// <summary>What keeps the instructions of a program hidden whose constants the compiler of the kernel has blinded.</summary>
    public static string ExplainBlinding(LinuxKernel kernel)
    {
        string hardened = kernel.ReadText(KernelPaths.JitHardening)?.Trim() ?? "unknown";
        return $"its constants are blinded (sysctl net.core.bpf_jit_harden is {hardened}), and {Explain(kernel)}";
    }
}
