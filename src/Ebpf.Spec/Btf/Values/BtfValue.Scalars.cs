using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ebpf.Btf.Values;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <content>Numbers, names of enumerations, and texts.</content>
public readonly ref partial struct BtfValue
{
    /// <summary>
    /// Gets the name of the value of an enumeration: the first one if several have the value, <c>null</c> if none has or the type
    /// is no enumeration.
    /// </summary>
    /// <exception cref="ObjectFormatException">
    /// The bytes are fewer than the size of the type, or the type is malformed.
    /// </exception>
    public string? EnumName => Shape is EnumType enumeration && TryGetPlace(out BitRange place) ? enumeration.NameOf(Read(place).Low64) : null;

    /// <summary>Whether the type is an array of <c>char</c>, which is shown as text.</summary>
    internal bool IsText => Shape is ArrayType array && array.Element.Resolve() is IntType { IsCharacter: true };

    /// <summary>Whether all bits of the value are 0; those that are not there count as 0.</summary>
    internal bool IsZero => _bitSize == 0
        ? !Bytes.ContainsAnyExcept((byte)0)
        : IsTruncated || (TryGetPlace(out BitRange place) && Read(place).Raw == 0);

    /// <summary>
    /// Returns the number: an integer, enumeration, bit field, Boolean, character, or the address in a pointer.
    /// </summary>
    /// <exception cref="InvalidOperationException">The type is none of these.</exception>
    /// <exception cref="OverflowException">The number does not fit the result.</exception>
    /// <exception cref="ObjectFormatException">
    /// The bytes are fewer than the size of the type, or the type is malformed.
    /// </exception>
    public long ToInt64()
    {
        Scalar scalar = Read(Place());
        return scalar.IsSigned ? checked((long)scalar.Signed) : checked((long)scalar.Raw);
    }

    /// <inheritdoc cref="ToInt64"/>
    public ulong ToUInt64() => checked((ulong)ToUInt128());

    /// <inheritdoc cref="ToInt64"/>
    public Int128 ToInt128()
    {
        Scalar scalar = Read(Place());
        return scalar.IsSigned ? scalar.Signed : checked((Int128)scalar.Raw);
    }

    /// <inheritdoc cref="ToInt64"/>
    public UInt128 ToUInt128()
    {
        Scalar scalar = Read(Place());
        return scalar.IsSigned ? checked((UInt128)scalar.Signed) : scalar.Raw;
    }

    /// <summary>Returns whether the number is not 0.</summary>
    /// <inheritdoc cref="ToInt64"/>
    public bool ToBoolean() => Read(Place()).Raw != 0;

    /// <summary>Returns the floating-point number, of 2, 4 or 8 bytes. An integer is converted to the nearest one.</summary>
    /// <exception cref="InvalidOperationException">The type is not numeric, or of a size that .NET does not have.</exception>
    /// <exception cref="ObjectFormatException">
    /// The bytes are fewer than the size of the type, or the type is malformed.
    /// </exception>
    public double ToDouble()
    {
        if (Shape is not FloatType number)
        {
            Scalar scalar = Read(Place());
            return scalar.IsSigned ? (double)scalar.Signed : (double)scalar.Raw;
        }

        if (number.Size is not (2 or 4 or 8)) throw new InvalidOperationException($"{Type} of {number.Size} bytes cannot be read.");
        if ((uint)_rest.Length < number.Size) throw Truncated();
        bool big = number.Owner.ByteOrder == ByteOrder.BigEndian;
        return number.Size switch
        {
            2 => (double)(big ? BinaryPrimitives.ReadHalfBigEndian(_rest) : BinaryPrimitives.ReadHalfLittleEndian(_rest)),
            4 => big ? BinaryPrimitives.ReadSingleBigEndian(_rest) : BinaryPrimitives.ReadSingleLittleEndian(_rest),
            _ => big ? BinaryPrimitives.ReadDoubleBigEndian(_rest) : BinaryPrimitives.ReadDoubleLittleEndian(_rest),
        };
    }

    /// <summary>Returns the text in an array of characters or other bytes: UTF-8 up to the first zero, or to the end.</summary>
    /// <exception cref="InvalidOperationException">The type is no array of integers of one byte.</exception>
    /// <exception cref="ObjectFormatException">The type is malformed.</exception>
    public string ToText()
    {
        if (Shape is not ArrayType array || array.Element.Resolve() is not IntType { Size: 1 })
            throw new InvalidOperationException($"{Type} is no text.");
        return Encoding.UTF8.GetString(TextBytes());
    }

    /// <summary>The bytes of a text, up to the first zero.</summary>
    internal ReadOnlySpan<byte> TextBytes()
    {
        ReadOnlySpan<byte> bytes = Bytes;
        int end = bytes.IndexOf((byte)0);
        return end < 0 ? bytes : bytes[..end];
    }

    /// <summary>Reads a number, if the value is one that is whole.</summary>
    internal bool TryRead(out Scalar scalar)
    {
        bool found = TryGetPlace(out BitRange place) && place.End <= _rest.Length * 8L;
        scalar = found ? Read(place) : default;
        return found;
    }

    private BitRange Place() =>
        TryGetPlace(out BitRange place) ? place : throw new InvalidOperationException($"{Type} is no integer.");

    private Scalar Read(in BitRange place)
    {
        if (place.End > _rest.Length * 8L) throw Truncated();
        UInt128 raw = ScalarBits.Read(_rest, place.First, place.Width, place.Order);
        return new Scalar(raw, place.Width, place.IsSigned);
    }

    /// <summary>Where the bits of an integer lie; <c>false</c> for what is none, or has more than 128.</summary>
    private bool TryGetPlace(out BitRange place)
    {
        BtfType shape = Shape;
        (uint first, uint width, bool isSigned) = shape switch
        {
            // Old compilers put the place of a bit field into its type.
            IntType { BitSize: > 0 } integer when integer.BitSize != integer.Size * 8ul => (integer.BitOffset, integer.BitSize, integer.IsSigned),
            IntType integer => (0u, Bits(integer.Size), integer.IsSigned),
            EnumType enumeration => (0u, Bits(enumeration.Size), enumeration.IsSigned),
            PointerType => (0u, PointerType.Size * 8, false),
            _ => default,
        };
        place = default;
        if (width == 0) return false;
        if (_bitSize != 0) (first, width) = (_firstBit, _bitSize);
        place = new BitRange(first, width, isSigned, shape.Owner.ByteOrder);
        return width <= Limits.MaxNumberBits;
    }

    private static uint Bits(uint bytes) => Math.Min(bytes, Limits.MaxNumberBits) * 8;

    private ObjectFormatException Truncated() => new(string.Create(
        CultureInfo.InvariantCulture, $"{_rest.Length} bytes are too few for a value of {Type}"));

    /// <summary>Where the bits of an integer lie.</summary>
    private readonly record struct BitRange(uint First, uint Width, bool IsSigned, ByteOrder Order)
    {
        public uint End => First + Width;
    }

    /// <summary>An integer that was read.</summary>
    /// <param name="Raw">Its bits, zeros above.</param>
    /// <param name="Width">How many bits it has.</param>
    /// <param name="IsSigned">Whether the highest of them is the sign.</param>
    internal readonly record struct Scalar(UInt128 Raw, uint Width, bool IsSigned)
    {
        public Int128 Signed => ScalarBits.SignExtend(Raw, Width);

        /// <summary>The lower 64 bits of the number, extended as <see cref="EnumValue.Value"/> is.</summary>
        public long Low64 => unchecked((long)(IsSigned ? (UInt128)Signed : Raw));
    }
}
