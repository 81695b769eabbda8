using System.Text;

namespace Ebpf.Verifier;

/// <summary>Reads the report that follows the verdict since Linux 7.3 (kernel/bpf/diagnostics.c).</summary>
/// <example>
/// <code>
/// Verification failed: Register Type Safety: Unreadable register
///
/// Reason:
///   R0 has never been initialized on this path, so the verifier cannot use it as an input.
///
/// At:
///   insn 0
///         | ^-- error: R0 is not readable
///
/// Suggestion:
///   Initialize R0 on every path before this instruction.
/// </code>
/// </example>
internal sealed class VerifierReportReader
{
    private const int MaxLength = 2000;

    private readonly string _category;
    private readonly string _problem;
    private readonly StringBuilder _reason = new();
    private readonly StringBuilder _suggestion = new();
    private StringBuilder? _section;

    /// <summary>Begins with what follows <c>Verification failed: </c>.</summary>
    public VerifierReportReader(ReadOnlySpan<char> header)
    {
        int separator = header.IndexOf(": ", StringComparison.Ordinal);
        _category = Cut(separator < 0 ? header : header[..separator]);
        _problem = separator < 0 ? "" : Cut(header[(separator + 2)..]);
    }

    /// <summary>Reads a line. Sections that are not known are passed over.</summary>
    public void Read(ReadOnlySpan<char> line)
    {
        if (line[0] != ' ')
        {
            _section = line.TrimEnd() switch
            {
                "Reason:" => _reason,
                "Suggestion:" => _suggestion,
                _ => null,
            };
            return;
        }

        // Long texts are broken into lines at spaces.
        if (_section is null || _section.Length > MaxLength) return;
        if (_section.Length > 0) _section.Append(' ');
        _section.Append(Cut(line));
    }

    /// <summary>What was read.</summary>
    public VerifierReport Report() =>
        new() { Category = _category, Problem = _problem, Reason = _reason.ToString(), Suggestion = _suggestion.ToString() };

    private static string Cut(ReadOnlySpan<char> text) => (text.Length > MaxLength ? text[..MaxLength] : text).Trim().ToString();
}
