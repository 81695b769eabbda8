using System.Globalization;

namespace Ebpf.Kernel;

/// <summary>Sets of CPUs as the kernel writes them: <c>0-3,5</c>.</summary>
internal static class CpuList
{
    /// <summary>More CPUs than any kernel is built for (CONFIG_NR_CPUS is at most 8192).</summary>
    private const int MaxCpus = 1 << 16;

    /// <summary>Reads a list.</summary>
    /// <param name="text">The list; spaces around it do not matter.</param>
    /// <returns>The numbers of the CPUs in ascending order; <c>null</c> if this is no such list.</returns>
    public static int[]? Parse(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        SortedSet<int> cpus = [];
        foreach (Range part in text.Split(','))
        {
            ReadOnlySpan<char> range = text[part];
            int dash = range.IndexOf('-');
            ReadOnlySpan<char> from = dash < 0 ? range : range[..dash];
            ReadOnlySpan<char> to = dash < 0 ? range : range[(dash + 1)..];
            if (!TryNumber(from, out int first) || !TryNumber(to, out int last) || last < first) return null;
            for (int cpu = first; cpu <= last; cpu++) cpus.Add(cpu);
        }

        return [.. cpus];
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < MaxCpus;
}
