namespace Ebpf;

/// <summary>What the verifier writes into its log.</summary>
[Flags]
public enum VerifierLogLevel : uint
{
    /// <summary>Nothing; when a program is refused, it is loaded once more for the log.</summary>
    None = 0,

    /// <summary>Every branch that it follows, with the registers' states.</summary>
    Branches = 1,

    /// <summary>Every instruction that it looks at.</summary>
    Instructions = 2,

    /// <summary>Statistics alone. Since Linux 5.2.</summary>
    Statistics = 4,
}
