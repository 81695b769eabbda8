using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The clock of the kernel, which counts since the machine started.</summary>
internal static class BootClock
{
    /// <summary>When it was that time, by the clock of today.</summary>
    /// <returns><c>null</c> if that cannot be told.</returns>
    public static DateTimeOffset? ToDate(LinuxKernel kernel, ulong nanoseconds)
    {
        ulong now = kernel.TimeSinceBoot();
        return now == 0 ? null : DateTimeOffset.UtcNow.AddTicks(((long)nanoseconds - (long)now) / TimeSpan.NanosecondsPerTick);
    }
}
