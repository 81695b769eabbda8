namespace Ebpf;

/// <summary>What the verifier writes into its log.</summary>
[Flags]
public enum VerifierLogLevel : uint
{
    /// <summary>Nothing. When a program is refused, it is loaded a second time for the log.</summary>
    None = 0,

    /// <summary>Every branch that the verifier follows, with the states of the registers.</summary>
    Branches = 1,

    /// <summary>Every instruction that the verifier looks at.</summary>
    Instructions = 2,

    /// <summary>Only statistics. Since Linux 5.2.</summary>
    Statistics = 4,
}
