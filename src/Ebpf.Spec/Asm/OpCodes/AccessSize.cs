namespace Ebpf.Asm;

/// <summary>Specifies the size of a load, a store or an atomic operation: bits 3 and 4 of its opcode.</summary>
public enum AccessSize : byte
{
    /// <summary><c>BPF_W</c>: 4 bytes.</summary>
    Word = 0x00,

    /// <summary><c>BPF_H</c>: 2 bytes.</summary>
    HalfWord = 0x08,

    /// <summary><c>BPF_B</c>: 1 byte.</summary>
    Byte = 0x10,

    /// <summary><c>BPF_DW</c>: 8 bytes.</summary>
    DoubleWord = 0x18,
}

/// <summary>Provides the size in bytes of an <see cref="AccessSize"/>.</summary>
public static class AccessSizes
{
    /// <summary>Returns the size in bytes: 1, 2, 4 or 8.</summary>
    /// <param name="size">The size.</param>
    public static int Bytes(this AccessSize size) => size switch
    {
        AccessSize.Byte => 1,
        AccessSize.HalfWord => 2,
        AccessSize.Word => 4,
        _ => 8,
    };
}
