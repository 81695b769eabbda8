namespace Ebpf.Asm;

/// <summary>Specifies how a load or a store addresses its operand: the highest three bits of its opcode.</summary>
public enum AccessMode : byte
{
    /// <summary><c>BPF_IMM</c>: the 64-bit immediate of a wide load.</summary>
    Immediate = 0x00,

    /// <summary><c>BPF_ABS</c>: at a fixed offset in a packet; from classic BPF.</summary>
    Absolute = 0x20,

    /// <summary><c>BPF_IND</c>: at an offset in a packet that a register adds to; from classic BPF.</summary>
    Indirect = 0x40,

    /// <summary><c>BPF_MEM</c>: in memory.</summary>
    Memory = 0x60,

    /// <summary><c>BPF_MEMSX</c>: in memory, sign-extended to 64 bits (Linux 6.6).</summary>
    MemorySignExtended = 0x80,

    /// <summary><c>BPF_ATOMIC</c>: in memory, atomically; the immediate is the <see cref="AtomicOperation"/>.</summary>
    Atomic = 0xc0,
}
