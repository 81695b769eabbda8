using System.Globalization;
using Ebpf.Btf;

namespace Ebpf.Verifier;

/// <summary>A line of source in a function.</summary>
internal sealed record SourceLine(string? Function, string File, int Line, string Text)
{
    /// <summary>The line to which line information belongs. Its strings are read from the object only now.</summary>
    public static SourceLine Of(LineInfo line, string? function)
    {
        try
        {
            return new SourceLine(function, line.File, line.Line, line.Text.Trim());
        }
        catch (ObjectFormatException malformed)
        {
            return new SourceLine(function, "", line.Line, malformed.Message);
        }
    }

    /// <summary>The file without its directories, and the line: <c>prog.bpf.c:12</c>.</summary>
    public string Place => string.Create(CultureInfo.InvariantCulture, $"{File[(File.LastIndexOf('/') + 1)..]}:{Line}");
}
