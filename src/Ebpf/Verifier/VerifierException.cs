using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Verifier;

namespace Ebpf;

/// <summary>The verifier refused a program.</summary>
/// <remarks>
/// <see cref="Exception.Message"/> says what is wrong, in which line of C, and what to do; <see cref="ToString"/> shows on a page:
/// the line, the verifier's words, the registers involved, an explanation, the way there in lines of C, and the end of the log. Each of
/// these is a property too.
/// </remarks>
public sealed class VerifierException : BpfException
{
    private readonly VerifierDiagnosis _diagnosis;

    internal VerifierException(string program, VerifierLog log, VerifierDiagnosis diagnosis)
        : base($"Load program \"{program}\"", log.Error, diagnosis.Remedy)
    {
        _diagnosis = diagnosis;
        Program = program;
        Log = log.Text;
        IsLogTruncated = log.IsTruncated;
        Message = VerifierExceptionText.Message(this);
    }

    /// <summary>Gets what was being done, what is wrong, and where; in a second line what to do about it, if that is known.</summary>
    public override string Message { get; }

    /// <summary>Gets the program.</summary>
    public string Program { get; }

    /// <summary>Gets what kind of mistake it is, on all kernels the same.</summary>
    public VerifierMistake Mistake => _diagnosis.Rule.Mistake;

    /// <summary>
    /// Gets the verifier's words for what is wrong, without the way that led there. If the instruction uses something that this
    /// kernel lacks, and the library therefore replaced it: what is missing, in terms of C.
    /// </summary>
    public string Reason => _diagnosis.Reason;

    /// <summary>Gets what is behind the mistake; <c>null</c> if that is not known.</summary>
    public string? Explanation => _diagnosis.Explanation;

    /// <summary>Gets what to do about the mistake; <c>null</c> if that is not known.</summary>
    public string? Remedy => _diagnosis.Remedy;

    /// <summary>
    /// Gets the number of the instruction at which the verifier stopped, counted in slots of 8 bytes as the log does;
    /// <c>null</c> when it refused the program as a whole.
    /// </summary>
    public int? Instruction => _diagnosis.Step?.Instruction;

    /// <summary>Gets the instruction at which the verifier stopped: <c>r0 = *(u64 *)(r0 + 0)</c>; <c>null</c> if the program was refused as a whole.</summary>
    public string? InstructionText => _diagnosis.Step?.Text;

    /// <summary>Gets the function in which the instruction stands; <c>null</c> when that is not known.</summary>
    public string? Function => _diagnosis.Step?.Function;

    /// <summary>
    /// Gets the line of the source from which <see cref="Instruction"/> was compiled; <c>null</c> when that is not known.
    /// </summary>
    public LineInfo? SourceLine => _diagnosis.Step?.Source;

    /// <summary>Gets the instruction that acquired what is not released on this path; <c>null</c> for other mistakes.</summary>
    public VerifierStep? AcquiredAt => _diagnosis.AcquiredAt;

    /// <summary>
    /// Gets what the verifier knew of registers and stack before the instruction; <c>null</c> if the log does not tell.
    /// </summary>
    public VerifierState? State => _diagnosis.State;

    /// <summary>Gets the way to the instruction; empty when the program was refused as a whole.</summary>
    public VerifierPath Path => _diagnosis.Path;

    /// <summary>Gets the verifier's own explanation, since Linux 7.3; <c>null</c> before.</summary>
    public VerifierReport? Report => _diagnosis.Report;

    /// <summary>
    /// Gets the verifier's log: all of it, unless <see cref="IsLogTruncated"/>. Bytes that are no UTF-8 are U+FFFD.
    /// </summary>
    public string Log { get; }

    /// <summary>
    /// Gets whether the log is longer than <see cref="CollectionOptions.MaxLogSize"/>; then <see cref="Log"/> is its end, on kernels
    /// before 6.4 its beginning.
    /// </summary>
    public bool IsLogTruncated { get; }

    /// <summary>The verifier's words, line by line.</summary>
    internal IReadOnlyList<string> Verdict => _diagnosis.Verdict;

    /// <summary>The registers that the instruction reads.</summary>
    internal IReadOnlyList<Register> Operands => _diagnosis.Operands;

    /// <summary>Returns an account of up to forty lines, and the stack trace. The whole log is <see cref="Log"/>.</summary>
    public override string ToString() => VerifierExceptionText.Describe(this);
}
