using System.Text;
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
        if (Read(kernel) is not { Length: > 0 } list || list.Split(',').Contains("bpf")) return;
        throw new BpfException(
            operation,
            Errno.EOPNOTSUPP,
            $"the kernel would never run the program, since \"bpf\" is not among its security modules ({list}): "
            + $"start it with lsm={list},bpf on its command line");
    }

    /// <summary>The names of the modules, separated by commas; <c>null</c> if nothing tells.</summary>
    private static string? Read(LinuxKernel kernel)
    {
        if (kernel.ReadText(KernelPaths.SecurityModules)?.Trim('\0', '\n', ' ') is { Length: > 0 } list) return list;

        // Without securityfs: what the kernel was told when it started, or else when it was built.
        string[] words = (kernel.ReadText(KernelPaths.CommandLine) ?? "").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (Array.FindLast(words, word => word.StartsWith("lsm=", StringComparison.Ordinal)) is { } told) return told["lsm=".Length..];

        // An older parameter, which changes the list in other ways.
        if (Array.Exists(words, word => word.StartsWith("security=", StringComparison.Ordinal))) return null;
        if (KernelConfig.Read(kernel, out byte[] text, out _) is null) return null;
        ReadOnlySpan<byte> begin = "\nCONFIG_LSM=\""u8;
        int start = text.AsSpan().IndexOf(begin);
        if (start < 0) return null;
        ReadOnlySpan<byte> built = text.AsSpan(start + begin.Length);
        int end = built.IndexOf((byte)'"');
        return end < 0 ? null : Encoding.ASCII.GetString(built[..end]);
    }
}
