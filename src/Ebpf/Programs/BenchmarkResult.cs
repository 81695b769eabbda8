namespace Ebpf;

/// <summary>How fast a program is (<see cref="BpfProgram.Benchmark"/>).</summary>
public readonly record struct BenchmarkResult
{
    /// <summary>
    /// Gets the average time of one run in nanoseconds, with the kernel's loop around it (some nanoseconds). The kernel cuts off fractions
    /// of the average of each part of the runs, so that it is up to one nanosecond too small.
    /// </summary>
    public double AverageNanoseconds { get; init; }

    /// <summary>Gets how often the program was run.</summary>
    public long Runs { get; init; }

    /// <summary>Gets what the program returned the last time.</summary>
    public uint ReturnValue { get; init; }
}
