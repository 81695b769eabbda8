namespace Ebpf;

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
