namespace Ebpf;

/// <summary>How often and how long a program has run.</summary>
/// <param name="RunNanoseconds">
/// How long, on all CPUs together, in nanoseconds. Counted only while <see cref="BpfStatistics"/>, or sysctl
/// <c>kernel.bpf_stats_enabled</c>, is on.
/// </param>
/// <param name="RunCount">How often; counted only while <paramref name="RunNanoseconds"/> is.</param>
/// <param name="RecursionMisses">
/// How often it was not run because it, or another one, was running on the same CPU: of programs that are attached to functions and
/// tracepoints. Always counted; <c>null</c> before Linux 5.12.
/// </param>
public readonly record struct ProgramStatistics(ulong RunNanoseconds, ulong RunCount, ulong? RecursionMisses)
{
    /// <summary>How long, on all CPUs together, to a tenth of a microsecond; see <see cref="RunNanoseconds"/>.</summary>
    public TimeSpan RunTime => TimeSpan.FromTicks((long)(RunNanoseconds / TimeSpan.NanosecondsPerTick));

    /// <summary>How long one run took on average, in nanoseconds; 0 if none was counted.</summary>
    public double AverageNanoseconds => RunCount == 0 ? 0 : (double)RunNanoseconds / RunCount;
}
