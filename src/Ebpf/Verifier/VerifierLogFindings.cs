namespace Ebpf.Verifier;

/// <summary>What there is in a log.</summary>
internal sealed record VerifierLogFindings
{
    /// <summary>The verifier's words for what is wrong, line by line; empty if it has none.</summary>
    public required IReadOnlyList<string> Verdict { get; init; }

    /// <summary>The instructions that led to the end, and the last of them.</summary>
    public required int[] Path { get; init; }

    /// <summary>The registers before the last instruction; <c>null</c> if the log does not tell.</summary>
    public required VerifierState? State { get; init; }

    /// <summary>The verifier's own explanation, since Linux 7.3.</summary>
    public required VerifierReport? Report { get; init; }
}
