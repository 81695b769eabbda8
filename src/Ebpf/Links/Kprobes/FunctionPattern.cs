using System.Text;

namespace Ebpf.Links.Kprobes;

/// <summary>A pattern of names: <c>*</c> stands for any number of characters, <c>?</c> for one.</summary>
internal sealed class FunctionPattern
{
    private readonly byte[] _pattern;
    private readonly byte[]? _module;

    /// <summary>How many bytes stand before the first <c>*</c> or <c>?</c>: most names are told apart by them.</summary>
    private readonly int _fixed;

    private FunctionPattern(string? module, string pattern)
    {
        Text = module is null ? pattern : $"{module}:{pattern}";
        _pattern = Encoding.ASCII.GetBytes(pattern);
        _module = module switch
        {
            null => null,
            "vmlinux" => [],
            _ => Encoding.ASCII.GetBytes(module.Replace('-', '_')),
        };
        int wild = _pattern.AsSpan().IndexOfAny((byte)'*', (byte)'?');
        _fixed = wild < 0 ? _pattern.Length : wild;
    }

    /// <summary>The pattern.</summary>
    public string Text { get; }

    /// <summary>Whether it is the name of one function.</summary>
    public bool IsName => _fixed == _pattern.Length;

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern, perhaps behind <c>module:</c>, which is <c>vmlinux</c> for the kernel itself.</param>
    /// <param name="parameter">The parameter that it came by.</param>
    /// <exception cref="ArgumentException">It has characters that cannot stand in a name.</exception>
    public static FunctionPattern Parse(string text, string parameter)
    {
        KprobePlace.CheckName(text, parameter, also: "*?");
        (string? module, string pattern) = KprobePlace.Split(text);
        return new FunctionPattern(module, pattern);
    }

    /// <summary>Whether a function of a module, or of the kernel itself if that is empty, is meant.</summary>
    public bool Matches(ReadOnlySpan<byte> name, ReadOnlySpan<byte> module) =>
        MatchesName(name) && (_module is null || module.SequenceEqual(_module));

    /// <summary>Whether a name matches.</summary>
    public bool MatchesName(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> pattern = _pattern;
        if (!name.StartsWith(pattern[.._fixed])) return false;
        int at = _fixed, part = _fixed, star = -1, resume = 0;
        while (at < name.Length)
        {
            if (part < pattern.Length && pattern[part] == '*')
            {
                star = part++;
                resume = at;
            }
            else if (part < pattern.Length && (pattern[part] == name[at] || pattern[part] == '?'))
            {
                part++;
                at++;
            }
            else if (star >= 0)
            {
                // The last * takes one character more; those before it need not change.
                part = star + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (part < pattern.Length && pattern[part] == '*') part++;
        return part == pattern.Length;
    }
}
