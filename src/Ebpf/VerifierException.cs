using Ebpf.Btf;

namespace Ebpf;

/// <summary>The verifier refused a program.</summary>
/// <remarks>The message has the essence of the log and the line of the source; <see cref="Log"/> has all of it.</remarks>
public sealed class VerifierException : BpfException
{
    internal VerifierException(
        string program, Errno error, string log, string reason, int? instruction, LineInfo? source)
        : base($"Load program \"{program}\"", error, Describe(reason, instruction, source))
    {
        Program = program;
        Log = log;
        Reason = reason;
        Instruction = instruction;
        SourceLine = source;
    }

    /// <summary>The program.</summary>
    public string Program { get; }

    /// <summary>The verifier's whole log.</summary>
    public string Log { get; }

    /// <summary>The verifier's words for what is wrong, without the way that led there.</summary>
    public string Reason { get; }

    /// <summary>
    /// The number of the instruction at which the verifier stopped, counted in slots of 8 bytes as the log does;
    /// <c>null</c> when it refused the program as a whole.
    /// </summary>
    public int? Instruction { get; }

    /// <summary>
    /// The line of the source from which <see cref="Instruction"/> was compiled; <c>null</c> when that is not known.
    /// </summary>
    public LineInfo? SourceLine { get; }

    /// <summary>The message, the whole log and the stack.</summary>
    public override string ToString() => $"{base.ToString()}{Environment.NewLine}Verifier log:{Environment.NewLine}{Log}";

    private static string Describe(string reason, int? instruction, LineInfo? source)
    {
        if (reason.Length == 0) reason = "the verifier gives no reason";
        if (source is not null) return $"{reason}, at {source.File}:{source.Line}: {source.Text.Trim()}";
        return instruction is null ? reason : $"{reason}, at instruction {instruction}";
    }
}
