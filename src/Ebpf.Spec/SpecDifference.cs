using System.Globalization;

namespace Ebpf;

/// <summary>Represents a property whose value is not the one that is wanted.</summary>
public sealed record SpecDifference
{
    /// <summary>Gets the name of the property that differs: <c>MaxEntries</c>; <c>InnerMap.KeySize</c> for one of the inner maps.</summary>
    public required string Property { get; init; }

    /// <summary>Gets the value that is wanted.</summary>
    public required object? Expected { get; init; }

    /// <summary>Gets the value that there is.</summary>
    public required object? Actual { get; init; }

    /// <summary>Returns the difference in words: <c>its max entries is 16, not 8</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"its {Words()} is {Actual ?? "none"}, not {Expected ?? "none"}");

    /// <summary>Adds a difference to a list, if there is one.</summary>
    internal static void Compare<T>(List<SpecDifference> differences, string property, T actual, T expected)
    {
        if (EqualityComparer<T>.Default.Equals(actual, expected)) return;
        differences.Add(new SpecDifference { Property = property, Actual = actual, Expected = expected });
    }

    /// <summary>The name as words: <c>MaxEntries</c> is <c>max entries</c>.</summary>
    private string Words()
    {
        System.Text.StringBuilder words = new();
        foreach (char c in Property)
        {
            if (char.IsAsciiLetterUpper(c) && words.Length > 0 && words[^1] != ' ') words.Append(' ');
            words.Append(c == '.' ? ' ' : char.ToLowerInvariant(c));
        }

        return words.ToString();
    }
}
