using System.Globalization;

namespace Ebpf.Btf;

/// <summary>
/// Represents the line of source that an instruction comes from. The strings of one from an object are read when they are asked
/// for.
/// </summary>
public sealed class LineInfo
{
    private const int ColumnBits = 10;
    private const int LargestColumn = (1 << ColumnBits) - 1;
    private const int LargestLine = (1 << (32 - ColumnBits)) - 1;

    private readonly BtfSpec? _owner;
    private readonly uint _fileNameOffset;
    private readonly uint _lineOffset;
    private string? _file;
    private string? _text;
    private uint _lineColumn;

    /// <summary>Creates a line that does not come from an object.</summary>
    public LineInfo()
    {
    }

    internal LineInfo(BtfSpec owner, uint fileNameOffset, uint lineOffset, uint lineColumn)
    {
        _owner = owner;
        _fileNameOffset = fileNameOffset;
        _lineOffset = lineOffset;
        _lineColumn = lineColumn;
    }

    /// <summary>Gets the path of the file, as it was given to the compiler; empty if unknown.</summary>
    public string File
    {
        get => _file ??= _owner?.Strings.Text(_fileNameOffset) ?? "";
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _file = value;
        }
    }

    /// <summary>Gets the text of the line; empty if unknown.</summary>
    public string Text
    {
        get => _text ??= _owner?.Strings.Text(_lineOffset) ?? "";
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _text = value;
        }
    }

    /// <summary>Gets the number of the line, from 1 to 4,194,303; 0 if unknown.</summary>
    public int Line
    {
        get => (int)(_lineColumn >> ColumnBits);
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestLine);
            _lineColumn = ((uint)value << ColumnBits) | (_lineColumn & LargestColumn);
        }
    }

    /// <summary>Gets the column, from 1 to 1,023; 0 if unknown.</summary>
    public int Column
    {
        get => (int)(_lineColumn & LargestColumn);
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestColumn);
            _lineColumn = (_lineColumn & ~(uint)LargestColumn) | (uint)value;
        }
    }

    /// <summary>The BTF whose strings <see cref="FileNameOffset"/> and <see cref="LineOffset"/> mean; <c>null</c> if there is none.</summary>
    internal BtfSpec? Owner => _owner;

    /// <summary>Where <see cref="File"/> is in the strings of <see cref="Owner"/>.</summary>
    internal uint FileNameOffset => _fileNameOffset;

    /// <summary>Where <see cref="Text"/> is in the strings of <see cref="Owner"/>.</summary>
    internal uint LineOffset => _lineOffset;

    /// <summary>Line and column as the kernel has them: <c>line &lt;&lt; 10 | column</c>.</summary>
    internal uint LineColumn => _lineColumn;

    /// <summary>Returns the text and the place: <c>return 0; @ prog.c:12:2</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Text.Trim()} @ {File}:{Line}:{Column}");
}
