using System.Globalization;

namespace Ebpf.Btf;

/// <summary>Represents the number of a type in its BTF. It means nothing in another BTF.</summary>
/// <param name="Value">The number, as BTF and the kernel have it; 0 for <c>void</c>.</param>
public readonly record struct BtfTypeId(uint Value) : IComparable<BtfTypeId>
{
    /// <summary>
    /// Gets the number of <c>void</c>, which is 0 in every BTF. Where a type is optional, it also stands for no type.
    /// </summary>
    public static BtfTypeId Void => default;

    /// <summary>Gets whether this is the number of <c>void</c>.</summary>
    public bool IsVoid => Value == 0;

    /// <summary>Converts a number, of the kernel or of a tool for example, to the id of a type.</summary>
    public static explicit operator BtfTypeId(uint value) => new(value);

    /// <summary>Converts the id of a type to its number.</summary>
    public static explicit operator uint(BtfTypeId id) => id.Value;

    /// <summary>Compares ids in the order of their numbers.</summary>
    public static bool operator <(BtfTypeId left, BtfTypeId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(BtfTypeId left, BtfTypeId right) => left.Value > right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(BtfTypeId left, BtfTypeId right) => left.Value <= right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(BtfTypeId left, BtfTypeId right) => left.Value >= right.Value;

    /// <summary>Compares the number with that of another type.</summary>
    /// <param name="other">The id of the other type.</param>
    public int CompareTo(BtfTypeId other) => Value.CompareTo(other.Value);

    /// <summary>Returns the number in decimal digits.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
