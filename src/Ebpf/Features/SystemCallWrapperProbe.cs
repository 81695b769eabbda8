using System.Globalization;
using System.Runtime.InteropServices;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>
/// Finds out whether the functions behind system calls take a pointer to the caller's registers, under names like
/// <c>__x64_sys_bpf</c>, and not the arguments themselves.
/// </summary>
internal static unsafe class SystemCallWrapperProbe
{
    /// <summary>Since when all kernels of this architecture are built so.</summary>
    public static Version Since { get; } =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? new Version(4, 19) : new Version(4, 17);

    /// <summary>Tries to probe such a function.</summary>
    /// <remarks>
    /// What cannot be told so follows from <see cref="Since"/>: the architectures select the wrappers unconditionally
    /// (ARCH_HAS_SYSCALL_WRAPPER). libbpf says no in that case, also of a kernel without kprobes (CONFIG_KPROBES) that has the
    /// wrappers, since it asks only for programs that are attached to kprobes. Any program can read the setting, so the truth is told.
    /// </remarks>
    /// <returns>Whether there is one; <c>null</c> if that cannot be told: without kprobes, or without CAP_PERFMON.</returns>
    public static bool? Probe(LinuxKernel kernel)
    {
        string? type = kernel.ReadText(KernelPaths.KprobeEventType);
        if (!uint.TryParse(type, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out uint number)) return null;
        ReadOnlySpan<byte> function = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? "__arm64_sys_bpf\0"u8
            : "__x64_sys_bpf\0"u8;
        fixed (byte* name = function)
        {
            PerfEventAttr attr = new() { Type = number, Config1 = (ulong)name };
            const int thisProcess = 0, anyCpu = -1, noGroup = -1;
            using BpfHandle? probe = BpfHandle.Take(
                kernel, kernel.PerfEventOpen(ref attr, thisProcess, anyCpu, noGroup, flags: 0), out Errno error);
            return error switch
            {
                Errno.None => true,
                Errno.ENOENT => false,
                _ => null,
            };
        }
    }
}
