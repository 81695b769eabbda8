namespace Ebpf.Btf.Building;

/// <summary>What of BTF a kernel understands; the rest is rewritten before it is loaded.</summary>
[Flags]
internal enum BtfKernelSupport
{
    /// <summary>Linux 4.18: integers, pointers, arrays, structures, unions, enumerations, typedefs, qualifiers.</summary>
    None = 0,

    /// <summary>Functions and their prototypes; Linux 5.0.</summary>
    Function = 1 << 0,

    /// <summary>Functions that are not static; Linux 5.6.</summary>
    GlobalFunction = 1 << 1,

    /// <summary>Variables and data sections; Linux 5.2.</summary>
    DataSection = 1 << 2,

    /// <summary>Data sections whose name begins with <c>?</c>: optional struct_ops maps; Linux 6.11.</summary>
    QuestionMarkDataSection = 1 << 3,

    /// <summary>Floating-point numbers; Linux 5.13.</summary>
    Float = 1 << 4,

    /// <summary>Declaration tags; Linux 5.16.</summary>
    DeclTag = 1 << 5,

    /// <summary>Type tags; Linux 5.17.</summary>
    TypeTag = 1 << 6,

    /// <summary>64-bit and signed enumerations; Linux 6.0.</summary>
    Enum64 = 1 << 7,

    /// <summary>The table of the sizes of kinds; Linux 7.1.</summary>
    Layout = 1 << 8,

    /// <summary>Tags whose text is a whole attribute of its own (kind flag); Linux 6.14.</summary>
    AttributeTag = 1 << 9,

    /// <summary>Everything that this library knows.</summary>
    All = (1 << 10) - 1,
}
