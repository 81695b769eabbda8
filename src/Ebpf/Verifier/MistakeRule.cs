namespace Ebpf.Verifier;

/// <summary>How the verifier words a mistake.</summary>
/// <param name="Pattern">Parts of a line of the verdict, in this order; <c>*</c> stands for anything between them.</param>
/// <param name="Mistake">Which mistake that is.</param>
/// <param name="Needs">Whether it is one only without certain capabilities.</param>
/// <param name="Scope">To what the verdict belongs.</param>
/// <param name="Condition">What must hold of the line besides.</param>
internal sealed record MistakeRule(
    string Pattern,
    VerifierMistake Mistake,
    MistakeNeeds Needs = MistakeNeeds.Nothing,
    MistakeScope Scope = MistakeScope.Instruction,
    Func<string, bool>? Condition = null)
{
    private readonly string[] _parts = Pattern.Split('*');

    /// <summary>Whether a line has all parts of the pattern in their order.</summary>
    public bool Matches(string text)
    {
        ReadOnlySpan<char> line = text;
        foreach (string part in _parts)
        {
            int at = line.IndexOf(part, StringComparison.Ordinal);
            if (at < 0) return false;
            line = line[(at + part.Length)..];
        }

        return Condition is null || Condition(text);
    }
}

/// <summary>What the process lacks when the verifier finds a mistake that others may make.</summary>
internal enum MistakeNeeds
{
    Nothing,

    /// <summary>CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8).</summary>
    PerfMon,

    /// <summary>CAP_BPF (CAP_SYS_ADMIN before Linux 5.8).</summary>
    Bpf,
}

/// <summary>To what the verifier's verdict belongs.</summary>
internal enum MistakeScope
{
    /// <summary>The instruction that the verifier looked at last.</summary>
    Instruction,

    /// <summary>The instruction of which the verdict gives the number.</summary>
    Named,

    /// <summary>The program: the last instruction has nothing to do with it.</summary>
    Program,
}
