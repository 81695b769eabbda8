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

    /// <summary>What the program returned; of the last run.</summary>
    public uint ReturnValue { get; }

    /// <summary>The packet as the program left it; empty for programs that see none.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The context as the program left it; empty when none was given.</summary>
    public ReadOnlyMemory<byte> Context { get; }

    /// <summary>The average time of one run, in nanoseconds, as the kernel measured it.</summary>
    public uint AverageNanoseconds { get; }
}
