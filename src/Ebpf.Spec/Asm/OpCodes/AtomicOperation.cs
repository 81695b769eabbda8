namespace Ebpf.Asm;

/// <summary>Specifies what an instruction of mode <see cref="AccessMode.Atomic"/> does: its immediate.</summary>
/// <remarks>
/// All but <see cref="Add"/> need Linux 5.12, the last two Linux 6.15. The memory is 4 or 8 bytes wide; 1 and 2 bytes
/// are only for <see cref="LoadAcquire"/> and <see cref="StoreRelease"/>.
/// </remarks>
public enum AtomicOperation
{
    /// <summary><c>*dst += src</c>.</summary>
    Add = 0x00,

    /// <summary><c>*dst |= src</c>.</summary>
    Or = 0x40,

    /// <summary><c>*dst &amp;= src</c>.</summary>
    And = 0x50,

    /// <summary><c>*dst ^= src</c>.</summary>
    Xor = 0xa0,

    /// <summary><c>*dst += src</c>; the previous value is returned in the source register.</summary>
    FetchAdd = 0x01,

    /// <summary><c>*dst |= src</c>; the previous value is returned in the source register.</summary>
    FetchOr = 0x41,

    /// <summary><c>*dst &amp;= src</c>; the previous value is returned in the source register.</summary>
    FetchAnd = 0x51,

    /// <summary><c>*dst ^= src</c>; the previous value is returned in the source register.</summary>
    FetchXor = 0xa1,

    /// <summary><c>*dst = src</c>; the previous value is returned in the source register.</summary>
    Exchange = 0xe1,

    /// <summary><c>*dst = src</c> if <c>*dst == r0</c>; the previous value is returned in R0.</summary>
    CompareExchange = 0xf1,

    /// <summary><c>dst = *src</c>, ordered before everything that follows.</summary>
    LoadAcquire = 0x100,

    /// <summary><c>*dst = src</c>, ordered after everything that went before.</summary>
    StoreRelease = 0x110,
}
