using Ebpf.Btf;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.CoRe;

/// <summary>How a field can be read or written in one go.</summary>
/// <param name="Size">Its size in bytes (of an array, that of an element); 0 for a bit field.</param>
/// <param name="Scalar">What kind of number a load makes of it.</param>
internal readonly record struct AccessShape(uint Size, ScalarKind Scalar)
{
    /// <summary>How a field can be read.</summary>
    /// <exception cref="ObjectFormatException">An array in it is malformed.</exception>
    public static AccessShape Of(in MemberPlace field)
    {
        if (field.IsBitField) return default;
        BtfType element = field.Type;
        for (int depth = 0; element is ArrayType array; depth++)
        {
            if (depth == Limits.MaxTypeDepth)
                throw new ObjectFormatException($"{field.Type} has more than {Limits.MaxTypeDepth} dimensions");
            element = array.Element.Resolve();
        }

        return element.TryGetSize(out uint size) ? new AccessShape(size, ScalarOf(field.Type)) : default;
    }

    private static ScalarKind ScalarOf(BtfType type) => type switch
    {
        IntType { IsSigned: true } => ScalarKind.Signed,
        IntType => ScalarKind.Unsigned,
        PointerType => ScalarKind.Pointer,
        _ => ScalarKind.Other,
    };
}

/// <summary>What a field is, as far as the size of a load or store depends on it.</summary>
internal enum ScalarKind
{
    /// <summary>No number; cannot be read at another size than its own.</summary>
    Other,

    /// <summary>An unsigned integer.</summary>
    Unsigned,

    /// <summary>A signed integer.</summary>
    Signed,

    /// <summary>A pointer.</summary>
    Pointer,
}
