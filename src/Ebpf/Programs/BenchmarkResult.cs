namespace Ebpf;

/// <summary>How fast a program is (<see cref="BpfProgram.Benchmark"/>).</summary>
/// <param name="Nanoseconds">
/// The average time of one run, in nanoseconds, with the kernel's loop around it (some nanoseconds). The kernel cuts off fractions of
/// the average of each part of the runs, so that it is up to one nanosecond too small.
/// </param>
/// <param name="Runs">How often the program was run.</param>
/// <param name="ReturnValue">What it returned the last time.</param>
public readonly record struct BenchmarkResult(double Nanoseconds, long Runs, uint ReturnValue);
