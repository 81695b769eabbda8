namespace Ebpf.Btf;

/// <summary>Specifies the kind of a type, with the kernel's numbers (<c>BTF_KIND_*</c>).</summary>
/// <remarks>BTF of a newer producer can have kinds above these; see <see cref="UnknownType"/>.</remarks>
public enum BtfKind : byte
{
    /// <summary><c>void</c>: the type 0 of every BTF.</summary>
    Void = 0,

    /// <summary>An integer, see <see cref="IntType"/>.</summary>
    Int = 1,

    /// <summary>A pointer, see <see cref="PointerType"/>.</summary>
    Pointer = 2,

    /// <summary>An array, see <see cref="ArrayType"/>.</summary>
    Array = 3,

    /// <summary>A structure, see <see cref="StructType"/>.</summary>
    Struct = 4,

    /// <summary>A union, see <see cref="UnionType"/>.</summary>
    Union = 5,

    /// <summary>An enumeration whose values fit 32 bits, see <see cref="EnumType"/>.</summary>
    Enum = 6,

    /// <summary>A structure or union that is declared but not defined, see <see cref="ForwardType"/>.</summary>
    Forward = 7,

    /// <summary>Another name for a type, see <see cref="TypedefType"/>.</summary>
    Typedef = 8,

    /// <summary>The qualifier <c>volatile</c>, see <see cref="VolatileType"/>.</summary>
    Volatile = 9,

    /// <summary>The qualifier <c>const</c>, see <see cref="ConstType"/>.</summary>
    Const = 10,

    /// <summary>The qualifier <c>restrict</c>, see <see cref="RestrictType"/>.</summary>
    Restrict = 11,

    /// <summary>A function, see <see cref="FunctionType"/>.</summary>
    Function = 12,

    /// <summary>The parameters and the return type of a function, see <see cref="FunctionPrototypeType"/>.</summary>
    FunctionPrototype = 13,

    /// <summary>A global variable, see <see cref="VariableType"/>.</summary>
    Variable = 14,

    /// <summary>An ELF section of variables, see <see cref="DataSectionType"/>.</summary>
    DataSection = 15,

    /// <summary>A floating-point number, see <see cref="FloatType"/>.</summary>
    Float = 16,

    /// <summary><c>__attribute__((btf_decl_tag("…")))</c>, see <see cref="DeclTagType"/>.</summary>
    DeclTag = 17,

    /// <summary><c>__attribute__((btf_type_tag("…")))</c>, see <see cref="TypeTagType"/>.</summary>
    TypeTag = 18,

    /// <summary>An enumeration with values of 64 bits (Linux 6.0), see <see cref="EnumType"/>.</summary>
    Enum64 = 19,
}
