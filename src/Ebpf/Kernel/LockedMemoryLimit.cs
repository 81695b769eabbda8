using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>RLIMIT_MEMLOCK, against which Linux before 5.11 counts the memory of maps and programs.</summary>
internal static class LockedMemoryLimit
{
    private static readonly Version CountsNoMore = new(5, 11);

    /// <summary>Whether the limit can be why a map or program was refused with EPERM.</summary>
    public static bool Matters(LinuxKernel kernel) => KernelFacts.Of(kernel).Version < CountsNoMore;

    /// <summary>What to do about a map or program that was refused, if nothing else explains it; <c>null</c> if it is not the limit.</summary>
    public static string? AdviceFor(LinuxKernel kernel, Errno error) => error == Errno.EPERM && Matters(kernel)
        ? "the limit of locked memory (RLIMIT_MEMLOCK) may be too low; raise it, or give the process CAP_SYS_RESOURCE"
        : null;

    /// <summary>
    /// Takes the limit away, if the kernel counts against it, as every loader of eBPF has to. Without CAP_SYS_RESOURCE
    /// as far as the hard limit allows.
    /// </summary>
    /// <returns>Whether the limit is higher now, so that trying again makes sense.</returns>
    public static bool TryRaise(LinuxKernel kernel)
    {
        if (!Matters(kernel)) return false;
        if (kernel.GetResourceLimit(ResourceLimit.LockedMemory, out ResourceLimit limit).Failed) return false;
        if (limit.Current == ResourceLimit.Infinity) return false;
        ResourceLimit none = new() { Current = ResourceLimit.Infinity, Maximum = ResourceLimit.Infinity };
        if (!kernel.SetResourceLimit(ResourceLimit.LockedMemory, none).Failed) return true;
        ResourceLimit most = limit with { Current = limit.Maximum };
        return limit.Current < limit.Maximum && !kernel.SetResourceLimit(ResourceLimit.LockedMemory, most).Failed;
    }
}
