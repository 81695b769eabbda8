using System.Globalization;

namespace Ebpf.Btf.Printing;

/// <summary>Writes what gets and sets bits in private fields.</summary>
internal static class CSharpBitText
{
    /// <summary>The name of <see cref="Class"/>, which no member of a structure can have.</summary>
    public const string ClassName = "BitFields";

    /// <summary>What the properties call. In a file of its own for each, as the types of several may share a namespace.</summary>
    public const string Class =
        """
        /// <summary>Bits of numbers, by the order in which the machine has them: the first of a structure are the least, or the most, significant.</summary>
        file static class BitFields
        {
            public static ulong Get(ulong number, int little, int big, int bits) =>
                (number >> (BitConverter.IsLittleEndian ? little : big)) & (ulong.MaxValue >> (64 - bits));

            public static ulong Set(ulong number, ulong value, int little, int big, int bits)
            {
                int shift = BitConverter.IsLittleEndian ? little : big;
                ulong mask = ulong.MaxValue >> (64 - bits);
                return (number & ~(mask << shift)) | ((value & mask) << shift);
            }

            public static long Extend(ulong value, int bits) => unchecked((long)(value << (64 - bits))) >> (64 - bits);
        }
        """;

    /// <summary>Whether a property is a truth value of its own byte, any value of which but 0 is true.</summary>
    public static bool IsWholeByte(CSharpProperty property) =>
        property is { Type: "bool", Bits: 8, Pieces: [{ Storage.Size: 1 }] };

    /// <summary>What a property returns.</summary>
    public static string Getter(CSharpStruct layout, CSharpProperty property)
    {
        if (IsWholeByte(property)) return $"{layout.Storages[property.Pieces[0].Storage]} != 0";
        string raw = property.Pieces.Count == 1
            ? Get(layout, property.Pieces[0])
            : string.Join(" | ", property.Pieces.Select(piece => $"({Get(layout, piece)} << {Place(piece, property.Bits)})"));
        if (property.Type == "bool") return $"{raw} != 0";
        if (property.IsSigned) raw = string.Create(CultureInfo.InvariantCulture, $"BitFields.Extend({raw}, {property.Bits})");
        else if (property.Pieces.Count > 1) raw = $"({raw})";
        string number = $"({property.Number}){raw}";
        return property.Type == property.Number ? number : $"({property.Type}){number}";
    }

    /// <summary>What sets the part of a property that is in one private field.</summary>
    public static string Setter(CSharpStruct layout, CSharpProperty property, BitPiece piece)
    {
        string storage = layout.Storages[piece.Storage];
        if (IsWholeByte(property)) return $"{storage} = value ? (byte)1 : (byte)0";
        string value = property.Type == "bool" ? "value ? 1UL : 0UL" : "unchecked((ulong)value)";
        if (property.Pieces.Count > 1) value = $"{value} >> {Place(piece, property.Bits)}";
        string number = piece.Storage.Size switch { 1 => "byte", 2 => "ushort", 4 => "uint", _ => "ulong" };
        return $"{storage} = ({number})BitFields.Set({storage}, {value}, {Bits(piece)})";
    }

    private static string Get(CSharpStruct layout, BitPiece piece) =>
        $"BitFields.Get({layout.Storages[piece.Storage]}, {Bits(piece)})";

    private static string Bits(BitPiece piece) =>
        string.Create(CultureInfo.InvariantCulture, $"{piece.LittleShift}, {piece.BigShift}, {piece.Count}");

    private static string Place(BitPiece piece, uint total) => string.Create(
        CultureInfo.InvariantCulture,
        $"(global::System.BitConverter.IsLittleEndian ? {piece.LittlePlace} : {piece.BigPlace(total)})");
}
