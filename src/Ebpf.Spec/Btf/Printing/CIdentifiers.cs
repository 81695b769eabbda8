using System.Buffers;

namespace Ebpf.Btf.Printing;

/// <summary>What C, up to C23 and with GNU's additions, takes for a name.</summary>
internal static class CIdentifiers
{
    private const int LongestReserved = 24;

    private static readonly SearchValues<byte> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
        "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static",
        "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "_Alignas", "_Alignof", "_Atomic",
        "_BitInt", "_Bool", "_Complex", "_Decimal128", "_Decimal32", "_Decimal64", "_Float128", "_Float16", "_Float32",
        "_Float64", "_Generic", "_Imaginary", "_Noreturn", "_Static_assert", "_Thread_local", "alignas", "alignof",
        "constexpr", "nullptr", "static_assert", "thread_local", "typeof", "typeof_unqual", "asm", "__asm", "__asm__",
        "__attribute", "__attribute__", "__auto_type", "__bf16", "__builtin_va_list", "__builtin_ms_va_list", "__const",
        "__const__", "__extension__", "__float128", "__fp16", "__ibm128", "__inline", "__inline__", "__int128", "__label__",
        "__restrict", "__restrict__", "__signed", "__signed__", "__typeof", "__typeof__", "__volatile", "__volatile__",
    };

    // The first bytes and lengths that reserved words have, so that most names need no more than a look at these.
    private static readonly uint[] LengthsByInitial = Lengths();

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> ReservedSpans =
        Reserved.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a name can stand in C as it is. <c>bool</c>, <c>true</c> and <c>false</c> can, before C23.</summary>
    public static bool IsName(ReadOnlySpan<byte> text) =>
        text.Length > 0 && text[0] is not (>= (byte)'0' and <= (byte)'9')
        && !text.ContainsAnyExcept(NameCharacters) && !IsReserved(text);

    /// <summary>A name made of any text: what C does not allow becomes an underscore. Can still be a reserved word.</summary>
    public static byte[] MakeName(ReadOnlySpan<byte> text)
    {
        bool digit = text.Length == 0 || text[0] is >= (byte)'0' and <= (byte)'9';
        byte[] name = new byte[text.Length + (digit ? 1 : 0)];
        name[0] = (byte)'_';
        text.CopyTo(name.AsSpan(digit ? 1 : 0));
        for (int i = 0; i < name.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit((char)name[i])) name[i] = (byte)'_';
        }

        return name;
    }

    /// <summary>Whether a name has a meaning of its own.</summary>
    public static bool IsReserved(ReadOnlySpan<byte> name)
    {
        if (name.Length > LongestReserved || name[0] >= 128 || (LengthsByInitial[name[0]] >> name.Length & 1) == 0) return false;
        Span<char> text = stackalloc char[LongestReserved];
        for (int i = 0; i < name.Length; i++) text[i] = (char)name[i];
        return ReservedSpans.Contains(text[..name.Length]);
    }

    private static uint[] Lengths()
    {
        uint[] lengths = new uint[128];
        foreach (string word in Reserved) lengths[word[0]] |= 1u << word.Length;
        return lengths;
    }
}
