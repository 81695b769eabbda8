namespace Ebpf.Object;

/// <summary>Reads section names by the user's handlers and by the table of known names.</summary>
internal sealed class SectionNames
{
    private readonly List<(SectionHandler Handler, SectionRule Rule)> _handlers = [];
    private readonly SectionRule? _fallback;

    public SectionNames(IReadOnlyList<SectionHandler> handlers)
    {
        foreach (SectionHandler handler in handlers)
        {
            SectionRule rule = new(handler.Section ?? "", handler.Type, handler.AttachType, programFlags: handler.Flags);
            if (handler.Section is null) _fallback ??= rule;
            else _handlers.Add((handler, rule));
        }
    }

    public SectionName Parse(string section)
    {
        bool autoLoad = !section.StartsWith('?');
        string name = autoLoad ? section : section[1..];
        foreach ((SectionHandler handler, SectionRule rule) in _handlers)
        {
            if (TryMatch(handler.Section!, name, out string target)) return new SectionName(rule, autoLoad, target);
        }

        SectionName known = SectionName.Parse(section);
        return known.Rule is null && _fallback is not null ? new SectionName(_fallback, autoLoad, "") : known;
    }

    private static bool TryMatch(string pattern, string name, out string target)
    {
        target = "";
        if (pattern.EndsWith('/')) return name.StartsWith(pattern, StringComparison.Ordinal);
        if (!pattern.EndsWith('+')) return name == pattern;
        ReadOnlySpan<char> stem = pattern.AsSpan(..^1);
        if (!name.AsSpan().StartsWith(stem, StringComparison.Ordinal)) return false;
        if (name.Length == stem.Length) return true;
        if (name[stem.Length] != '/') return false;
        target = name[(stem.Length + 1)..];
        return true;
    }
}
