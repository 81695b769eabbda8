using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Btf;

namespace Ebpf.Loading.Externs;

/// <summary>Puts the value of a setting into its variable. The rules are libbpf's.</summary>
/// <remarks>Each method returns what is wrong with the value, to be put behind "it is"; <c>null</c> if nothing is.</remarks>
internal static class KconfigValue
{
    /// <summary>The values of <c>enum libbpf_tristate</c> (bpf_helpers.h).</summary>
    private const ulong TristateNo = 0, TristateYes = 1, TristateModule = 2;

    /// <summary>Sets a variable to what stands behind <c>CONFIG_X=</c>.</summary>
    /// <param name="declared">The type of the variable.</param>
    /// <param name="text">The value: <c>y</c>, <c>n</c>, <c>m</c>, a number, or text in quotation marks.</param>
    /// <param name="place">The variable.</param>
    public static string? Set(BtfType declared, ReadOnlySpan<byte> text, Span<byte> place)
    {
        BtfType type = declared.Resolve();
        switch (text)
        {
            case [(byte)'y' or (byte)'n' or (byte)'m', ..]:
                return SetTristate(type, text[0], place);
            case [(byte)'"', ..]:
                return SetText(type, text, place);
            default:
                if (!TryParse(text, out ulong number)) return "no number";
                return type is IntType { IsBool: false } ? SetNumber(declared, number, place) : $"a number, not {Expected(type)}";
        }
    }

    /// <summary>Sets a variable to a number.</summary>
    /// <param name="declared">The type of the variable: an integer, a character, or <c>bool</c>.</param>
    /// <param name="value">The number; a negative one in two's complement.</param>
    /// <param name="place">The variable.</param>
    public static string? SetNumber(BtfType declared, ulong value, Span<byte> place)
    {
        if (declared.Resolve() is not IntType type) return $"a number, not {Expected(declared.Resolve())}";
        if (type.IsBool && value > 1) return "more than a bool holds";
        int bits = place.Length * 8;
        bool fits = bits == 64
            || (type.IsSigned ? unchecked(value + (1ul << (bits - 1))) < 1ul << bits : value >> bits == 0);
        if (!fits)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"a number that does not fit into {place.Length} {(type.IsSigned ? "signed" : "unsigned")} byte{(place.Length == 1 ? "" : "s")}");
        }

        Write(place, value);
        return null;
    }

    private static string? SetTristate(BtfType type, byte value, Span<byte> place)
    {
        switch (type)
        {
            case IntType { IsBool: true } when value == 'm':
                return "m, which a bool does not hold; declare it enum libbpf_tristate";
            case IntType { IsBool: true }:
                Write(place, value == 'y' ? 1ul : 0);
                return null;
            case IntType { Size: 1 }:
                place[0] = value;
                return null;
            case EnumType:
                Write(place, value == 'y' ? TristateYes : value == 'm' ? TristateModule : TristateNo);
                return null;
            default:
                return $"yes, no or module, not {Expected(type)}";
        }
    }

    /// <summary>Text without its marks, cut off so that a zero is behind it; libbpf, too, leaves backslashes alone.</summary>
    private static string? SetText(BtfType type, ReadOnlySpan<byte> text, Span<byte> place)
    {
        if (type is not ArrayType) return $"text, not {Expected(type)}";
        if (text.Length < 2 || text[^1] != '"') return "text without a closing quotation mark";
        text = text[1..^1];
        text[..Math.Min(text.Length, place.Length - 1)].CopyTo(place);
        return null;
    }

    /// <summary>Reads a number as strtoull(3) does with base 0, up to the end of the text.</summary>
    private static bool TryParse(ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        const int longest = 64;
        if (bytes.Length > longest) return false;
        ReadOnlySpan<char> text = Encoding.Latin1.GetString(bytes).AsSpan().TrimStart(" \t\v\f");
        bool isNegative = text is ['-', ..];
        if (text is ['-' or '+', ..]) text = text[1..];
        int radix = text is ['0', 'x' or 'X', _, ..] ? 16 : text is ['0', ..] ? 8 : 10;
        if (radix == 16) text = text[2..];
        if (text.IsEmpty) return false;
        foreach (char c in text)
        {
            int digit = c switch
            {
                >= '0' and <= '9' => c - '0',
                >= 'a' and <= 'f' => c - 'a' + 10,
                >= 'A' and <= 'F' => c - 'A' + 10,
                _ => radix,
            };
            if (digit >= radix || value > (ulong.MaxValue - (uint)digit) / (uint)radix) return false;
            value = (value * (uint)radix) + (uint)digit;
        }

        if (isNegative) value = unchecked(0 - value);
        return true;
    }

    private static void Write(Span<byte> place, ulong value)
    {
        switch (place.Length)
        {
            case sizeof(byte):
                place[0] = (byte)value;
                break;
            case sizeof(ushort):
                MemoryMarshal.Write(place, (ushort)value);
                break;
            case sizeof(uint):
                MemoryMarshal.Write(place, (uint)value);
                break;
            default:
                MemoryMarshal.Write(place, value);
                break;
        }
    }

    private static string Expected(BtfType type) => type switch
    {
        IntType { IsBool: true } => "a bool",
        IntType { Size: 1 } => "a char",
        IntType => "an integer",
        EnumType => "yes, no or module",
        _ => "text",
    };
}
