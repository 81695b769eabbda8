using System.Text.RegularExpressions;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>Compares types of two BTFs by what a program sees of them: places, sizes, names, values.</summary>
internal sealed partial class LayoutComparison
{
    private readonly HashSet<(uint, uint)> _done = [];
    private readonly Stack<(BtfType Expected, BtfType Actual, string Path)> _open = [];

    /// <summary>What differs.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>How many members were compared.</summary>
    public int Members { get; private set; }

    /// <summary>How many values of enumerations were compared.</summary>
    public int Values { get; private set; }

    /// <summary>Compares two types and all that they hold.</summary>
    public void Compare(BtfType expected, BtfType actual)
    {
        _open.Push((expected, actual, expected.ToString()));
        while (_open.TryPop(out (BtfType Expected, BtfType Actual, string Path) pair)) CompareOne(pair.Expected, pair.Actual, pair.Path);
    }

    private void CompareOne(BtfType expected, BtfType actual, string path)
    {
        if (!_done.Add((expected.Id.Value, actual.Id.Value))) return;
        BtfType left = expected.Resolve();
        BtfType right = actual.Resolve();
        if (expected.TryGetSize(out uint size) && (!actual.TryGetSize(out uint actualSize) || size != actualSize))
            Differences.Add($"{path}: {size} bytes, not as many in {actual}");
        switch (left, right)
        {
            case (ArrayType array, ArrayType other):
                _open.Push((array.Element, other.Element, path + "[]"));
                break;
            case (CompositeType composite, CompositeType other):
                if (composite.Kind != other.Kind) Differences.Add($"{path}: {composite.Kind}, {other.Kind}");
                CompareMembers(composite, other, path);
                break;
            case (EnumType enumeration, EnumType other):
                CompareValues(enumeration, other, path);
                break;
            case (IntType or FloatType or PointerType, _) when left.Kind == right.Kind:
                break;
            default:
                // The values of an enumeration without a name can be defined only once: elsewhere it is an integer.
                if (left is not EnumType { Name: "" } || right is not IntType) Differences.Add($"{path}: {left}, {right}");
                break;
        }
    }

    private void CompareMembers(CompositeType expected, CompositeType actual, string path)
    {
        if (expected.Members.Length == 0 && expected is UnionType && expected.Size > 0) return;
        if (expected.Members.Length != actual.Members.Length)
        {
            Differences.Add($"{path}: {expected.Members.Length} members, {actual.Members.Length}");
            return;
        }

        for (int i = 0; i < expected.Members.Length; i++)
        {
            Member left = expected.Members[i];
            Member right = actual.Members[i];
            Members++;
            string member = $"{path}.{left.Name}";
            if (left.Name != right.Name) Differences.Add($"{member}: called {right.Name}");
            if ((left.BitOffset, left.BitSize) != (right.BitOffset, right.BitSize))
                Differences.Add($"{member}: bit {left.BitOffset} of {left.BitSize}, {right.BitOffset} of {right.BitSize}");

            // What stands before a structure without a name for the member, clang drops.
            if (left.Name.Length > 0 && Plain(left.Type) is { } text && Plain(right.Type) is { } other && text != other)
                Differences.Add($"{member}: {text}, {other}");
            _open.Push((left.Type, right.Type, member));
        }
    }

    private void CompareValues(EnumType expected, EnumType actual, string path)
    {
        Values += expected.Values.Length;
        IEnumerable<(string, long)> left = expected.Values.Select(value => (value.Name, value.Value));
        IEnumerable<(string, long)> right = actual.Values.Select(value => (Flavor().Replace(value.Name, ""), value.Value));
        if (!left.SequenceEqual(right)) Differences.Add($"{path}: other values");
    }

    /// <summary>A type as C writes it, as far as both compilers say the same: clang calls integers by other names than GCC.</summary>
    private static string? Plain(BtfType type)
    {
        if (type.Resolve() is EnumType { Name: "" }) return null;
        string text = Flavor().Replace(type.ToString(), "");

        // Arrays: GCC has the qualifiers both on the array and on its elements.
        if (text.Contains('…', StringComparison.Ordinal) || text.Contains("const const", StringComparison.Ordinal)) return null;
        text = text.Replace("long long unsigned int", "unsigned long long", StringComparison.Ordinal)
            .Replace("long unsigned int", "unsigned long", StringComparison.Ordinal)
            .Replace("short unsigned int", "unsigned short", StringComparison.Ordinal)
            .Replace("long long int", "long long", StringComparison.Ordinal)
            .Replace("long int", "long", StringComparison.Ordinal)
            .Replace("short int", "short", StringComparison.Ordinal)
            .Replace("__int128 unsigned", "unsigned __int128", StringComparison.Ordinal);
        return text;
    }

    [GeneratedRegex("___[0-9]+$|___[0-9]+(?=[^0-9A-Za-z_])")]
    private static partial Regex Flavor();
}
