using Ebpf.Btf;
using Ebpf.Btf.Types;

namespace Ebpf.CoRe;

/// <summary>How a field can be read or written in one go.</summary>
/// <param name="Size">Its size in bytes (of an array, that of an element); 0 for a bit field.</param>
/// <param name="Nature">What a load makes of it.</param>
internal readonly record struct FieldAccess(uint Size, FieldNature Nature)
{
    /// <summary>How a field can be read.</summary>
    /// <exception cref="ObjectFormatException">An array in it is malformed.</exception>
    public static FieldAccess Of(in Field field)
    {
        if (field.IsBitField) return default;
        BtfType element = field.Type;
        for (int depth = 0; element is ArrayType array; depth++)
        {
            if (depth == TypeLayout.MaximumDepth)
                throw new ObjectFormatException($"{field.Type} has more than {TypeLayout.MaximumDepth} dimensions");
            element = array.Element.Resolve();
        }

        return element.TryGetSize(out uint size) ? new FieldAccess(size, NatureOf(field.Type)) : default;
    }

    private static FieldNature NatureOf(BtfType type) => type switch
    {
        IntType { IsSigned: true } => FieldNature.Signed,
        IntType => FieldNature.Unsigned,
        PointerType => FieldNature.Pointer,
        _ => FieldNature.Other,
    };
}
