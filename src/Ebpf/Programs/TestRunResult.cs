using System.Runtime.CompilerServices;

namespace Ebpf;

/// <summary>Describes the result of a test run (<see cref="BpfProgram.TestRun(TestRunOptions, CancellationToken)"/>).</summary>
public sealed record TestRunResult
{
    /// <summary>
    /// Gets the return value of the last run. For tracing programs, the results of the functions that the kernel has for test
    /// runs, to which such programs can be attached.
    /// </summary>
    public uint ReturnValue { get; init; }

    /// <summary>
    /// Gets the packet as the program left it; empty for programs that see none. For flow dissectors, gets what they found:
    /// <c>struct bpf_flow_keys</c>.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Gets the context as the program left it; empty if none was given, and for programs that only read it.</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>
    /// Gets the average time of one run, in whole nanoseconds, as the kernel measured it; 0 for programs that run only once.
    /// </summary>
    public uint AverageNanoseconds { get; init; }

    /// <summary>Gets <see cref="ReturnValue"/> as a verdict: <c>result.Verdict&lt;XdpAction&gt;() == XdpAction.Drop</c>.</summary>
    /// <typeparam name="TVerdict">
    /// The enum for this type of program, of 4 bytes: <see cref="XdpAction"/>, <see cref="TcAction"/>, <see cref="SkAction"/> and so on.
    /// </typeparam>
    /// <exception cref="ArgumentException"><typeparamref name="TVerdict"/> does not have 4 bytes.</exception>
    public TVerdict Verdict<TVerdict>()
        where TVerdict : unmanaged, Enum =>
        Unsafe.SizeOf<TVerdict>() == sizeof(uint)
            ? Unsafe.BitCast<uint, TVerdict>(ReturnValue)
            : throw new ArgumentException($"Programs return 4 bytes, and {typeof(TVerdict)} has {Unsafe.SizeOf<TVerdict>()}.");
}

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
