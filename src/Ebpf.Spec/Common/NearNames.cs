namespace Ebpf.Common;

/// <summary>Finds the names that somebody may have meant, for messages.</summary>
internal static class NearNames
{
    /// <summary>Names the nearest: <c>; similar: pgd, pgd_next</c>. Empty if none is near.</summary>
    /// <param name="wanted">What was looked for.</param>
    /// <param name="known">What there is.</param>
    public static string Suggest(string wanted, IEnumerable<string> known)
    {
        if (wanted.Length is 0 or > Limits.MaxNameCompared) return "";
        List<(int Distance, string Name)> near = [];
        foreach (string name in known.Take(Limits.MaxNamesCompared))
        {
            int distance = Distance(Stem(wanted), Stem(name));
            if (distance < 0 || near.Exists(other => other.Name == name)) continue;
            int at = near.FindIndex(other => other.Distance > distance);
            near.Insert(at < 0 ? near.Count : at, (distance, name));
            if (near.Count > Limits.MaxNamesSuggested) near.RemoveAt(Limits.MaxNamesSuggested);
        }

        return near.Count == 0 ? "" : $"; similar: {string.Join(", ", near.Select(candidate => candidate.Name))}";
    }

    /// <summary>Kernels put underscores before names and take them away: <c>state</c> became <c>__state</c>.</summary>
    private static ReadOnlySpan<char> Stem(string name) => name.AsSpan().TrimStart('_');

    /// <summary>How far names are from each other: edits, or less for a beginning; -1 if they are too far.</summary>
    private static int Distance(ReadOnlySpan<char> wanted, ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name.Length > Limits.MaxNameCompared) return -1;
        if (name.Equals(wanted, StringComparison.OrdinalIgnoreCase)) return 0;
        int most = Math.Max(1, wanted.Length / 3);
        if (Math.Abs(name.Length - wanted.Length) > most) return IsBeginning(wanted, name) ? most + 1 : -1;
        int edits = Edits(wanted, name);
        return edits <= most ? edits : -1;
    }

    private static bool IsBeginning(ReadOnlySpan<char> wanted, ReadOnlySpan<char> name) =>
        wanted.Length >= 3 && name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// How many characters must be inserted, removed or changed, or neighbours swapped (<c>xpd</c>, <c>xdp</c>): the optimal string
    /// alignment distance.
    /// </summary>
    private static int Edits(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        Span<int> before = stackalloc int[Limits.MaxNameCompared + 1], last = stackalloc int[Limits.MaxNameCompared + 1];
        Span<int> row = stackalloc int[Limits.MaxNameCompared + 1];
        for (int i = 0; i <= other.Length; i++) row[i] = i;
        for (int i = 0; i < one.Length; i++)
        {
            last.CopyTo(before);
            row.CopyTo(last);
            row[0] = i + 1;
            for (int j = 0; j < other.Length; j++)
            {
                int changed = last[j] + (one[i] == other[j] ? 0 : 1);
                row[j + 1] = Math.Min(changed, Math.Min(row[j], last[j + 1]) + 1);
                if (i > 0 && j > 0 && one[i] == other[j - 1] && one[i - 1] == other[j])
                    row[j + 1] = Math.Min(row[j + 1], before[j - 1] + 1);
            }
        }

        return row[other.Length];
    }
}
