namespace Ebpf.Btf.Printing;

/// <summary>What integers and floating-point numbers are called in C.</summary>
internal static class CNumbers
{
    private const uint SignedFlag = 1u << 24;
    private const uint BoolFlag = 4u << 24;

    /// <summary>
    /// The name of an integer: its own if that says the right size in C, else that of C's type of this size. Rust, GCC's
    /// vectors (<c>__Poly8_t</c>) and compilers' own types (<c>ssizetype</c>) have names that C does not know.
    /// </summary>
    /// <param name="name">The name in BTF.</param>
    /// <param name="size">In bytes.</param>
    /// <param name="encoding">What follows the head of the type in BTF.</param>
    /// <returns>The name; empty if C has no integer of this size.</returns>
    public static ReadOnlySpan<byte> IntegerName(ReadOnlySpan<byte> name, uint size, uint encoding)
    {
        if (SizeOf(name) == size) return name;
        bool signed = (encoding & SignedFlag) != 0;
        return size switch
        {
            1 when (encoding & BoolFlag) != 0 => "_Bool"u8,
            1 => signed ? "signed char"u8 : "unsigned char"u8,
            2 => signed ? "short"u8 : "unsigned short"u8,
            4 => signed ? "int"u8 : "unsigned int"u8,
            8 => signed ? "long long"u8 : "unsigned long long"u8,
            16 => signed ? "__int128"u8 : "unsigned __int128"u8,
            _ => default,
        };
    }

    /// <summary>Whether C for BPF has the type: clang knows neither smaller nor larger numbers there.</summary>
    public static bool IsFloatForBpf(uint size) => size is 4 or 8;

    /// <summary>The name of a floating-point number that C for BPF has.</summary>
    public static ReadOnlySpan<byte> FloatName(uint size) => size == 4 ? "float"u8 : "double"u8;

    /// <summary>How many bytes C gives an integer of this name in 64-bit programs; 0 if the name is none.</summary>
    private static uint SizeOf(ReadOnlySpan<byte> name)
    {
        int longs = 0;
        uint size = 0;
        bool sign = false;
        bool isInt = false;
        while (!name.IsEmpty)
        {
            int end = name.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = end < 0 ? name : name[..end];
            name = end < 0 ? default : name[(end + 1)..];
            if (word.SequenceEqual("long"u8) && longs < 2 && size == 0) longs++;
            else if (word.SequenceEqual("int"u8) && !isInt && size is 0 or 2) isInt = true;
            else if ((word.SequenceEqual("unsigned"u8) || word.SequenceEqual("signed"u8)) && !sign) sign = true;
            else if (size != 0 || longs != 0 || isInt) return 0;
            else if (word.SequenceEqual("char"u8)) size = 1;
            else if (word.SequenceEqual("short"u8)) size = 2;
            else if (word.SequenceEqual("__int128"u8)) size = 16;
            else if (word.SequenceEqual("_Bool"u8) && !sign && name.IsEmpty) return 1;
            else return 0;
        }

        if (longs > 0) return 8;
        if (size > 0) return size;
        return isInt || sign ? 4u : 0;
    }
}
