using System.Globalization;

namespace Ebpf.Verifier;

/// <summary>Reads the verifier's log, of any kernel. Takes any text, in time in proportion to its length.</summary>
/// <remarks>
/// <para>
/// The log tells of every instruction on the way (<c>12: (79) r1 = *(u64 *)(r10 -8)</c>), of states, and of source lines. What
/// is wrong stands behind the last instruction, before the statistics. The forms of states, by kernel:
/// before 5.17 <c>12: R0=inv0 …</c> on lines of their own, only with <see cref="VerifierLogLevel.Instructions"/> at every
/// instruction, and <c> R0_w=inv0 …</c> before some verdicts; since 5.17 what changed, behind the instruction
/// (<c>; R0_w=0</c>), or on a line of its own. Where a branch that was put aside is taken up, all registers follow:
/// <c>from 3 to 7: R0=…</c>, or in 6.18 behind the jump itself: <c>3: (15) if r0 == 0x0 goto pc+3 7: R0=…</c>.
/// </para>
/// <para>Since 7.3 the verdict is followed by a report in sections; see <see cref="VerifierReport"/>.</para>
/// <para>What is of none of these forms, and no known noise, belongs to the verdict if no instruction follows.</para>
/// </remarks>
internal sealed class VerifierLogParser
{
    private const int MaxVerdictLines = 12;
    private const int MaxVerdictLine = 500;
    private const string ReportHeader = "Verification failed: ";

    // What the verifier prints after its verdict.
    private static readonly string[] Statistics =
        ["verification time ", "stack depth ", "processed ", "insns processed ", "max_states_per_insn ", "mark_read ", "peak_states "];

    // What else it prints, and has nothing to do with what is wrong: functions, precision, liveness.
    private static readonly string[] Noise =
    [
        "func#", "Func#", "func '", "Validating ", "mark_precise:", "force_precise:", "last_idx ", "regs=", "parent ",
        "propagating ", "Live regs before insn:", "stack use/def", "subprog#", "topo_order[", "REG INVARIANTS VIOLATION",
        "verifier bug: REG INVARIANTS VIOLATION", "verifier log line truncated",
        "cur state:", "old state:",
    ];

    // The lines before whole states, where functions are called and return.
    private static readonly string[] BeforeStates = ["caller:", "callee:", "returning from callee:", "to caller at "];

    private readonly string _log;
    private readonly PathTracker _path = new();
    private readonly RegisterTracker _registers;
    private readonly Queue<Range> _verdict = new();
    private int _stateAtStep = -1;
    private bool _tellsChanges;
    private bool _isWhole;
    private VerifierReportReader? _report;

    private VerifierLogParser(string log)
    {
        _log = log;
        _registers = new RegisterTracker(log);
    }

    /// <summary>Reads a log.</summary>
    public static VerifierLogFindings Parse(string log)
    {
        VerifierLogParser parser = new(log);
        for (int start = 0; start < log.Length;)
        {
            int end = log.IndexOf('\n', start);
            if (end < 0) end = log.Length;
            if (end > start) parser.ReadLine(start..end);
            start = end + 1;
        }

        return parser.Findings();
    }

    private VerifierLogFindings Findings()
    {
        // Without a state for this instruction, those of others are out of date.
        bool isCurrent = _tellsChanges || _stateAtStep >= _path.Count - 1;
        return new VerifierLogFindings
        {
            Verdict = [.. _verdict.Select(Words).Where(words => words.Length > 0)],
            Path = _path.ToArray(),
            State = isCurrent ? _registers.Current() : null,
            Report = _report?.Report(),
        };
    }

    private void ReadLine(Range line)
    {
        ReadOnlySpan<char> text = _log.AsSpan(line);
        bool isWhole = _isWhole;
        _isWhole = false;
        if (char.IsAsciiDigit(text[0]) && TryReadNumbered(line, text)) return;
        if (text.StartsWith("; ", StringComparison.Ordinal)) return;
        if (text.StartsWith("from ", StringComparison.Ordinal) && TryReadBranch(line, text)) return;
        if (IsStatistics(text)) return;
        if (text.StartsWith(ReportHeader, StringComparison.Ordinal))
        {
            _report = new VerifierReportReader(text[ReportHeader.Length..]);
            return;
        }

        if (_report is not null)
        {
            _report.Read(text);
            return;
        }

        if (IsState(text))
        {
            ReadState(line, isWhole);
            return;
        }

        if (StartsWithAny(text, BeforeStates))
        {
            _isWhole = true;
            return;
        }

        if (StartsWithAny(text, Noise) || IsPropagation(text) || IsTableRow(text)) return;
        _verdict.Enqueue(line);
        if (_verdict.Count > MaxVerdictLines) _verdict.Dequeue();
    }

    /// <summary>Reads <c>12: (b7) r0 = 0 ; R0_w=0</c>, <c>12: R0=0</c>, <c>12: safe</c>.</summary>
    private bool TryReadNumbered(Range line, ReadOnlySpan<char> text)
    {
        int colon = text.IndexOf(':');
        if (!TrySlot(text[..Math.Max(colon, 0)], out int slot)) return false;
        ReadOnlySpan<char> rest = text[(colon + 1)..];
        if (rest.StartsWith(" (", StringComparison.Ordinal) && rest.Length > 4 && rest[4] == ')')
        {
            ReadInstruction(slot, line, text, colon + 1);
            return true;
        }

        if (!IsState(rest)) return rest.Trim() is "" or "safe";
        ReadState((line.Start.Value + colon + 1)..line.End, isWhole: false);
        return true;
    }

    private void ReadInstruction(int slot, Range line, ReadOnlySpan<char> text, int at)
    {
        NextInstruction();
        _path.Add(slot);
        ReadOnlySpan<char> rest = text[at..];
        if (rest.StartsWith(" (85) call", StringComparison.Ordinal)) _registers.BeginCall();
        int comment = rest.IndexOf(';');
        if (comment >= 0)
        {
            _tellsChanges = true;
            ReadState((line.Start.Value + at + comment + 1)..line.End, isWhole: false);
            return;
        }

        // A branch that was put aside is taken up: the number of its first instruction, and all registers.
        int state = rest.IndexOf(": R", StringComparison.Ordinal);
        if (state < 0) state = rest.IndexOf(": frame", StringComparison.Ordinal);
        if (state >= 0) ReadState((line.Start.Value + at + state + 1)..line.End, isWhole: true);
    }

    /// <summary>Reads <c>from 3 to 7: R0=0</c>, <c>from 3 to 7 (speculative execution): R0=0</c>, <c>from 3 to 7: safe</c>.</summary>
    private bool TryReadBranch(Range line, ReadOnlySpan<char> text)
    {
        const int wordLength = 5;
        int space = text[wordLength..].IndexOf(' ');
        if (space < 0 || !TrySlot(text.Slice(wordLength, space), out int from)) return false;
        int colon = text.IndexOf(':');
        if (colon < 0) return false;
        NextInstruction();
        _path.GoBackTo(from);
        if (IsState(text[(colon + 1)..])) ReadState((line.Start.Value + colon + 1)..line.End, isWhole: true);
        return true;
    }

    private void ReadState(Range state, bool isWhole)
    {
        _registers.Read(state, isWhole);
        _stateAtStep = _path.Count;
    }

    /// <summary>Whatever was said before was not the end.</summary>
    private void NextInstruction()
    {
        _registers.EndCall();
        _verdict.Clear();
        _report = null;
    }

    /// <summary>A line of the verdict. Some have no line feed: the statistics follow at once.</summary>
    private string Words(Range line)
    {
        ReadOnlySpan<char> text = _log.AsSpan(line);
        int statistics = text.IndexOf("processed ", StringComparison.Ordinal);
        if (statistics > 0 && text[statistics..].Contains(" insns (limit", StringComparison.Ordinal)) text = text[..statistics];
        if (text.Length > MaxVerdictLine) text = text[..MaxVerdictLine];
        return text.Trim().ToString();
    }

    private static bool TrySlot(ReadOnlySpan<char> digits, out int slot) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out slot);

    private static bool IsState(ReadOnlySpan<char> text) =>
        (text.StartsWith(" R", StringComparison.Ordinal) && text.Contains('=')) || text.StartsWith(" frame", StringComparison.Ordinal);

    private static bool IsStatistics(ReadOnlySpan<char> text) =>
        StartsWithAny(text, Statistics)
        && !text.Contains(" exceeds ", StringComparison.Ordinal); // "stack depth 600 exceeds interpreter stack depth limit" (7.2)

    /// <summary><c>frame 0: propagating r6</c>, but not <c>frame pointer is read only</c>.</summary>
    private static bool IsPropagation(ReadOnlySpan<char> text)
    {
        const string word = "frame ";
        return text.StartsWith(word, StringComparison.Ordinal) && text.Length > word.Length && char.IsAsciiDigit(text[word.Length]);
    }

    /// <summary>A row of the table of live registers, of newer kernels: <c>  0: .1........ (b7) r6 = 1</c>.</summary>
    private static bool IsTableRow(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> row = text.TrimStart(' ');
        int colon = row.IndexOf(':');
        return colon > 0 && TrySlot(row[..colon], out _);
    }

    private static bool StartsWithAny(ReadOnlySpan<char> text, string[] beginnings)
    {
        foreach (string beginning in beginnings)
        {
            if (text.StartsWith(beginning, StringComparison.Ordinal)) return true;
        }

        return false;
    }
}

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
