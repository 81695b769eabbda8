using System.Collections.Frozen;
using Ebpf.Common;

namespace Ebpf.Sections;

/// <summary>What the name of a section of programs says.</summary>
/// <param name="Rule">What the programs are; <c>null</c> for a name that has no meaning.</param>
/// <param name="AutoLoad">Whether the programs are loaded unless told otherwise: no <c>?</c> stands before the name.</param>
/// <param name="Target">What follows the rule's name and a <c>/</c>; <c>null</c> if nothing does.</param>
internal readonly record struct SectionMeaning(SectionRule? Rule, bool AutoLoad, string? Target);

/// <summary>Finds out what the name of a section means: by the user's handlers, then by the table of known names.</summary>
internal sealed class SectionResolver
{
    /// <summary>The section of functions that programs call; with <c>-ffunction-sections</c> each has one, <c>.text.name</c>.</summary>
    private const string Text = ".text";

    // libbpf takes the first row that matches. A name matches one row at most (a test holds the table to that), so the
    // order does not matter and a look-up by the whole name, then by what stands before the first '/', finds the same.
    private static readonly FrozenDictionary<string, SectionRule> Known =
        SectionTable.Rules.ToFrozenDictionary(rule => rule.Name, StringComparer.Ordinal);

    private readonly List<(string Pattern, SectionRule Rule)> _handlers = [];
    private readonly SectionRule? _fallback;

    /// <param name="handlers">The user's own names, tried in this order.</param>
    public SectionResolver(IReadOnlyList<SectionHandler> handlers)
    {
        foreach (SectionHandler handler in handlers)
        {
            SectionRule rule = new(handler.Section ?? "", handler.Type, handler.AttachType, programFlags: handler.Flags);
            if (handler.Section is null) _fallback ??= rule;
            else _handlers.Add((handler.Section, rule));
        }
    }

    /// <summary>The resolver that knows the table only.</summary>
    public static SectionResolver Default { get; } = new([]);

    /// <summary>Whether a section holds functions for programs to call, and no programs.</summary>
    public static bool IsSubprogramSection(string section) =>
        section.StartsWith(Text, StringComparison.Ordinal) && (section.Length == Text.Length || section[Text.Length] == '.');

    /// <summary>Names the known sections that may have been meant: <c>; similar: xdp</c>. Empty if none is near.</summary>
    /// <param name="section">A name without meaning.</param>
    public static string Similar(string section)
    {
        string name = section.StartsWith('?') ? section[1..] : section;
        string near = NearNames.Suggest(name, SectionTable.Rules.Select(rule => rule.Name));
        int slash = name.IndexOf('/');
        return near.Length > 0 || slash <= 0 ? near : NearNames.Suggest(name[..slash], SectionTable.Rules.Select(rule => rule.Name));
    }

    /// <summary>Reads the name of a section.</summary>
    /// <param name="section">The name in the object: <c>xdp</c>, <c>?kprobe/do_unlinkat</c>.</param>
    public SectionMeaning Resolve(string section)
    {
        bool autoLoad = !section.StartsWith('?');
        ReadOnlySpan<char> name = autoLoad ? section : section.AsSpan(1);
        foreach ((string pattern, SectionRule handler) in _handlers)
        {
            if (TryMatch(pattern, name, out string? target)) return new SectionMeaning(handler, autoLoad, target);
        }

        var rules = Known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (rules.TryGetValue(name, out SectionRule? rule)) return new SectionMeaning(rule, autoLoad, null);
        int slash = name.IndexOf('/');
        return slash >= 0 && rules.TryGetValue(name[..slash], out rule) && rule.TakesTarget
            ? new SectionMeaning(rule, autoLoad, TextOrNull(name[(slash + 1)..]))
            : new SectionMeaning(_fallback, autoLoad, null);
    }

    private static bool TryMatch(string pattern, ReadOnlySpan<char> name, out string? target)
    {
        target = null;
        if (pattern.EndsWith('/')) return name.StartsWith(pattern, StringComparison.Ordinal);
        if (!pattern.EndsWith('+')) return name.SequenceEqual(pattern);
        ReadOnlySpan<char> stem = pattern.AsSpan(..^1);
        if (!name.StartsWith(stem, StringComparison.Ordinal)) return false;
        if (name.Length == stem.Length) return true;
        if (name[stem.Length] != '/') return false;
        target = TextOrNull(name[(stem.Length + 1)..]);
        return true;
    }

    private static string? TextOrNull(ReadOnlySpan<char> text) => text.IsEmpty ? null : text.ToString();
}
