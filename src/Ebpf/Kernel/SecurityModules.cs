using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The Linux security modules that the running kernel calls.</summary>
internal static class SecurityModules
{
    /// <summary>
    /// Makes sure that BPF is among them. The kernel loads and attaches LSM programs all the same, and never runs them.
    /// </summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="operation">What is being done, for the message.</param>
    /// <exception cref="BpfException">It is not. Nothing is thrown where the list cannot be read.</exception>
    public static void RequireBpf(LinuxKernel kernel, string operation)
    {
        if (kernel.ReadText(KernelPaths.SecurityModules)?.Trim('\0', '\n', ' ') is not { Length: > 0 } list) return;
        if (list.Split(',').Contains("bpf")) return;
        throw new BpfException(
            operation,
            Errno.EOPNOTSUPP,
            $"the kernel would never run the program, since \"bpf\" is not among its security modules ({list}): "
            + $"start it with lsm={list},bpf on its command line");
    }
}
