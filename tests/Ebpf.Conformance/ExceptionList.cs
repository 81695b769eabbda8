using System.Globalization;
using System.IO.Enumeration;

namespace Ebpf.Conformance;

/// <summary>The differences that are known, with their reasons.</summary>
/// <remarks>
/// A line is <c>object | field | libbpf | reason</c>. The object and the field may have <c>*</c> in them; a field may be
/// <c>field = value</c>, for differences in which libbpf says this. libbpf is <c>any</c>, or versions below one:
/// <c>&lt;1.5</c>, or from one on: <c>&gt;=1.5</c>. Empty lines and lines that begin with <c>#</c> mean nothing.
/// </remarks>
internal sealed class ExceptionList
{
    private readonly List<KnownDifference> _known = [];

    private ExceptionList()
    {
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<KnownDifference> All => _known;

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">A line is malformed.</exception>
    public static ExceptionList Read(string path) => Parse(File.ReadAllLines(path));

    /// <summary>Reads lines.</summary>
    /// <exception cref="FormatException">A line is malformed.</exception>
    public static ExceptionList Parse(ReadOnlySpan<string> lines)
    {
        ExceptionList list = new();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            string[] columns = line.Split('|', 4, StringSplitOptions.TrimEntries);
            Version? below = null, from = null;
            if (columns.Length != 4
                || columns.Contains("")
                || (columns[2] != "any"
                    && !(columns[2][0] == '<' && Version.TryParse(columns[2].AsSpan(1), out below))
                    && !(columns[2].StartsWith(">=", StringComparison.Ordinal) && Version.TryParse(columns[2].AsSpan(2), out from))))
            {
                throw new FormatException(
                    string.Create(CultureInfo.InvariantCulture, $"line {i + 1}: not \"object | field | libbpf | reason\": {line}"));
            }

            list._known.Add(new KnownDifference(columns[0], columns[1], below, columns[3]) { From = from });
        }

        return list;
    }

    /// <summary>Looks for a difference, and remembers that it was found.</summary>
    public bool Explains(Difference difference, Version libbpf)
    {
        bool found = false;
        foreach (KnownDifference known in _known)
        {
            if (!known.AppliesTo(libbpf) || !known.Matches(difference)) continue;
            known.Found++;
            found = true;
        }

        return found;
    }
}

/// <summary>A difference that is known.</summary>
/// <param name="Object">The objects: a name, or a pattern with <c>*</c>.</param>
/// <param name="Field">What differs, likewise; with <c> = value</c> behind it, only if libbpf says this.</param>
/// <param name="Below">The version of libbpf from which on there is none; <c>null</c> for all.</param>
/// <param name="Reason">Why that is so.</param>
internal sealed record KnownDifference(string Object, string Field, Version? Below, string Reason)
{
    /// <summary>How often it was found.</summary>
    public int Found { get; set; }

    /// <summary>The version of libbpf that has it first; <c>null</c> for all.</summary>
    public Version? From { get; init; }

    /// <summary>Whether this version of libbpf has it.</summary>
    public bool AppliesTo(Version libbpf) => (Below is null || libbpf < Below) && (From is null || libbpf >= From);

    /// <summary>Whether this is it.</summary>
    public bool Matches(Difference difference) =>
        MatchesObject(difference.Object) && FileSystemName.MatchesSimpleExpression(Field, What(difference), ignoreCase: false);

    /// <summary>Whether it is about old versions of libbpf and all objects, not about what is in one of them.</summary>
    public bool IsAboutAge => Below is not null && Object == "*";

    /// <summary>Whether an object is one of those that have it.</summary>
    public bool MatchesObject(string name) => FileSystemName.MatchesSimpleExpression(Object, name, ignoreCase: false);

    private string What(Difference difference) =>
        Field.Contains(" =", StringComparison.Ordinal) ? $"{difference.Field} = {difference.Libbpf}".TrimEnd() : difference.Field;
}
