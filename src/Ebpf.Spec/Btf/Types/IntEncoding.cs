namespace Ebpf.Btf;

/// <summary>What an integer is besides a number of bits, with the kernel's numbers (<c>BTF_INT_*</c>).</summary>
[Flags]
public enum IntEncoding : byte
{
    /// <summary>Unsigned.</summary>
    None = 0,

    /// <summary>It can be negative.</summary>
    Signed = 1,

    /// <summary>A character. Compilers leave this unset for C's <c>char</c>.</summary>
    Char = 2,

    /// <summary>C's <c>_Bool</c>.</summary>
    Bool = 4,
}
