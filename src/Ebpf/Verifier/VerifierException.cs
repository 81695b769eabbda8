using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Verifier;

namespace Ebpf;

/// <summary>The exception that is thrown when the verifier refuses a program.</summary>
/// <remarks>
/// <see cref="Exception.Message"/> says what is wrong, in which line of C, and what to do. <see cref="ToString"/> returns about a
/// page: the line, the verifier's words, the registers involved, an explanation, the path in lines of C, and the end of the log.
/// Each of these is a property too.
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

    /// <summary>Gets what was being done, what is wrong, and where; in a second line what to do about it, if known.</summary>
    public override string Message { get; }

    /// <summary>Gets the name of the program.</summary>
    public string Program { get; }

    /// <summary>Gets the kind of mistake, which does not depend on the version of the kernel.</summary>
    public VerifierMistake Mistake => _diagnosis.Rule.Mistake;

    /// <summary>
    /// Gets the verifier's words for what is wrong, without the path that led there. If the instruction uses something that this
    /// kernel lacks, so that the library replaced it, gets what is missing, in terms of C.
    /// </summary>
    public string Reason => _diagnosis.Reason;

    /// <summary>Gets the explanation of the mistake; <c>null</c> if unknown.</summary>
    public string? Explanation => _diagnosis.Explanation;

    /// <summary>Gets what to do about the mistake; <c>null</c> if unknown.</summary>
    public string? Remedy => _diagnosis.Remedy;

    /// <summary>
    /// Gets the number of the instruction at which the verifier stopped, in slots of 8 bytes as in the log; <c>null</c> if it
    /// refused the program as a whole.
    /// </summary>
    public int? Instruction => _diagnosis.Step?.Instruction;

    /// <summary>Gets the instruction at which the verifier stopped: <c>r0 = *(u64 *)(r0 + 0)</c>; <c>null</c> if the program was refused as a whole.</summary>
    public string? InstructionText => _diagnosis.Step?.Text;

    /// <summary>Gets the function with the instruction; <c>null</c> if unknown.</summary>
    public string? Function => _diagnosis.Step?.Function;

    /// <summary>
    /// Gets the line of the source from which <see cref="Instruction"/> was compiled; <c>null</c> if unknown.
    /// </summary>
    public LineInfo? SourceLine => _diagnosis.Step?.Source;

    /// <summary>Gets the instruction that acquired what is not released on this path; <c>null</c> for other mistakes.</summary>
    public VerifierStep? AcquiredAt => _diagnosis.AcquiredAt;

    /// <summary>
    /// Gets what the verifier knew of registers and stack before the instruction; <c>null</c> if the log does not tell.
    /// </summary>
    public VerifierState? State => _diagnosis.State;

    /// <summary>Gets the path to the instruction; empty if the program was refused as a whole.</summary>
    public VerifierPath Path => _diagnosis.Path;

    /// <summary>Gets the verifier's own explanation, since Linux 7.3; <c>null</c> before.</summary>
    public VerifierReport? Report => _diagnosis.Report;

    /// <summary>
    /// Gets the verifier's log: all of it, unless <see cref="IsLogTruncated"/>. Bytes that are not UTF-8 are replaced by U+FFFD.
    /// </summary>
    public string Log { get; }

    /// <summary>
    /// Gets whether the log is longer than <see cref="CollectionOptions.MaxLogSize"/>. <see cref="Log"/> is then the end of it,
    /// on kernels before 6.4 the beginning.
    /// </summary>
    public bool IsLogTruncated { get; }

    /// <summary>The verifier's words, line by line.</summary>
    internal IReadOnlyList<string> Verdict => _diagnosis.Verdict;

    /// <summary>The registers that the instruction reads.</summary>
    internal IReadOnlyList<Register> Operands => _diagnosis.Operands;

    /// <summary>Returns a description of up to forty lines, and the stack trace. <see cref="Log"/> is the whole log.</summary>
    public override string ToString() => VerifierExceptionText.Describe(this);
}
