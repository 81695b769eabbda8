namespace Ebpf.Asm;

// Changes to what stands in a register: the order of its bytes, the address space of a pointer.
public partial struct Instruction
{
    /// <summary>The offset that makes a division signed.</summary>
    private const short Signed = 1;

    /// <summary>The offset that makes a move a change of address space: <c>BPF_ADDR_SPACE_CAST</c>.</summary>
    private const short CastAddressSpace = 1;

    /// <summary>
    /// <c>rD = leN rD</c>: converts the lowest bytes between the byte order of the machine and little-endian, and clears the
    /// others.
    /// </summary>
    /// <param name="destination">The register that is changed.</param>
    /// <param name="bits">The number of bits: 16, 32 or 64.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is none of these.</exception>
    public static Instruction LittleEndian(Register destination, int bits) =>
        End(InstructionClass.Alu32, Operand.Immediate, destination, bits);

    /// <summary>
    /// <c>rD = beN rD</c>: converts the lowest bytes between the byte order of the machine and big-endian, and clears the others.
    /// </summary>
    /// <param name="destination">The register that is changed.</param>
    /// <param name="bits">The number of bits: 16, 32 or 64.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is none of these.</exception>
    public static Instruction BigEndian(Register destination, int bits) =>
        End(InstructionClass.Alu32, Operand.Register, destination, bits);

    /// <summary>
    /// <c>rD = bswapN rD</c>: reverses the lowest bytes, whatever the byte order of the machine, and clears the others (Linux
    /// 6.6).
    /// </summary>
    /// <param name="destination">The register that is changed.</param>
    /// <param name="bits">The number of bits: 16, 32 or 64.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is none of these.</exception>
    public static Instruction ByteSwap(Register destination, int bits) =>
        End(InstructionClass.Alu64, Operand.Immediate, destination, bits);

    /// <summary>
    /// <c>rD = addr_space_cast(rS, to, from)</c>: converts a pointer between address spaces (Linux 6.9). Address space 1 is the
    /// arena, 0 the kernel.
    /// </summary>
    /// <param name="destination">The register that receives the pointer.</param>
    /// <param name="source">The register with the pointer to convert.</param>
    /// <param name="to">The address space of the result.</param>
    /// <param name="from">The address space of the pointer to convert.</param>
    public static Instruction CastPointer(Register destination, Register source, ushort to, ushort from) =>
        Mov(destination, source) with { Offset = CastAddressSpace, Immediate = (to << 16) | from };

    private static Instruction End(InstructionClass @class, Operand operand, Register destination, int bits)
    {
        if (bits is not (16 or 32 or 64)) throw new ArgumentOutOfRangeException(nameof(bits), bits, "16, 32 or 64.");
        return new(OpCode.OfAlu(@class, AluOperation.End, operand), destination, immediate: bits);
    }
}
