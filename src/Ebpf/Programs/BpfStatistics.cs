using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>
/// Makes the kernel count and time the runs of all programs on this machine until this instance is disposed.
/// </summary>
/// <remarks>
/// Counting costs every run of a program some tens of nanoseconds. The counts are kept when it ends. It also ends with the
/// process, but not when the instance is garbage-collected without being disposed.
/// </remarks>
public sealed class BpfStatistics : IDisposable
{
    private readonly BpfHandle _handle;

    private BpfStatistics(BpfHandle handle) => _handle = handle;

    /// <summary>Starts counting; <see cref="BpfProgram.GetStatistics"/> returns the counts. Since Linux 5.8; needs CAP_SYS_ADMIN.</summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="FeatureNotSupportedException">
    /// The kernel is too old: there, sysctl <c>kernel.bpf_stats_enabled</c> does the same until it is set to 0.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfStatistics Enable(BpfKernel? kernel = null)
    {
        const string operation = "Count the runs of programs";
        LinuxKernel system = LinuxKernel.Of(kernel);
        BpfHandle? handle = system.EnableStats(out Errno error);
        if (handle is not null)
        {
            // Forgetting the object must not end what was asked for: only Dispose, or the end of the process, does.
            handle.CloseOnlyOnDispose();
            return new BpfStatistics(handle);
        }

        // Older kernels do not know the command; newer ones know the only kind of statistics.
        throw error == Errno.EINVAL
            ? new FeatureNotSupportedException(
                operation, "BPF_ENABLE_STATS, and counts while sysctl kernel.bpf_stats_enabled is 1", new Version(5, 8), error)
            : Refusal.Explain(system, operation, error, Privileges.SysAdmin);
    }

    /// <summary>Ends the counting, unless another process or instance keeps it on. Calling it again has no effect.</summary>
    public void Dispose() => _handle.Dispose();
}

/// <summary>Describes how often and how long a program has run (<see cref="BpfProgram.GetStatistics"/>).</summary>
public readonly record struct ProgramStatistics
{
    /// <summary>
    /// Gets how long the program has run, on all CPUs together, in nanoseconds. Counted only while <see cref="BpfStatistics"/>, or sysctl
    /// <c>kernel.bpf_stats_enabled</c>, is on.
    /// </summary>
    public ulong RunNanoseconds { get; init; }

    /// <summary>Gets how often the program has run; counted only while <see cref="RunNanoseconds"/> is.</summary>
    public ulong RunCount { get; init; }

    /// <summary>
    /// Gets how often the program was not run because it, or another one, was running on the same CPU: of programs that are attached to
    /// functions and tracepoints. Always counted; <c>null</c> before Linux 5.12.
    /// </summary>
    public ulong? RecursionMisses { get; init; }

    /// <summary>Gets how long the program has run, on all CPUs together, to a tenth of a microsecond; see <see cref="RunNanoseconds"/>.</summary>
    public TimeSpan RunTime => TimeSpan.FromTicks((long)(RunNanoseconds / TimeSpan.NanosecondsPerTick));

    /// <summary>Gets how long one run took on average, in nanoseconds; 0 if none was counted.</summary>
    public double AverageNanoseconds => RunCount == 0 ? 0 : (double)RunNanoseconds / RunCount;
}
