using System.Globalization;
using System.Text;
using Ebpf.Common;

namespace Ebpf.Btf.Printing;

/// <summary>Makes names for C# out of names in C, each once in its scope.</summary>
internal sealed class CSharpNames
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue",
        "decimal", "default", "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally",
        "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal", "is", "lock",
        "long", "namespace", "new", "null", "object", "operator", "out", "override", "params", "private", "protected",
        "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc", "static", "string",
        "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort",
        "using", "virtual", "void", "volatile", "while", "__arglist", "__makeref", "__reftype", "__refvalue",
    };

    // Words that mean something where a type is named.
    private static readonly HashSet<string> TypeKeywords = new(StringComparer.Ordinal)
    {
        "allows", "await", "dynamic", "extension", "field", "file", "managed", "nameof", "nint", "notnull", "nuint",
        "partial", "record", "required", "scoped", "unmanaged", "value", "var", "where", "yield",
    };

    // The types that written code uses: one of these names in the same namespace would hide them.
    private static readonly string[] UsedTypes =
    [
        "System", "ArgumentException", "BitConverter", CSharpBitText.ClassName, "Encoding", "FieldOffset", "FieldOffsetAttribute", "Half",
        "InlineArray", "InlineArrayAttribute", "Int128", "LayoutKind", "MemoryExtensions", "ReadOnlySpan", "Span", "StructLayout",
        "StructLayoutAttribute", "UInt128",
    ];

    // What no member can be called: those of all types, and the class that written properties use.
    private static readonly string[] TakenMembers =
    [
        CSharpBitText.ClassName,
        "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString",
    ];

    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly bool _pascalCase;

    private CSharpNames(bool pascalCase, params ReadOnlySpan<string> taken)
    {
        _pascalCase = pascalCase;
        foreach (string name in taken) _taken.Add(name);
    }

    /// <summary>The names of types.</summary>
    /// <param name="pascalCase">Whether names are changed to C#'s form.</param>
    /// <param name="containingClass">The class around them, whose name none can have.</param>
    public static CSharpNames ForTypes(bool pascalCase, string? containingClass) =>
        new(pascalCase, [.. UsedTypes, containingClass ?? "System"]);

    /// <summary>The names of the members of a type, none of which can have that of the type.</summary>
    public static CSharpNames ForMembers(bool pascalCase, string type) => new(pascalCase, [.. TakenMembers, type]);

    /// <summary>Makes the name of something, and takes it.</summary>
    public string Take(string name)
    {
        string made = _pascalCase ? PascalCase(name) : Clean(name);
        return TakeExactly(made);
    }

    /// <summary>Takes a name as it is, or with a number if it is taken.</summary>
    public string TakeExactly(string name)
    {
        string unique = name;
        if (!_taken.Add(unique))
        {
            int number = _numbers.GetValueOrDefault(name, 1);
            do unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{++number}");
            while (!_taken.Add(unique));
            _numbers[name] = number;
        }

        return Keywords.Contains(unique) || TypeKeywords.Contains(unique) ? "@" + unique : unique;
    }

    /// <summary>
    /// <c>pkt_count</c> to <c>PktCount</c>, <c>XDP_DROP</c> to <c>XdpDrop</c>, <c>__u8</c> to <c>U8</c>; an underscore stays
    /// between digits, and before one that would begin the name.
    /// </summary>
    public static string PascalCase(string name)
    {
        string clean = Clean(name);
        bool shouting = !clean.Any(char.IsAsciiLetterLower);
        StringBuilder made = new(clean.Length);
        bool start = true;
        foreach (char c in clean)
        {
            if (c == '_')
            {
                start = true;
                continue;
            }

            if (start && char.IsAsciiDigit(c) && (made.Length == 0 || char.IsAsciiDigit(made[^1]))) made.Append('_');
            made.Append(start ? char.ToUpperInvariant(c) : shouting ? char.ToLowerInvariant(c) : c);
            start = false;
        }

        return made.Length == 0 ? "_" : made.ToString();
    }

    private static string Clean(string name)
    {
        if (name.Length > Limits.MaxCSharpName) name = name[..Limits.MaxCSharpName];
        string clean = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return clean.Length == 0 || char.IsAsciiDigit(clean[0]) ? "_" + clean : clean;
    }
}
