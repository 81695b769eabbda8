namespace Ebpf.Asm;

// Loads from memory and stores into it.
public partial struct Instruction
{
    /// <summary><c>rD = *(uN *)(rS + offset)</c>: loads; the upper bits become 0.</summary>
    /// <param name="size">The number of bytes that are loaded.</param>
    /// <param name="destination">The destination register.</param>
    /// <param name="source">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    public static Instruction Load(AccessSize size, Register destination, Register source, short offset = 0) =>
        new(OpCode.OfAccess(InstructionClass.LoadRegister, AccessMode.Memory, size), destination, source, offset);

    /// <summary><c>rD = *(sN *)(rS + offset)</c>: loads and extends the sign to 64 bits (Linux 6.6).</summary>
    /// <param name="size">The number of bytes that are loaded: any size but <see cref="AccessSize.DoubleWord"/>.</param>
    /// <param name="destination">The destination register.</param>
    /// <param name="source">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="size"/> is <see cref="AccessSize.DoubleWord"/>.
    /// </exception>
    public static Instruction LoadSignExtended(
        AccessSize size, Register destination, Register source, short offset = 0)
    {
        RefuseDoubleWord(size);
        OpCode opCode = OpCode.OfAccess(InstructionClass.LoadRegister, AccessMode.MemorySignExtended, size);
        return new(opCode, destination, source, offset);
    }

    /// <summary><c>*(uN *)(rD + offset) = rS</c>: stores the lowest bits of a register.</summary>
    /// <param name="size">The number of bytes that are stored.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The register that is stored.</param>
    public static Instruction Store(AccessSize size, Register destination, short offset, Register source) =>
        new(OpCode.OfAccess(InstructionClass.StoreRegister, AccessMode.Memory, size), destination, source, offset);

    /// <summary><c>*(uN *)(rD + offset) = imm</c>: stores an immediate.</summary>
    /// <param name="size">The number of bytes that are stored.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="immediate">The value that is stored, sign-extended to 8 bytes.</param>
    public static Instruction Store(AccessSize size, Register destination, short offset, int immediate) =>
        new(OpCode.OfAccess(InstructionClass.Store, AccessMode.Memory, size), destination, 0, offset, immediate);

    /// <summary>
    /// <c>r0 = *(uN *)skb[offset]</c>: loads from the packet whose context is in R6, in network byte order; if the packet is too
    /// short, the program ends and returns 0. From classic BPF; R1 to R5 are clobbered.
    /// </summary>
    /// <param name="size">The number of bytes that are loaded: any size but <see cref="AccessSize.DoubleWord"/>.</param>
    /// <param name="offset">The offset in the packet, in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="size"/> is <see cref="AccessSize.DoubleWord"/>.
    /// </exception>
    public static Instruction LoadAbsolute(AccessSize size, int offset) =>
        LoadPacket(AccessMode.Absolute, size, 0, offset);

    /// <summary>
    /// <c>r0 = *(uN *)skb[rS + offset]</c>: like <see cref="LoadAbsolute"/>, with an offset to which a register is added.
    /// </summary>
    /// <param name="size">The number of bytes that are loaded: any size but <see cref="AccessSize.DoubleWord"/>.</param>
    /// <param name="source">The register that is added to the offset.</param>
    /// <param name="offset">The offset in the packet, in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="size"/> is <see cref="AccessSize.DoubleWord"/>.
    /// </exception>
    public static Instruction LoadIndirect(AccessSize size, Register source, int offset = 0) =>
        LoadPacket(AccessMode.Indirect, size, source, offset);

    private static Instruction LoadPacket(AccessMode mode, AccessSize size, Register source, int offset)
    {
        RefuseDoubleWord(size);
        return new(OpCode.OfAccess(InstructionClass.Load, mode, size), source: source, immediate: offset);
    }

    private static void RefuseDoubleWord(AccessSize size)
    {
        if (size != AccessSize.DoubleWord) return;
        throw new ArgumentOutOfRangeException(nameof(size), size, "1, 2 or 4 bytes.");
    }
}
