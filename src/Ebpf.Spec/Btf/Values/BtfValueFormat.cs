using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Defines how a <see cref="BtfValue"/> is formatted.</summary>
public sealed record BtfValueFormat
{
    /// <summary>Gets the format for one line, with limits on depth, elements and length for human readers.</summary>
    public static BtfValueFormat Compact { get; } = new();

    /// <summary>Gets the format with one line for each member, with the limits of <see cref="Compact"/>.</summary>
    public static BtfValueFormat Indented { get; } = new() { MultipleLines = true };

    /// <summary>Gets the format for one line without omissions, up to some 16 million characters.</summary>
    public static BtfValueFormat Whole { get; } = new() { MaxDepth = 64, MaxElements = int.MaxValue, MaxLength = 1 << 24 };

    /// <summary>Gets whether each member is written on a line of its own. Not used for JSON, whose writer decides that.</summary>
    public bool MultipleLines { get; init; }

    /// <summary>Gets whether integers are written in hexadecimal, negative ones as their bits. Addresses always are.</summary>
    public bool Hexadecimal { get; init; }

    /// <summary>
    /// Gets whether members and elements whose bytes are all 0 are left out. In JSON, elements are kept, since they have no
    /// index.
    /// </summary>
    public bool SkipZeros { get; init; }

    /// <summary>Gets the number of levels of nested structures and arrays that are written: 1 to 128; 16 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 or greater than 128.</exception>
    public int MaxDepth
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Limits.MaxValueDepth);
            field = value;
        }
    } = 16;

    /// <summary>Gets the number of elements of an array that are written; 64 by default. Texts are not cut.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxElements
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 64;

    /// <summary>Gets the approximate number of characters after which the value is cut; 65,536 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 1 << 16;
}
