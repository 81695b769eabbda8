using System.Globalization;

namespace Ebpf.Object;

/// <summary>Reads what follows the kind in a section's name.</summary>
/// <remarks>libbpf reads with sscanf and ignores what is left over; here all of the text must mean something.</remarks>
internal static class AttachTargetParser
{
    /// <summary>The target.</summary>
    /// <param name="rule">The kind of section.</param>
    /// <param name="text">What follows it.</param>
    /// <returns>The target; <c>null</c> for a kind whose text says nothing of attaching.</returns>
    /// <exception cref="FormatException">The text has not the form that the kind demands.</exception>
    public static AttachTarget? Parse(SectionRule rule, string text)
    {
        bool atReturn = rule.Flags.HasFlag(SectionFlags.AtReturn);
        switch (rule.AutoAttach)
        {
            case AutoAttachKind.Kprobe:
                (string function, ulong offset) = SplitOffset(text);
                if (atReturn && offset != 0) throw Malformed(text, "a return has no offset in the function");
                return new KprobeTarget(Symbol(function, text, "._"), offset);
            case AutoAttachKind.KprobeMulti or AutoAttachKind.KprobeSession:
                return new FunctionPatternTarget(Symbol(text, text, "._*?"), Module: null);
            case AutoAttachKind.TracingMulti:
                (string? patternModule, string pattern) = SplitModule(text);
                return new FunctionPatternTarget(Symbol(pattern, text, "._*?"), patternModule);
            case AutoAttachKind.Ksyscall:
                return new SystemCallTarget(Symbol(text, text, "_"));
            case AutoAttachKind.Uprobe:
                return Uprobe(text, atReturn);
            case AutoAttachKind.UprobeMulti:
                string[] multi = Parts(text, ':', 2, "path:pattern");
                return new UprobePatternTarget(multi[0], multi[1]);
            case AutoAttachKind.Usdt:
                string[] usdt = Parts(text, ':', 3, "path:provider:name");
                return new UsdtTarget(usdt[0], usdt[1], usdt[2]);
            case AutoAttachKind.Tracepoint:
                string[] tracepoint = Parts(text, '/', 2, "category/name");
                return new TracepointTarget(tracepoint[0], tracepoint[1]);
            case AutoAttachKind.RawTracepoint:
                return new RawTracepointTarget(Symbol(text, text, "_"));
            case AutoAttachKind.Trace:
                (string? module, string name) = SplitModule(text);
                return new TracingTarget(Symbol(name, text, "._"), module);
            case AutoAttachKind.Lsm:
                return new LsmTarget(Symbol(text, text, "_"));
            case AutoAttachKind.Iter:
                return new IteratorTarget(Symbol(text, text, "_"));
            default:
                // lsm_cgroup names its hook, and is attached to a cgroup by hand.
                return rule.Name == "lsm_cgroup" ? new LsmTarget(Symbol(text, text, "_")) : null;
        }
    }

    private static UprobeTarget Uprobe(string text, bool atReturn)
    {
        string[] parts = Parts(text, ':', 2, "path:function");
        (string function, ulong offset) = SplitOffset(parts[1]);
        if (atReturn && offset != 0) throw Malformed(text, "a return has no offset in the function");
        return function.Length > 0
            ? new UprobeTarget(parts[0], function, offset)
            : throw Malformed(text, "the name of the function is missing");
    }

    private static string[] Parts(string text, char separator, int count, string form)
    {
        string[] parts = text.Split(separator, count);
        return parts.Length == count && Array.TrueForAll(parts, part => part.Length > 0)
            ? parts
            : throw Malformed(text, $"it should be {form}");
    }

    private static (string? Module, string Name) SplitModule(string text)
    {
        int colon = text.IndexOf(':');
        if (colon < 0) return (null, text);
        return colon > 0 ? (text[..colon], text[(colon + 1)..]) : throw Malformed(text, "the name of the module is missing");
    }

    /// <summary>Splits <c>function+offset</c>; the offset is decimal, <c>0x</c> and hexadecimal, or <c>0</c> and octal.</summary>
    private static (string Function, ulong Offset) SplitOffset(string text)
    {
        int plus = text.LastIndexOf('+');
        if (plus < 0) return (text, 0);
        ReadOnlySpan<char> digits = text.AsSpan(plus + 1);
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            if (ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hex))
                return (text[..plus], hex);
        }
        else if (digits.Length > 1 && digits[0] == '0')
        {
            ulong octal = 0;
            bool isOctal = digits.Length <= 21;
            foreach (char digit in digits)
            {
                isOctal &= digit is >= '0' and <= '7';
                octal = (octal * 8) + (ulong)(digit - '0');
            }

            if (isOctal) return (text[..plus], octal);
        }
        else if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
        {
            return (text[..plus], number);
        }

        throw Malformed(text, $"\"{digits}\" is no offset");
    }

    private static string Symbol(string name, string text, string alsoAllowed)
    {
        if (name.Length == 0) throw Malformed(text, "a name is missing");
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !alsoAllowed.Contains(c))
                throw Malformed(text, $"the character '{c}' cannot stand in a name");
        }

        return name;
    }

    private static FormatException Malformed(string text, string problem) => new($"attach target \"{text}\": {problem}");
}
