using System.Globalization;
using System.Text;
using Ebpf.Common;

namespace Ebpf.Btf.Values;

/// <summary>The text of what is no structure and no array.</summary>
internal static class ScalarText
{
    /// <summary>The text of a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="shape">Its <see cref="BtfValue.Shape"/>.</param>
    /// <param name="hexadecimal">Whether integers are hexadecimal.</param>
    public static string Of(BtfValue value, BtfType shape, bool hexadecimal)
    {
        if (shape is FloatType { Size: 2 or 4 or 8 } && !value.IsTruncated) return OfFloat(value, shape);
        if (!value.TryRead(out BtfValue.Scalar scalar)) return value.IsTruncated ? "<truncated>" : OfBytes(value);
        return shape switch
        {
            PointerType => Hexadecimal(scalar.Raw),
            EnumType enumeration => OfEnum(enumeration, scalar) ?? Integer(scalar, hexadecimal),
            IntType { IsBool: true } when scalar.Raw <= 1 => scalar.Raw == 0 ? "false" : "true",
            IntType { IsCharacter: true } when !hexadecimal && scalar.Raw > 0 && scalar.Raw < 128 =>
                $"{Integer(scalar, hexadecimal)} '{Escape(new Rune((byte)scalar.Raw), default)}'",
            _ => Integer(scalar, hexadecimal),
        };
    }

    /// <summary>The name of an enumeration's value, or of its flags; <c>null</c> if it has none, or too long ones.</summary>
    public static string? OfEnum(EnumType type, in BtfValue.Scalar scalar)
    {
        long value = scalar.Low64;
        if (type.NameOf(value) is { } name) return Printable(name);
        if (value == 0) return null;
        StringBuilder text = new();
        foreach (EnumValue flag in type.Names.Flags(value))
        {
            if (text.Length + flag.Name.Length > Limits.MaxFlagsText) return null;
            text.Append(text.Length == 0 ? "" : "|").Append(Printable(flag.Name));
        }

        return text.Length == 0 ? null : text.ToString();
    }

    /// <summary>A name of the BTF, which is not to control a terminal.</summary>
    public static string Printable(string name)
    {
        ReadOnlySpan<char> characters = name;
        return characters.IndexOfAnyInRange('\0', '\x1f') < 0 && characters.IndexOfAnyInRange('\x7f', '\x9f') < 0
            ? name
            : string.Create(name.Length, name, static (text, name) =>
            {
                for (int i = 0; i < text.Length; i++) text[i] = char.IsControl(name[i]) ? '?' : name[i];
            });
    }

    /// <summary>The digits of an integer.</summary>
    public static string Integer(in BtfValue.Scalar scalar, bool hexadecimal)
    {
        if (hexadecimal) return Hexadecimal(scalar.Raw);
        if (scalar.Width > 64)
        {
            return scalar.IsSigned
                ? scalar.Signed.ToString(CultureInfo.InvariantCulture)
                : scalar.Raw.ToString(CultureInfo.InvariantCulture);
        }

        return scalar.IsSigned
            ? scalar.Low64.ToString(CultureInfo.InvariantCulture)
            : ((ulong)scalar.Low64).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A number as C writes it: <c>0xff</c>.</summary>
    public static string Hexadecimal(UInt128 value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>A floating-point number of a size that .NET has, with as many digits as tell it from its neighbours.</summary>
    public static string OfFloat(BtfValue value, BtfType shape)
    {
        double number = value.ToDouble();
        return shape is FloatType { Size: 4 }
            ? ((float)number).ToString(CultureInfo.InvariantCulture)
            : number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The bytes of what cannot be read as a number; nothing of what has no value.</summary>
    public static string OfBytes(BtfValue value)
    {
        if (!value.Type.TryGetSize(out _)) return "<no value>";
        ReadOnlySpan<byte> bytes = value.Bytes;
        return "0x" + Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, Limits.MaxBytesShown)]) + (bytes.Length > Limits.MaxBytesShown ? "…" : "");
    }

    /// <summary>A character of a text as C writes it.</summary>
    /// <param name="rune">The character.</param>
    /// <param name="invalid">The bytes instead, if they are no UTF-8.</param>
    public static string Escape(Rune rune, ReadOnlySpan<byte> invalid)
    {
        if (!invalid.IsEmpty) return string.Concat(invalid.ToArray().Select(part => $"\\x{part:x2}"));
        return rune.Value switch
        {
            '\n' => "\\n",
            '\t' => "\\t",
            '\r' => "\\r",
            '"' => "\\\"",
            '\\' => "\\\\",
            _ when Rune.IsControl(rune) => $"\\x{rune.Value:x2}",
            _ => rune.ToString(),
        };
    }
}
