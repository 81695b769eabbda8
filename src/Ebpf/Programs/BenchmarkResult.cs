namespace Ebpf;

/// <summary>Describes the result of <see cref="BpfProgram.Benchmark"/>.</summary>
public readonly record struct BenchmarkResult
{
    /// <summary>
    /// Gets the average time of one run in nanoseconds, with the kernel's loop around it (some nanoseconds). The kernel cuts off fractions
    /// of the average of each part of the runs, so that it is up to one nanosecond too small.
    /// </summary>
    public double AverageNanoseconds { get; init; }

    /// <summary>Gets the number of runs.</summary>
    public long Runs { get; init; }

    /// <summary>Gets the return value of the last run.</summary>
    public uint ReturnValue { get; init; }
}
