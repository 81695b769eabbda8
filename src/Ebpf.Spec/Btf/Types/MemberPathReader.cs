using System.Globalization;

namespace Ebpf.Btf.Types;

/// <summary>One part of a path: a name, or an index.</summary>
/// <param name="Name">Where the name stands in the path; empty for an index.</param>
/// <param name="Index">The index.</param>
/// <param name="End">Where the part ends in the path.</param>
internal readonly record struct MemberPathPart(Range Name, uint Index, int End)
{
    public bool IsIndex => Name.Equals(default);
}

/// <summary>Takes a path apart: <c>a.b[3]->c</c>. A dot and an arrow are the same.</summary>
/// <param name="path">The path.</param>
/// <param name="at">Where to begin; behind the name of a type, with the dot that follows it.</param>
internal struct MemberPathReader(string path, int at = 0)
{
    private int _at = at;

    /// <summary>Whether a dot follows.</summary>
    public readonly bool IsAtDot => _at < path.Length && path[_at] == '.';

    /// <summary>Reads the next part.</summary>
    /// <returns>Whether there is one more.</returns>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    public bool TryRead(out MemberPathPart part)
    {
        part = default;
        if (_at == path.Length) return false;
        if (path[_at] == '[')
        {
            int close = path.IndexOf(']', _at);
            if (close < 0) throw Malformed("a bracket is not closed");
            if (!uint.TryParse(path.AsSpan()[(_at + 1)..close], NumberStyles.None, CultureInfo.InvariantCulture, out uint index))
                throw Malformed("what stands in brackets is no index");
            part = new MemberPathPart(default, index, _at = close + 1);
            return true;
        }

        if (_at > 0)
        {
            if (path[_at] == '.') _at++;
            else if (path.AsSpan(_at).StartsWith("->")) _at += 2;
            else throw Malformed("a dot is missing");
        }

        int length = path.AsSpan(_at).IndexOfAny(".[-");
        int end = length < 0 ? path.Length : _at + length;
        if (end == _at) throw Malformed("a name is missing");
        part = new MemberPathPart(_at..end, 0, _at = end);
        return true;
    }

    private readonly ArgumentException Malformed(string problem) => new(string.Create(
        CultureInfo.InvariantCulture, $"\"{path}\": {problem} at character {_at}; a path looks like a.b[3].c"));
}
