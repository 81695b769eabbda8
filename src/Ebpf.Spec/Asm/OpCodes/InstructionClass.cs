namespace Ebpf.Asm;

/// <summary>Specifies the class of an instruction: the lowest three bits of its opcode.</summary>
public enum InstructionClass : byte
{
    /// <summary><c>BPF_LD</c>: 64-bit immediates and, from classic BPF, packet loads.</summary>
    Load = 0,

    /// <summary><c>BPF_LDX</c>: loads from memory into a register.</summary>
    LoadRegister = 1,

    /// <summary><c>BPF_ST</c>: stores of an immediate into memory.</summary>
    Store = 2,

    /// <summary><c>BPF_STX</c>: stores of a register into memory, and atomic operations.</summary>
    StoreRegister = 3,

    /// <summary><c>BPF_ALU</c>: 32-bit arithmetic; the upper half of the destination becomes 0.</summary>
    Alu32 = 4,

    /// <summary><c>BPF_JMP</c>: jumps that compare 64 bits, calls, <c>exit</c>.</summary>
    Jump = 5,

    /// <summary>
    /// <c>BPF_JMP32</c>: jumps that compare the lower 32 bits (Linux 5.1), and the long jump (Linux 6.6).
    /// </summary>
    Jump32 = 6,

    /// <summary><c>BPF_ALU64</c>: 64-bit arithmetic.</summary>
    Alu64 = 7,
}
