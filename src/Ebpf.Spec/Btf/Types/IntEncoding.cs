namespace Ebpf.Btf;

/// <summary>Specifies what an integer represents, with the kernel's numbers (<c>BTF_INT_*</c>).</summary>
[Flags]
public enum IntEncoding : byte
{
    /// <summary>An unsigned integer.</summary>
    None = 0,

    /// <summary>A signed integer.</summary>
    Signed = 1,

    /// <summary>A character. Compilers leave this unset for C's <c>char</c>.</summary>
    Char = 2,

    /// <summary>C's <c>_Bool</c>.</summary>
    Bool = 4,
}
