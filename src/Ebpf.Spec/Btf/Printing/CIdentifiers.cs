using System.Buffers;

namespace Ebpf.Btf.Printing;

/// <summary>What C, up to C23 and with the additions of GNU and clang, takes for a name on x86-64, arm64 and BPF.</summary>
internal static class CIdentifiers
{
    private const int MaxReservedLength = 40;

    private static readonly SearchValues<byte> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    // Keywords, and macros that compilers define and that begin with a small letter.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
        "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static",
        "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "_Alignas", "_Alignof", "_Atomic",
        "_BitInt", "_Bool", "_Complex", "_Countof", "_Decimal128", "_Decimal32", "_Decimal64", "_Decimal64x", "_ExtInt", "_Float128",
        "_Float128x", "_Float16", "_Float32", "_Float32x", "_Float64", "_Float64x", "_Generic", "_Imaginary", "_LP64", "_Nonnull",
        "_Noreturn", "_Null_unspecified", "_Nullable", "_Nullable_result", "_Pragma", "_Static_assert", "_Thread_local", "alignas",
        "alignof", "constexpr", "nullptr", "static_assert", "thread_local", "typeof", "typeof_unqual", "asm", "__aarch64__",
        "__alignof", "__alignof__", "__amd64", "__amd64__", "__arm_agnostic", "__arm_in", "__arm_inout", "__arm_locally_streaming",
        "__arm_new", "__arm_out", "__arm_preserves", "__arm_streaming", "__arm_streaming_compatible", "__asm", "__asm__",
        "__attribute", "__attribute__", "__auto_type", "__bf16", "__bpf__", "__building_module", "__cdecl", "__complex",
        "__complex__", "__const", "__const__", "__extension__", "__fastcall", "__float128", "__fp16", "__func__", "__funcref",
        "__gnu_linux__", "__has_attribute", "__has_builtin", "__has_c_attribute", "__has_constexpr_builtin", "__has_cpp_attribute",
        "__has_declspec_attribute", "__has_embed", "__has_extension", "__has_feature", "__has_include", "__has_include_next",
        "__has_warning", "__ibm128", "__imag", "__imag__", "__inline", "__inline__", "__int128", "__is_bitwise_cloneable",
        "__is_destructible", "__is_identifier", "__is_nothrow_destructible", "__label__", "__linux", "__linux__", "__llvm__",
        "__module_private__", "__nullptr", "__objc_no", "__objc_yes", "__pascal", "__pic__", "__pie__", "__private_extern__",
        "__ptrauth", "__real", "__real__", "__regcall", "__restrict", "__restrict__", "__seg_fs", "__seg_gs", "__signed",
        "__signed__", "__stdcall", "__thiscall", "__thread", "__typeof", "__typeof__", "__typeof_unqual", "__typeof_unqual__",
        "__unix", "__unix__", "__vectorcall", "__volatile", "__volatile__", "__x86_64", "__x86_64__",
    };

    // The first bytes and lengths that reserved words have, so that most names need no more than a look at these.
    private static readonly ulong[] LengthsByInitial = Lengths();

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> ReservedSpans =
        Reserved.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>
    /// Whether a member or a type with a tag can have a name as it is. <c>bool</c>, <c>true</c> and <c>false</c> can be names
    /// before C23; <c>linux</c> and <c>unix</c>, once the text has taken their macros away.
    /// </summary>
    public static bool IsName(ReadOnlySpan<byte> text) =>
        text.Length > 0 && text[0] is not (>= (byte)'0' and <= (byte)'9')
        && !text.ContainsAnyExcept(NameCharacters) && !IsReserved(text);

    /// <summary>Whether a typedef, a function or a value of an enumeration can have a name as it is.</summary>
    public static bool IsOrdinaryName(ReadOnlySpan<byte> text) => IsName(text) && !IsPredefinedType(text);

    /// <summary>Makes a name of any text: what C does not allow becomes an underscore. The result can be a reserved word.</summary>
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

    /// <summary>Whether a name is a keyword, or a macro or function that a compiler defines.</summary>
    public static bool IsReserved(ReadOnlySpan<byte> name)
    {
        if (name[0] >= 128) return false;
        if (name.StartsWith("__"u8) && HasReservedPrefix(name[2..])) return true;
        if (name.Length > MaxReservedLength || (LengthsByInitial[name[0]] >> name.Length & 1) == 0) return false;
        Span<char> text = stackalloc char[MaxReservedLength];
        for (int i = 0; i < name.Length; i++) text[i] = (char)name[i];
        return ReservedSpans.Contains(text[..name.Length]);
    }

    /// <summary>Whether a name that begins with two underscores is one of the many of its kind that compilers define.</summary>
    private static bool HasReservedPrefix(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty) return false;
        if (rest[0] is (byte)'b' or (byte)'c' or (byte)'i')
            return rest.StartsWith("builtin_"u8) || rest.StartsWith("clang_"u8) || rest.SequenceEqual("clang__"u8) || rest.StartsWith("is_target_"u8);
        if (rest[0] is not (>= (byte)'A' and <= (byte)'Z')) return false;
        return rest.EndsWith("__"u8)
            || rest.StartsWith("ARM_"u8) || rest.StartsWith("ATOMIC_"u8) || rest.StartsWith("BPF_FEATURE_"u8) || rest.StartsWith("FP_FAST_"u8)
            || rest.StartsWith("FPCLASS_"u8) || rest.StartsWith("FUNCTION_MULTI_"u8) || rest.StartsWith("GCC_"u8)
            || rest.StartsWith("GXX_"u8) || rest.StartsWith("MEMORY_SCOPE_"u8) || rest.StartsWith("NO_MATH_"u8) || rest.StartsWith("OBJC_"u8)
            || rest.StartsWith("OPENCL_"u8) || rest.StartsWith("PRAGMA_"u8) || rest.StartsWith("SEG_"u8);
    }

    /// <summary>Whether a compiler has a type of this name before any declaration: <c>__int128_t</c>, <c>__Int8x16_t</c>.</summary>
    private static bool IsPredefinedType(ReadOnlySpan<byte> name)
    {
        if (!name.StartsWith("__"u8)) return false;
        name = name[2..];
        if (name.SequenceEqual("int128_t"u8) || name.SequenceEqual("uint128_t"u8) || name.SequenceEqual("mfp8"u8)) return true;
        if (name.SequenceEqual("NSConstantString"u8)) return true;
        return name.EndsWith("_t"u8)
            && (name.StartsWith("SV"u8) || name.StartsWith("Int"u8) || name.StartsWith("Uint"u8) || name.StartsWith("Float"u8)
                || name.StartsWith("Poly"u8) || name.StartsWith("Bfloat"u8) || name.StartsWith("Mfloat"u8));
    }

    private static ulong[] Lengths()
    {
        ulong[] lengths = new ulong[128];
        foreach (string word in Reserved) lengths[word[0]] |= 1ul << word.Length;
        return lengths;
    }
}
