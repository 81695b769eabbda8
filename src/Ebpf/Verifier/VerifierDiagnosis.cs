using System.Buffers;
using System.Globalization;
using Ebpf.Asm;

namespace Ebpf.Verifier;

/// <summary>What a refusal means: the log, read with the program beside it.</summary>
internal sealed record VerifierDiagnosis
{
    /// <summary>What follows the last name in an access: <c>[3]</c>.</summary>
    private static readonly SearchValues<char> NoName = SearchValues.Create("[]0123456789. ");

    /// <summary>The verifier's words in one line, or what is missing on this kernel.</summary>
    public required string Reason { get; init; }

    /// <summary>The verifier's words, line by line.</summary>
    public required IReadOnlyList<string> Verdict { get; init; }

    /// <summary>The rule by which the mistake was found.</summary>
    public required MistakeRule Rule { get; init; }

    /// <summary>What is behind the mistake; <c>null</c> if nothing is known.</summary>
    public required string? Explanation { get; init; }

    /// <summary>What to do about it; <c>null</c> if nothing is known.</summary>
    public required string? Remedy { get; init; }

    /// <summary>The instruction that was refused; <c>null</c> if it is the program.</summary>
    public required VerifierStep? Step { get; init; }

    /// <summary>The registers that <see cref="Step"/> reads.</summary>
    public required IReadOnlyList<Register> Operands { get; init; }

    /// <summary>The instruction that acquired what is not released.</summary>
    public required VerifierStep? AcquiredAt { get; init; }

    /// <summary>The registers before <see cref="Step"/>.</summary>
    public required VerifierState? State { get; init; }

    /// <summary>The way to <see cref="Step"/>.</summary>
    public required VerifierPath Path { get; init; }

    /// <summary>The verifier's own explanation.</summary>
    public required VerifierReport? Report { get; init; }

    /// <summary>The program.</summary>
    public required ProgramListing Listing { get; init; }

    /// <summary>Reads a log.</summary>
    /// <param name="log">What the verifier wrote.</param>
    /// <param name="listing">The program.</param>
    /// <param name="poisoned">The instructions in it that are there to be refused.</param>
    public static VerifierDiagnosis Of(VerifierLog log, ProgramListing listing, PoisonedInstructions poisoned)
    {
        VerifierLogFindings findings = VerifierLogParser.Parse(log.Text);
        IReadOnlyList<string> verdict = log.LacksVerdict ? [] : findings.Verdict;
        MistakeRule rule = Classify(log, verdict, findings.Report);
        int? slot = rule.Scope switch
        {
            MistakeScope.Program => null,
            MistakeScope.Named => NumberAfter(verdict, "insn ") ?? LastOf(findings.Path),
            _ => LastOf(findings.Path) ?? FirstWithOpCode(verdict, listing),
        };
        VerifierStep? step = slot is { } of ? listing.StepAt(of) : null;
        string reason = string.Join("; ", verdict);
        if (log.LacksVerdict) reason = log.Explain();
        else if (reason.Length == 0 && findings.Report is { } said) reason = $"{said.Problem}: {said.Reason}";

        // The verifier reached an instruction that was replaced, for want of what it uses, by one that it refuses.
        if (slot is { } at && poisoned.ReasonAt(at) is { } missing)
        {
            reason = missing;
            rule = MistakeRules.OfPoisoned(missing);

            // Compilers give the constants of CO-RE no line of their own: the line before is that of something else.
            if (listing.LineNaming(at, LastNameIn(missing)) is { } line) step = step! with { Source = line };
        }

        (string Explanation, string Remedy)? texts = MistakeTexts.Of(rule.Mistake);
        bool ofProgram = rule.Scope == MistakeScope.Program;
        VerifierDiagnosis diagnosis = new()
        {
            Reason = reason,
            Verdict = verdict,
            Rule = rule,
            Explanation = texts?.Explanation ?? NullIfEmpty(findings.Report?.Reason),
            Remedy = texts?.Remedy ?? NullIfEmpty(findings.Report?.Suggestion),
            Step = step,
            Operands = slot is { } by && listing.InstructionAt(by) is { } instruction ? OperandsOf(instruction) : [],
            AcquiredAt = NumberAfter(verdict, "alloc_insn=") is { } acquired ? listing.StepAt(acquired) : null,
            State = ofProgram ? null : findings.State,
            Path = new VerifierPath(listing, ofProgram ? [] : findings.Path),
            Report = findings.Report,
            Listing = listing,
        };
        return diagnosis.WithState(diagnosis.State);
    }

    /// <summary>The same refusal, once it is known what was in the registers.</summary>
    public VerifierDiagnosis WithState(VerifierState? state)
    {
        VerifierDiagnosis diagnosis = this with { State = state };
        (string? explanation, string? remedy) = MistakeDetails.Of(diagnosis, Listing);
        return diagnosis with { Explanation = explanation ?? Explanation, Remedy = remedy ?? Remedy };
    }

    /// <summary>What the verifier finds before it follows any path it says without a place: the first instruction of this opcode.</summary>
    private static int? FirstWithOpCode(IReadOnlyList<string> verdict, ProgramListing listing)
    {
        const string words = "unknown opcode ";
        foreach (string line in verdict)
        {
            if (line.StartsWith(words, StringComparison.Ordinal)
                && byte.TryParse(line.AsSpan(words.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
                return listing.FirstWithOpCode(code);
        }

        return null;
    }

    /// <summary><c>nosuch</c> of <c>struct task_struct.nosuch: no such field on this kernel</c>.</summary>
    private static ReadOnlySpan<char> LastNameIn(string missing)
    {
        int end = missing.IndexOf(':');
        ReadOnlySpan<char> subject = missing.AsSpan(0, end < 0 ? missing.Length : end);
        int last = subject.LastIndexOfAnyExcept(NoName);
        if (last < 0) return default;
        subject = subject[..(last + 1)];
        return subject[(subject.LastIndexOfAny(' ', '.') + 1)..];
    }

    private static MistakeRule Classify(VerifierLog log, IReadOnlyList<string> verdict, VerifierReport? report)
    {
        // Nothing else makes a log so long and ends with this error.
        if (log.LacksVerdict && log.Error == Errno.E2BIG) return MistakeRules.TooComplex;
        return MistakeRules.Find(report is null ? verdict : [.. verdict, report.Problem]);
    }

    private static Register[] OperandsOf(in Instruction instruction) => instruction.OpCode.Class switch
    {
        InstructionClass.Load => [],
        InstructionClass.LoadRegister => [instruction.Source],
        InstructionClass.Store => [instruction.Destination],
        _ when instruction.IsExit => [Register.R0],
        _ when instruction.IsCall => [Register.R1, Register.R2, Register.R3, Register.R4, Register.R5],
        _ when instruction.OpCode.Operand == Operand.Immediate => [instruction.Destination],
        _ => [instruction.Destination, instruction.Source],
    };

    private static int? LastOf(int[] path) => path.Length > 0 ? path[^1] : null;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static int? NumberAfter(IReadOnlyList<string> verdict, string word)
    {
        foreach (string line in verdict)
        {
            int at = line.IndexOf(word, StringComparison.Ordinal);
            if (at < 0) continue;
            ReadOnlySpan<char> digits = line.AsSpan(at + word.Length);
            int end = digits.IndexOfAnyExceptInRange('0', '9');
            if (int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return number;
        }

        return null;
    }
}
