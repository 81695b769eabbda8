namespace Ebpf.Asm;

/// <summary>Specifies what an arithmetic instruction does: the highest four bits of its opcode.</summary>
public enum AluOperation : byte
{
    /// <summary><c>dst += src</c>.</summary>
    Add = 0x00,

    /// <summary><c>dst -= src</c>.</summary>
    Sub = 0x10,

    /// <summary><c>dst *= src</c>.</summary>
    Mul = 0x20,

    /// <summary><c>dst /= src</c>: unsigned; signed if the offset is 1. Division by 0 gives 0.</summary>
    Div = 0x30,

    /// <summary><c>dst |= src</c>.</summary>
    Or = 0x40,

    /// <summary><c>dst &amp;= src</c>.</summary>
    And = 0x50,

    /// <summary><c>dst &lt;&lt;= src</c>.</summary>
    Lsh = 0x60,

    /// <summary><c>dst &gt;&gt;= src</c>: zeros move in from the left.</summary>
    Rsh = 0x70,

    /// <summary><c>dst = -dst</c>.</summary>
    Neg = 0x80,

    /// <summary>
    /// <c>dst %= src</c>: unsigned; signed if the offset is 1. With a divisor of 0, the destination does not change.
    /// </summary>
    Mod = 0x90,

    /// <summary><c>dst ^= src</c>.</summary>
    Xor = 0xa0,

    /// <summary>
    /// <c>dst = src</c>; sign-extending when the offset is 8, 16 or 32; a change of address space when it is 1.
    /// </summary>
    Mov = 0xb0,

    /// <summary><c>dst s&gt;&gt;= src</c>: the sign bit moves in from the left.</summary>
    Arsh = 0xc0,

    /// <summary>
    /// <c>BPF_END</c>: converts the byte order; the immediate is the width, 16, 32 or 64 bits.
    /// </summary>
    End = 0xd0,
}
