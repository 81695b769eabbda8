using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ebpf.Sections;

/// <summary>Reads what follows the kind in a section's name.</summary>
/// <remarks>libbpf reads with sscanf and ignores what is left over; here all of the text must mean something.</remarks>
internal sealed class AttachTargetParser
{
    private readonly string _text;
    private string? _problem;

    private AttachTargetParser(string text) => _text = text;

    /// <summary>Reads a target.</summary>
    /// <param name="rule">The kind of section.</param>
    /// <param name="text">What follows it.</param>
    /// <param name="target">The target; <c>null</c> for a kind whose text says nothing of attaching.</param>
    /// <param name="problem">Why the text does not have the form that the kind demands.</param>
    /// <returns>Whether it has that form.</returns>
    public static bool TryParse(SectionRule rule, string text, out AttachTarget? target, [NotNullWhen(false)] out string? problem)
    {
        AttachTargetParser parser = new(text);
        target = parser.Parse(rule);
        problem = parser._problem is null ? null : $"attach target \"{text}\": {parser._problem}";
        if (problem is null) return true;
        target = null;
        return false;
    }

    private AttachTarget? Parse(SectionRule rule)
    {
        bool atReturn = rule.Flags.HasFlag(SectionFlags.AtReturn);
        switch (rule.AutoAttach)
        {
            case AutoAttachKind.Kprobe:
                (string function, ulong offset) = SplitOffset(_text, atReturn);
                return new KprobeTarget(KernelFunction(function), offset);
            case AutoAttachKind.KprobeMulti or AutoAttachKind.KprobeSession:
                (string? owner, string functions) = SplitModule();
                return new FunctionPatternTarget(Symbol(functions, "._$*?"), owner is null ? null : Symbol(owner, "_-"));
            case AutoAttachKind.TracingMulti:
                (string? patternModule, string pattern) = SplitModule();
                return new FunctionPatternTarget(Symbol(pattern, "._*?"), patternModule);
            case AutoAttachKind.Ksyscall:
                return new SystemCallTarget(Symbol(_text, "_"));
            case AutoAttachKind.Uprobe:
                return Uprobe(atReturn);
            case AutoAttachKind.UprobeMulti:
                string[] multi = Parts(':', 2, "path:pattern");
                return new UprobePatternTarget(multi[0], multi[1]);
            case AutoAttachKind.Usdt:
                string[] usdt = Parts(':', 3, "path:provider:name");
                return new UsdtTarget(usdt[0], usdt[1], usdt[2]);
            case AutoAttachKind.Tracepoint:
                string[] tracepoint = Parts('/', 2, "category/name");
                return new TracepointTarget(tracepoint[0], tracepoint[1]);
            case AutoAttachKind.RawTracepoint:
                return new RawTracepointTarget(Symbol(_text, "_"));
            case AutoAttachKind.Trace:
                (string? module, string name) = SplitModule();
                return new TracingTarget(Symbol(name, "._"), module);
            case AutoAttachKind.Lsm:
                return new LsmTarget(Symbol(_text, "_"));
            case AutoAttachKind.Iter:
                return new IteratorTarget(Symbol(_text, "_"));
            default:
                // lsm_cgroup names its hook, and is attached to a cgroup by hand.
                return rule.Name == "lsm_cgroup" ? new LsmTarget(Symbol(_text, "_")) : null;
        }
    }

    /// <summary>A function of the kernel, or of a module: <c>nf_conntrack:nf_ct_get</c>.</summary>
    private string KernelFunction(string text)
    {
        int colon = text.IndexOf(':');
        if (colon >= 0) Symbol(text[..colon], "_-");
        Symbol(text[(colon + 1)..], "._$");
        return text;
    }

    private UprobeTarget Uprobe(bool atReturn)
    {
        string[] parts = Parts(':', 2, "path:function");
        (string function, ulong offset) = SplitOffset(parts[1], atReturn);
        if (function.Length == 0) Fail("the name of the function is missing");
        return new UprobeTarget(parts[0], function, offset);
    }

    /// <summary>The parts of the text; as many empty ones where it has not the form.</summary>
    private string[] Parts(char separator, int count, string form)
    {
        string[] parts = _text.Split(separator, count);
        if (parts.Length == count && Array.TrueForAll(parts, part => part.Length > 0)) return parts;
        Fail($"it should be {form}");
        return [.. Enumerable.Repeat("", count)];
    }

    private (string? Module, string Name) SplitModule()
    {
        int colon = _text.IndexOf(':');
        if (colon < 0) return (null, _text);
        if (colon == 0) Fail("the name of the module is missing");
        return (_text[..colon], _text[(colon + 1)..]);
    }

    /// <summary>Splits <c>function+offset</c>; the offset is decimal, <c>0x</c> and hexadecimal, or <c>0</c> and octal.</summary>
    private (string Function, ulong Offset) SplitOffset(string text, bool atReturn)
    {
        int plus = text.LastIndexOf('+');
        if (plus < 0) return (text, 0);
        ReadOnlySpan<char> digits = text.AsSpan(plus + 1);
        if (!TryReadNumber(digits, out ulong offset)) Fail($"\"{digits}\" is no offset");
        if (atReturn && offset != 0) Fail("a return has no offset in the function");
        return (text[..plus], offset);
    }

    private static bool TryReadNumber(ReadOnlySpan<char> digits, out ulong number)
    {
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        if (digits.Length <= 1 || digits[0] != '0')
            return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        number = 0;
        bool isOctal = digits.Length <= 21;
        foreach (char digit in digits)
        {
            isOctal &= digit is >= '0' and <= '7';
            number = (number * 8) + (ulong)(digit - '0');
        }

        return isOctal;
    }

    private string Symbol(string name, string alsoAllowed)
    {
        if (name.Length == 0) Fail("a name is missing");
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !alsoAllowed.Contains(c)) Fail($"the character '{c}' cannot stand in a name");
        }

        return name;
    }

    /// <summary>Notes the first thing that is wrong.</summary>
    private void Fail(string problem) => _problem ??= problem;
}
