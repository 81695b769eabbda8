using System.Collections.Frozen;

namespace Ebpf.Object;

/// <summary>What the name of a section of programs says.</summary>
/// <param name="Rule">What the programs are; <c>null</c> for a name that has no meaning.</param>
/// <param name="AutoLoad">Whether the programs are loaded unless told otherwise: no <c>?</c> stands before the name.</param>
/// <param name="Target">What follows the rule's name and a <c>/</c>; empty if nothing does.</param>
internal readonly record struct SectionName(SectionRule? Rule, bool AutoLoad, string Target)
{
    // libbpf takes the first row that matches. A name matches one row at most (a test holds the table to that), so the
    // order does not matter and a look-up by the whole name, then by what stands before the first '/', finds the same.
    private static readonly FrozenDictionary<string, SectionRule> Rules =
        SectionTable.Rules.ToFrozenDictionary(rule => rule.Name, StringComparer.Ordinal);

    /// <summary>Reads the name of a section.</summary>
    /// <param name="section">The name in the object: <c>xdp</c>, <c>?kprobe/do_unlinkat</c>.</param>
    public static SectionName Parse(string section)
    {
        bool autoLoad = !section.StartsWith('?');
        ReadOnlySpan<char> name = autoLoad ? section : section.AsSpan(1);
        var rules = Rules.GetAlternateLookup<ReadOnlySpan<char>>();
        if (rules.TryGetValue(name, out SectionRule? rule)) return new SectionName(rule, autoLoad, "");

        int slash = name.IndexOf('/');
        return slash >= 0 && rules.TryGetValue(name[..slash], out rule) && rule.TakesTarget
            ? new SectionName(rule, autoLoad, name[(slash + 1)..].ToString())
            : new SectionName(null, autoLoad, "");
    }
}
