namespace Ebpf.Btf.Values;

/// <summary>Turns a value of a type into the other byte order, number by number.</summary>
internal static class ScalarReversal
{
    /// <summary>How deep arrays and structs may lie in one another.</summary>
    private const int MaxDepth = 32;

    /// <summary>Reverses every number in a value.</summary>
    /// <param name="type">The type of the value.</param>
    /// <param name="value">The bytes of the value, which are changed.</param>
    /// <returns>
    /// Whether that could be done. It cannot for unions and bit fields, whose bytes mean one thing or another; the value is
    /// then changed in part.
    /// </returns>
    public static bool TryReverse(BtfType type, Span<byte> value) => TryReverse(type, value, depth: 0);

    private static bool TryReverse(BtfType type, Span<byte> value, int depth)
    {
        if (depth > MaxDepth) return false;
        switch (type.Resolve())
        {
            case IntType or EnumType or FloatType or PointerType:
                value.Reverse();
                return true;
            case ArrayType array:
                return TryReverseElements(array, value, depth);
            case StructType composite:
                foreach (Member member in composite.Members)
                {
                    if (member.IsBitField || !member.Type.TryGetSize(out uint size)) return false;
                    if (member.Offset > (uint)value.Length || size > (uint)value.Length - member.Offset) return false;
                    if (!TryReverse(member.Type, value.Slice((int)member.Offset, (int)size), depth + 1)) return false;
                }

                return true;
            default:
                return false;
        }
    }

    private static bool TryReverseElements(ArrayType array, Span<byte> value, int depth)
    {
        if (value.IsEmpty) return true;
        if (!array.Element.TryGetSize(out uint size) || size == 0 || value.Length % size != 0) return false;
        if (size == 1) return array.Element.Resolve() is IntType or EnumType;
        for (; !value.IsEmpty; value = value[(int)size..])
        {
            if (!TryReverse(array.Element, value[..(int)size], depth + 1)) return false;
        }

        return true;
    }
}
