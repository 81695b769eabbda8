namespace Ebpf.Asm;

/// <summary>Specifies the second operand of an arithmetic instruction or a jump: bit 3 of its opcode.</summary>
public enum Operand : byte
{
    /// <summary><c>BPF_K</c>: the immediate.</summary>
    Immediate = 0x00,

    /// <summary><c>BPF_X</c>: the source register.</summary>
    Register = 0x08,
}
