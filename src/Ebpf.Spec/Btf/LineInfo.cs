namespace Ebpf.Btf;

/// <summary>A place in the source, in <c>.BTF.ext</c>.</summary>
public sealed class LineInfo
{
    /// <summary>The line, from 1.</summary>
    public int Line { get; init; }

    /// <summary>The column, from 1; 0 when unknown.</summary>
    public int Column { get; init; }

    /// <summary>The file, as the compiler was given it.</summary>
    public string File { get; init; } = "";

    /// <summary>The text of the line.</summary>
    public string Text { get; init; } = "";
}
