namespace Ebpf;

/// <summary>Specifies what the verifier writes into its log.</summary>
[Flags]
public enum VerifierLogLevel : uint
{
    /// <summary>Nothing. A program that is refused is loaded a second time for the log.</summary>
    None = 0,

    /// <summary>Every branch that the verifier follows, with the states of the registers.</summary>
    Branches = 1,

    /// <summary>Every instruction that the verifier visits.</summary>
    Instructions = 2,

    /// <summary>Statistics only (Linux 5.2).</summary>
    Statistics = 4,
}
