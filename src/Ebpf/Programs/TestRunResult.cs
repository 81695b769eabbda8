namespace Ebpf;

/// <summary>What came of running a program for trial.</summary>
public sealed class TestRunResult
{
    internal TestRunResult(uint returnValue, byte[] data, byte[] context, uint averageNanoseconds)
    {
        ReturnValue = returnValue;
        Data = data;
        Context = context;
        AverageNanoseconds = averageNanoseconds;
    }

    /// <summary>
    /// What the program returned; of the last run. For tracing programs what came of the functions that the kernel has for such
    /// trials, and that they can be attached to.
    /// </summary>
    public uint ReturnValue { get; }

    /// <summary>
    /// The packet as the program left it; empty for programs that see none. For flow dissectors what they found:
    /// <c>struct bpf_flow_keys</c>.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The context as the program left it; empty when none was given, and for programs that get it to read only.</summary>
    public ReadOnlyMemory<byte> Context { get; }

    /// <summary>
    /// The average time of one run, in whole nanoseconds, as the kernel measured it; 0 for programs that run once only.
    /// </summary>
    public uint AverageNanoseconds { get; }
}
