using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>How a <see cref="BtfValue"/> is written.</summary>
public sealed record BtfValueFormat
{
    /// <summary>On one line, with limits for what a person reads.</summary>
    public static BtfValueFormat Compact { get; } = new();

    /// <summary>A line for each member, with the same limits.</summary>
    public static BtfValueFormat Indented { get; } = new() { MultipleLines = true };

    /// <summary>Everything, up to some 16 million characters; on one line.</summary>
    public static BtfValueFormat Whole { get; } = new() { MaxDepth = 64, MaxElements = int.MaxValue, MaxLength = 1 << 24 };

    /// <summary>Whether each member has a line of its own. JSON leaves that to its writer.</summary>
    public bool MultipleLines { get; init; }

    /// <summary>Whether integers are written as hexadecimal numbers, negative ones as the bits that they are. Addresses always are.</summary>
    public bool Hexadecimal { get; init; }

    /// <summary>
    /// Whether members whose bytes are all 0 are left out, and elements too, but for JSON, where they have no index.
    /// </summary>
    public bool SkipZeros { get; init; }

    /// <summary>How deep structures and arrays in one another are shown: 1 to 128; 16 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less or more.</exception>
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

    /// <summary>How many elements of an array are shown; 64 by default. Texts are not cut.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MaxElements
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 64;

    /// <summary>About how many characters are written; 65,536 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
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
