namespace Ebpf.CoRe;

/// <summary>Specifies what CO-RE puts into an instruction, with the kernel's numbers (<c>enum bpf_core_relo_kind</c>).</summary>
public enum CoReRelocationKind
{
    /// <summary>The offset of a member, in bytes.</summary>
    FieldByteOffset = 0,

    /// <summary>The size of a member, in bytes.</summary>
    FieldByteSize = 1,

    /// <summary>Whether the member exists: 0 or 1.</summary>
    FieldExists = 2,

    /// <summary>Whether the member is signed: 0 or 1.</summary>
    FieldSigned = 3,

    /// <summary>The number of bits by which a bit field must be shifted to the left in 64 bits.</summary>
    FieldLeftShift = 4,

    /// <summary>The number of bits by which it must then be shifted to the right.</summary>
    FieldRightShift = 5,

    /// <summary>The id of the type in the object's own BTF.</summary>
    TypeIdLocal = 6,

    /// <summary>The id of the type in the kernel's BTF.</summary>
    TypeIdTarget = 7,

    /// <summary>Whether the kernel has a type of this name and kind: 0 or 1.</summary>
    TypeExists = 8,

    /// <summary>The size of the type, in bytes.</summary>
    TypeSize = 9,

    /// <summary>Whether the enumeration has the value: 0 or 1.</summary>
    EnumValueExists = 10,

    /// <summary>The value of a name of the enumeration.</summary>
    EnumValue = 11,

    /// <summary>Whether the kernel's type has the same members as the object's: 0 or 1.</summary>
    TypeMatches = 12,
}
