namespace Ebpf.Asm.Flow;

/// <summary>The registers that an instruction reads, and those that have other values after it: a bit for each.</summary>
/// <remarks>
/// An instruction that is not known, or goes on where it cannot be known (<c>gotox</c>), reads all. A register that is written is
/// overwritten as a whole, since 32-bit results clear the upper half.
/// </remarks>
/// <param name="Reads">What is read, before anything is written.</param>
/// <param name="Writes">What loses the value that it had.</param>
internal readonly record struct RegisterUse(ushort Reads, ushort Writes)
{
    /// <summary>All registers, those that no kernel knows too.</summary>
    public const ushort All = 0xffff;

    private const ushort Result = 1 << (int)Register.R0;
    private const ushort Arguments = 0b11_1110;
    private const ushort PacketContext = 1 << (int)Register.R6;

    private static RegisterUse Unknown => new(All, 0);

    /// <summary>What an instruction reads and writes.</summary>
    public static RegisterUse Of(in Instruction instruction)
    {
        ushort destination = Bit(instruction.Destination), source = Bit(instruction.Source);
        OpCode opCode = instruction.OpCode;
        return opCode.Class switch
        {
            InstructionClass.Alu32 or InstructionClass.Alu64 => OfAlu(opCode, destination, source),
            InstructionClass.Jump or InstructionClass.Jump32 => OfJump(in instruction, destination, source),
            InstructionClass.Load => OfLoad(opCode, destination, source),
            InstructionClass.LoadRegister when opCode.Mode is AccessMode.Memory or AccessMode.MemorySignExtended => new(source, destination),
            InstructionClass.Store when opCode.Mode == AccessMode.Memory => new(destination, 0),
            InstructionClass.StoreRegister when opCode.Mode == AccessMode.Memory => new((ushort)(destination | source), 0),
            InstructionClass.StoreRegister when opCode.Mode == AccessMode.Atomic =>
                OfAtomic(instruction.AtomicOperation, destination, source),
            _ => Unknown,
        };
    }

    /// <summary>The bit of a register.</summary>
    public static ushort Bit(Register register) => (ushort)(1 << (int)register);

    private static RegisterUse OfAlu(OpCode opCode, ushort destination, ushort source)
    {
        ushort operand = opCode.Operand == Operand.Register ? source : (ushort)0;
        return opCode.AluOperation switch
        {
            AluOperation.Mov => new(operand, destination),
            AluOperation.Neg or AluOperation.End => new(destination, destination),
            <= AluOperation.Arsh => new((ushort)(destination | operand), destination),
            _ => Unknown,
        };
    }

    private static RegisterUse OfJump(in Instruction instruction, ushort destination, ushort source)
    {
        OpCode opCode = instruction.OpCode;
        if (instruction.IsConditionalJump)
            return new((ushort)(destination | (opCode.Operand == Operand.Register ? source : 0)), 0);
        if (instruction.IsJump) return default;
        if (instruction.IsExit) return new(Result, 0);

        // The callee begins with these; what it leaves in them, but for the result, no caller may read.
        return opCode == OpCode.Call && instruction.CallKind <= CallKind.Kfunc ? new(Arguments, Arguments | Result) : Unknown;
    }

    /// <summary>The packet loads of classic BPF are calls: of R6, with the result in R0.</summary>
    private static RegisterUse OfLoad(OpCode opCode, ushort destination, ushort source) => opCode.Mode switch
    {
        AccessMode.Immediate when opCode == OpCode.WideLoad => new(0, destination),
        AccessMode.Absolute => new(PacketContext, Arguments | Result),
        AccessMode.Indirect => new((ushort)(PacketContext | source), Arguments | Result),
        _ => Unknown,
    };

    private static RegisterUse OfAtomic(AtomicOperation operation, ushort destination, ushort source)
    {
        ushort both = (ushort)(destination | source);
        return operation switch
        {
            AtomicOperation.Add or AtomicOperation.Or or AtomicOperation.And or AtomicOperation.Xor or AtomicOperation.StoreRelease =>
                new(both, 0),
            AtomicOperation.FetchAdd or AtomicOperation.FetchOr or AtomicOperation.FetchAnd or AtomicOperation.FetchXor
                or AtomicOperation.Exchange => new(both, source),
            AtomicOperation.CompareExchange => new((ushort)(both | Result), Result),
            AtomicOperation.LoadAcquire => new(source, destination),
            _ => Unknown,
        };
    }
}
