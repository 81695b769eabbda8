using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.ResourceLimits;

namespace Ebpf
{
    /// <summary>Provides methods by which a process changes its own use of a kernel.</summary>
    public static class BpfKernelExtensions
    {
        /// <param name="kernel">The kernel.</param>
        extension(BpfKernel kernel)
        {
            /// <summary>
            /// Raises RLIMIT_MEMLOCK of this process to infinity if the kernel counts the memory of maps and programs against it,
            /// as Linux before 5.11 does. On later kernels it does nothing.
            /// </summary>
            /// <remarks>
            /// The library does this by itself when the kernel refuses a map or program. Call it when the process gives up its
            /// privileges before it loads, since CAP_SYS_RESOURCE is needed to raise the limit above its hard value. Safe for use by
            /// several threads at once.
            /// </remarks>
            /// <exception cref="BpfException">The process lacks CAP_SYS_RESOURCE.</exception>
            public void RaiseLockedMemoryLimit()
            {
                ArgumentNullException.ThrowIfNull(kernel);
                LockedMemoryLimit.Raise(LinuxKernel.Of(kernel));
            }
        }
    }
}

namespace Ebpf.ResourceLimits
{
    /// <summary>RLIMIT_MEMLOCK, against which Linux before 5.11 counts the memory of maps and programs.</summary>
    internal sealed class LockedMemoryLimit
    {
        private static readonly Version CountsNoMore = new(5, 11);

        private static readonly PerKernel<LockedMemoryLimit> Known = new(static _ => new LockedMemoryLimit());

        private readonly Lock _lock = new();
        private bool _isRaised;

        private LockedMemoryLimit()
        {
        }

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
        /// <returns>
        /// Whether the limit is higher than it was when the process began, so that trying again makes sense: another thread may have
        /// raised it between the caller's attempt and this call.
        /// </returns>
        public static bool TryRaise(LinuxKernel kernel)
        {
            if (!Matters(kernel)) return false;
            LockedMemoryLimit own = Known.Of(kernel);
            lock (own._lock)
            {
                if (TryRaiseNow(kernel, out _)) own._isRaised = true;
                return own._isRaised;
            }
        }

        /// <summary>Takes the limit away.</summary>
        /// <exception cref="BpfException">The process may not.</exception>
        public static void Raise(LinuxKernel kernel)
        {
            if (!Matters(kernel)) return;
            LockedMemoryLimit own = Known.Of(kernel);
            lock (own._lock)
            {
                if (TryRaiseNow(kernel, out ResourceLimit limit)) own._isRaised = true;
                if (kernel.GetResourceLimit(ResourceLimit.LockedMemory, out limit) is { Failed: true, Error: var error })
                    throw new BpfException("Raise the limit of locked memory (RLIMIT_MEMLOCK)", error);
                if (limit.Current == ResourceLimit.Infinity) return;
                throw new BpfException(
                    "Raise the limit of locked memory (RLIMIT_MEMLOCK)",
                    Errno.EPERM,
                    $"needs CAP_SYS_RESOURCE; the limit is {limit.Current} bytes, as the hard limit allows");
            }
        }

        private static bool TryRaiseNow(LinuxKernel kernel, out ResourceLimit limit)
        {
            if (kernel.GetResourceLimit(ResourceLimit.LockedMemory, out limit).Failed) return false;
            if (limit.Current == ResourceLimit.Infinity) return false;
            ResourceLimit none = new() { Current = ResourceLimit.Infinity, Maximum = ResourceLimit.Infinity };
            if (!kernel.SetResourceLimit(ResourceLimit.LockedMemory, none).Failed) return true;
            ResourceLimit most = limit with { Current = limit.Maximum };
            return limit.Current < limit.Maximum && !kernel.SetResourceLimit(ResourceLimit.LockedMemory, most).Failed;
        }
    }
}
