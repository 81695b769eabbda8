namespace Ebpf;

/// <summary>Represents the verifier's own explanation, which kernels write into the log since Linux 7.3.</summary>
public sealed record VerifierReport
{
    /// <summary>Gets the kind of rule that is broken: <c>Memory Safety</c>.</summary>
    public string Category { get; init; } = "";

    /// <summary>Gets what is wrong: <c>Access outside bounds</c>; empty if the kernel does not say.</summary>
    public string Problem { get; init; } = "";

    /// <summary>Gets why it is wrong; empty if the kernel does not say.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Gets what to do about it; empty if the kernel does not say.</summary>
    public string Suggestion { get; init; } = "";
}
