using System.Globalization;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>How many frames the kernel records of a stack.</summary>
internal static class StackDepth
{
    /// <summary>The administrator's limit; <c>null</c> if it cannot be read.</summary>
    public static uint? Limit(LinuxKernel kernel) =>
        uint.TryParse(
            kernel.ReadText(KernelPaths.MaxStackDepth), NumberStyles.Integer, CultureInfo.InvariantCulture, out uint limit)
            ? limit
            : null;
}
