using System.Globalization;
using System.Text;
using Ebpf.Asm;
using Ebpf.Uapi;

namespace Ebpf.Verifier;

/// <summary>How a <see cref="VerifierException"/> is shown to people.</summary>
internal static class VerifierExceptionText
{
    private const int MaxWidth = 180;
    private const int MaxVerdictLines = 4;
    private const int MaxRegisters = 4;
    private const int MaxPathLines = 10;
    private const int MaxLogLines = 8;
    private const string Indent = "  ";

    /// <summary>One line, or two.</summary>
    public static string Message(VerifierException error)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{error.Operation}: {error.Errno.Describe()}: ");
        text.AppendClean(error.Reason.Length > 0 ? error.Reason : "the verifier gives no reason");
        if (LineOf(error) is { } line)
            text.Append(", at ").AppendClean(line.File).Append(CultureInfo.InvariantCulture, $":{line.Line}: ").AppendClean(line.Text);
        else if (error.Instruction is { } slot) text.Append(CultureInfo.InvariantCulture, $", at instruction {slot}");
        if (error.Remedy is { } remedy) text.Append('\n').AppendClean(remedy);
        return text.ToString();
    }

    /// <summary>A page.</summary>
    public static string Describe(VerifierException error)
    {
        StringBuilder text = new();
        int endOfFirst = error.Message.IndexOf('\n');
        text.Append(typeof(VerifierException).FullName).Append(": ")
            .Append(endOfFirst < 0 ? error.Message : error.Message[..endOfFirst]).Append("\n\n");
        AppendPlace(text, error);
        foreach (string words in error.Verdict.TakeLast(MaxVerdictLines)) AppendItem(text, "Verifier", words);
        if (error.InstructionText is { Length: > 0 } instruction)
            AppendItem(text, "Instruction", string.Create(CultureInfo.InvariantCulture, $"{error.Instruction}: {instruction}"));
        foreach (VerifierValue value in RegistersInvolved(error)) AppendItem(text, "Register", value.ToString());
        if (error.AcquiredAt is { } acquired) AppendItem(text, "Acquired", DescribeStep(acquired));
        if (error.Explanation is { } explanation) AppendItem(text, "Why", explanation);
        if (error.Remedy is { } remedy) AppendItem(text, "What to do", remedy);
        AppendPath(text, error);
        AppendLog(text, error);
        if (error.StackTrace is { } stack) text.Append(stack).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>
    /// Appends text that comes from an object or the kernel, so that it cannot end the line or control a terminal.
    /// </summary>
    public static StringBuilder AppendClean(this StringBuilder text, ReadOnlySpan<char> words)
    {
        foreach (char c in words) text.Append(char.IsControl(c) ? ' ' : c);
        return text;
    }

    private static SourceLine? LineOf(VerifierException error) =>
        error.SourceLine is { } line ? SourceLine.Of(line, error.Function) : null;

    private static void AppendPlace(StringBuilder text, VerifierException error)
    {
        if (LineOf(error) is not { } line) return;
        text.Append(Indent).AppendClean(line.File).Append(CultureInfo.InvariantCulture, $":{line.Line}");
        if (error.SourceLine!.Column > 0) text.Append(CultureInfo.InvariantCulture, $":{error.SourceLine.Column}");
        if (line.Function is { } function) text.Append(", in ").AppendClean(function).Append("()");
        if (line.Function != error.Program) text.Append(" of program ").AppendClean(error.Program);
        text.Append('\n');

        // The text of the line as it stands in the file, to which the column belongs.
        string source = line.Text.Length > 0 ? error.SourceLine.Text.TrimEnd() : "";
        if (source.Length is 0 or > MaxWidth) return;
        int margin = source.Length - source.TrimStart().Length;
        int column = error.SourceLine.Column - 1 - margin;
        text.Append(Indent).Append(Indent).AppendClean(line.Text).Append('\n');
        if (column >= 0 && column < line.Text.Length)
            text.Append(Indent).Append(Indent).Append(' ', column).Append("^\n");
    }

    private static void AppendItem(StringBuilder text, string name, string words)
    {
        const int width = 13;
        bool isLong = words.Length > MaxWidth && name is not ("Why" or "What to do");
        text.Append(Indent).Append(name).Append(':').Append(' ', width - name.Length - 1)
            .AppendClean(isLong ? words.AsSpan(0, MaxWidth) : words).Append(isLong ? "…\n" : "\n");
    }

    private static void AppendPath(StringBuilder text, VerifierException error)
    {
        if (error.Path.Count < 2) return;
        string path = error.Path.FormatSource(MaxPathLines);
        if (path.Length == 0)
            path = string.Join('\n', Enumerable.Range(0, error.Path.Count).TakeLast(MaxPathLines).Select(i => error.Path[i].ToString()));
        text.Append(CultureInfo.InvariantCulture, $"\n{Indent}The way there ({error.Path.Count} instructions):\n");
        foreach (string line in path.Split('\n')) AppendCut(text, line);
    }

    private static void AppendLog(StringBuilder text, VerifierException error)
    {
        ReadOnlySpan<char> log = error.Log.AsSpan().TrimEnd();
        if (log.IsEmpty) return;
        text.Append(CultureInfo.InvariantCulture, $"\n{Indent}End of the log ({error.Log.Length} characters, all in Log):\n");
        int start = log.Length;
        for (int lines = 0; lines < MaxLogLines && start > 0; lines++) start = log[..(start - 1)].LastIndexOf('\n') + 1;
        log = log[start..];
        foreach (Range line in log.Split('\n')) AppendCut(text, log[line]);
    }

    private static void AppendCut(StringBuilder text, ReadOnlySpan<char> line)
    {
        text.Append(Indent).Append(Indent).AppendClean(line.Length > MaxWidth ? line[..MaxWidth] : line)
            .Append(line.Length > MaxWidth ? "…\n" : "\n");
    }

    private static string DescribeStep(VerifierStep step) =>
        step.Source is { } source && SourceLine.Of(source, step.Function) is { } line
            ? $"at {line.Place}: {line.Text}"
            : $"by {step}";

    /// <summary>The registers that the verifier names, and those that the instruction reads.</summary>
    private static IEnumerable<VerifierValue> RegistersInvolved(VerifierException error)
    {
        if (error.State is not { } state) return [];
        HashSet<Register> registers = [];
        foreach (string words in error.Verdict)
        {
            for (int i = 0; i + 1 < words.Length; i++)
            {
                if (words[i] != 'R' || !char.IsAsciiDigit(words[i + 1]) || (i > 0 && char.IsLetterOrDigit(words[i - 1]))) continue;
                bool isTen = words[i + 1] == '1' && i + 2 < words.Length && words[i + 2] == '0';
                registers.Add(isTen ? Register.R10 : (Register)(words[i + 1] - '0'));
            }
        }

        if (registers.Count == 0) registers.UnionWith(error.Operands);
        return state.Registers.Where(value => registers.Any(register => value.Name == $"R{(int)register}")).Take(MaxRegisters);
    }
}
