using Ebpf.Common;

namespace Ebpf.Btf.Values;

/// <summary>Turns a value of a type into the other byte order, number by number.</summary>
internal ref struct ScalarReversal
{
    private long _steps;

    /// <summary>How many types may still be looked at.</summary>
    internal readonly long StepsLeft => _steps;

    /// <summary>Reverses every number in a value.</summary>
    /// <param name="type">The type of the value.</param>
    /// <param name="value">The bytes of the value, which are changed.</param>
    /// <returns>
    /// Whether that could be done. It cannot for unions, bit fields and members that overlap, whose bytes mean one thing or another;
    /// nor for types that take far more steps than they have bytes, as only hostile ones do. The value is then changed in part.
    /// </returns>
    public static bool TryReverse(BtfType type, Span<byte> value) => new ScalarReversal(value.Length).TryReverse(type, value, depth: 0);

    /// <summary>Begins with as many steps as a value of a size may take.</summary>
    internal ScalarReversal(int size) => _steps = (size + 1L) * Limits.MaxReversalStepsPerByte;

    /// <inheritdoc cref="TryReverse(BtfType, Span{byte})"/>
    internal bool TryReverse(BtfType type, Span<byte> value, int depth)
    {
        // What takes no bytes has no order, whatever is in it.
        if (value.IsEmpty) return true;
        if (depth > Limits.MaxTypeDepth || --_steps < 0) return false;
        switch (type.Resolve())
        {
            case IntType or EnumType or FloatType or PointerType:
                value.Reverse();
                return true;
            case ArrayType array:
                return TryReverseElements(array, value, depth);
            case StructType composite:
                return TryReverseMembers(composite, value, depth);
            default:
                return false;
        }
    }

    private bool TryReverseMembers(StructType composite, Span<byte> value, int depth)
    {
        uint end = 0;
        // Compilers of other languages than C list members in another order than that of their offsets.
        foreach (Member member in composite.Members.OrderBy(member => member.Offset))
        {
            if (--_steps < 0 || member.IsBitField || !member.Type.TryGetSize(out uint size)) return false;
            if (member.Offset > (uint)value.Length || size > (uint)value.Length - member.Offset) return false;
            if (size == 0) continue;
            if (member.Offset < end) return false;
            end = member.Offset + size;
            if (!TryReverse(member.Type, value.Slice((int)member.Offset, (int)size), depth + 1)) return false;
        }

        return true;
    }

    private bool TryReverseElements(ArrayType array, Span<byte> value, int depth)
    {
        if (!array.Element.TryGetSize(out uint size) || size == 0 || value.Length % size != 0) return false;
        if (size == 1 && array.Element.Resolve() is IntType or EnumType) return true;
        for (; !value.IsEmpty; value = value[(int)size..])
        {
            if (!TryReverse(array.Element, value[..(int)size], depth + 1)) return false;
        }

        return true;
    }
}
