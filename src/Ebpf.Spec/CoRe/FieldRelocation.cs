using System.Numerics;
using Ebpf.Btf;
using Ebpf.Btf.Types;

namespace Ebpf.CoRe;

/// <summary>The numbers that relocations ask of a field.</summary>
internal static class FieldRelocation
{
    /// <summary>The largest load.</summary>
    private const uint WordSize = 8;

    /// <summary>Works out what a relocation asks of a field that is there.</summary>
    /// <param name="kind">One of the kinds for fields.</param>
    /// <param name="field">The field.</param>
    /// <param name="value">The answer.</param>
    /// <returns><c>null</c>, or why there is none.</returns>
    public static string? Compute(CoReRelocationKind kind, in MemberPlace field, out ulong value)
    {
        value = 0;
        switch (kind)
        {
            case CoReRelocationKind.FieldExists:
                value = 1;
                return null;
            case CoReRelocationKind.FieldSigned:
                value = field.Type is IntType { IsSigned: true } or EnumType { IsSigned: true } ? 1u : 0;
                return null;
        }

        if (!TryGetStorage(field, out ulong offset, out uint size))
            return field.IsBitField ? "no load of 8 bytes holds all of the bit field" : $"{field.Type} has no size";
        switch (kind)
        {
            case CoReRelocationKind.FieldByteOffset:
                value = offset;
                return null;
            case CoReRelocationKind.FieldByteSize:
                value = size;
                return null;
        }

        if (size > WordSize) return $"has {size} bytes, and shifts are for 8 at the most";
        ulong bits = field.IsBitField ? field.BitSize : size * 8;
        ulong first = field.BitOffset - (offset * 8);
        value = kind == CoReRelocationKind.FieldRightShift
            ? 64 - bits
            : field.Order == ByteOrder.LittleEndian
                ? 64 - (first + bits)
                : ((WordSize - size) * 8) + first;
        return null;
    }

    /// <summary>
    /// Whether the compiler and this library must agree on the value for the program's own types. What is loaded for a bit
    /// field is a matter of choice.
    /// </summary>
    public static bool IsFixed(CoReRelocationKind kind, in MemberPlace field) =>
        !field.IsBitField
        || kind is CoReRelocationKind.FieldExists or CoReRelocationKind.FieldSigned or CoReRelocationKind.FieldRightShift;

    /// <summary>What must be loaded to have the field: for a bit field, the smallest aligned word that holds it.</summary>
    private static bool TryGetStorage(in MemberPlace field, out ulong offset, out uint size)
    {
        offset = field.BitOffset / 8;
        if (!field.Type.TryGetSize(out size)) return false;
        if (!field.IsBitField) return true;
        if (!BitOperations.IsPow2(size)) return false;
        for (; size <= WordSize; size *= 2)
        {
            offset = field.BitOffset / 8 / size * size;
            if (field.BitOffset + field.BitSize <= (offset + size) * 8) return true;
        }

        return false;
    }
}
