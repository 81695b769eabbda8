namespace Ebpf.Executables;

/// <summary>Patterns of names: <c>*</c> stands for any characters, <c>?</c> for one.</summary>
internal static class NamePattern
{
    /// <summary>Whether text has characters that make it a pattern.</summary>
    public static bool IsPattern(ReadOnlySpan<char> text) => text.ContainsAny('*', '?');

    /// <summary>Whether a name matches.</summary>
    /// <remarks>Takes at most as many steps as the product of both lengths: only the last <c>*</c> is ever gone back to.</remarks>
    public static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name)
    {
        int at = 0, star = -1, behindStar = 0;
        for (int i = 0; i < name.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                behindStar = i;
            }
            else if (at < pattern.Length && (pattern[at] == '?' || pattern[at] == name[i]))
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                i = ++behindStar;
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].IndexOfAnyExcept((byte)'*') < 0;
    }
}
