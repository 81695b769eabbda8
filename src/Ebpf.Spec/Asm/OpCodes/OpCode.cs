using System.Globalization;

namespace Ebpf.Asm;

/// <summary>Represents the first byte of an instruction: the operation, and the kind and size of its operands.</summary>
/// <remarks>
/// Some instructions need more than this byte to tell what they do: the offset tells signed from unsigned division and
/// a sign-extending from a plain move, the immediate tells one atomic operation from another, the source register one
/// kind of call or of wide load from another.
/// </remarks>
/// <param name="Value">The byte.</param>
public readonly record struct OpCode(byte Value)
{
    private const byte ClassMask = 0x07;
    private const byte OperandMask = 0x08;
    private const byte SizeMask = 0x18;
    private const byte OperationMask = 0xf0;
    private const byte ModeMask = 0xe0;

    /// <summary><c>dst = imm ll</c>: the only instruction that takes two slots.</summary>
    public static OpCode WideLoad => new(0x18);

    /// <summary><c>goto +off</c>.</summary>
    public static OpCode Goto => new(0x05);

    /// <summary><c>gotol +imm</c>: a jump with a 32-bit distance (Linux 6.6).</summary>
    public static OpCode GotoLong => new(0x06);

    /// <summary><c>gotox dst</c>: a jump to where a register points (Linux 6.19).</summary>
    public static OpCode GotoRegister => new(0x0d);

    /// <summary>
    /// <c>may_goto +off</c>: a jump that is taken when the program has looped for too long (Linux 6.9).
    /// </summary>
    public static OpCode MayGoto => new(0xe5);

    /// <summary><c>call imm</c>; see <see cref="CallKind"/>.</summary>
    public static OpCode Call => new(0x85);

    /// <summary>
    /// <c>callx dst</c>: a call of what a register points to. Compilers know it; the verifier does not.
    /// </summary>
    public static OpCode CallRegister => new(0x8d);

    /// <summary><c>exit</c>.</summary>
    public static OpCode Exit => new(0x95);

    /// <summary>Gets the class.</summary>
    public InstructionClass Class => (InstructionClass)(Value & ClassMask);

    /// <summary>
    /// Gets whether this is arithmetic, so that <see cref="AluOperation"/> and <see cref="Operand"/> are meaningful.
    /// </summary>
    public bool IsAlu => Class is InstructionClass.Alu32 or InstructionClass.Alu64;

    /// <summary>
    /// Gets whether this is of the classes for jumps, which calls and <c>exit</c> are too, so that <see cref="JumpOperation"/>
    /// and <see cref="Operand"/> are meaningful.
    /// </summary>
    public bool IsJump => Class is InstructionClass.Jump or InstructionClass.Jump32;

    /// <summary>
    /// Gets whether this is a load, a store or atomic, so that <see cref="Size"/> and <see cref="Mode"/> are meaningful.
    /// </summary>
    public bool IsAccess => Class <= InstructionClass.StoreRegister;

    /// <summary>Gets the arithmetic operation; not meaningful unless <see cref="IsAlu"/>.</summary>
    public AluOperation AluOperation => (AluOperation)(Value & OperationMask);

    /// <summary>Gets the kind of jump; not meaningful unless <see cref="IsJump"/>.</summary>
    public JumpOperation JumpOperation => (JumpOperation)(Value & OperationMask);

    /// <summary>
    /// Gets the kind of the second operand; not meaningful unless <see cref="IsAlu"/> or <see cref="IsJump"/>.
    /// </summary>
    public Operand Operand => (Operand)(Value & OperandMask);

    /// <summary>Gets the size of the access; not meaningful unless <see cref="IsAccess"/>.</summary>
    public AccessSize Size => (AccessSize)(Value & SizeMask);

    /// <summary>Gets how the operand is addressed; not meaningful unless <see cref="IsAccess"/>.</summary>
    public AccessMode Mode => (AccessMode)(Value & ModeMask);

    /// <summary>Returns the opcode of an arithmetic instruction.</summary>
    /// <param name="class"><see cref="InstructionClass.Alu64"/> or <see cref="InstructionClass.Alu32"/>.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="operand">The kind of the second operand.</param>
    public static OpCode OfAlu(InstructionClass @class, AluOperation operation, Operand operand) =>
        new((byte)((byte)@class | (byte)operation | (byte)operand));

    /// <summary>Returns the opcode of a jump.</summary>
    /// <param name="class"><see cref="InstructionClass.Jump"/> or <see cref="InstructionClass.Jump32"/>.</param>
    /// <param name="operation">The kind of jump.</param>
    /// <param name="operand">The kind of the operand that it compares with.</param>
    public static OpCode OfJump(InstructionClass @class, JumpOperation operation, Operand operand) =>
        new((byte)((byte)@class | (byte)operation | (byte)operand));

    /// <summary>Returns the opcode of a load, a store or an atomic operation.</summary>
    /// <param name="class">One of the first four classes.</param>
    /// <param name="mode">How the operand is addressed.</param>
    /// <param name="size">The size of the access.</param>
    public static OpCode OfAccess(InstructionClass @class, AccessMode mode, AccessSize size) =>
        new((byte)((byte)@class | (byte)mode | (byte)size));

    /// <summary>Returns the byte in hexadecimal: <c>0x18</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x2}");
}

/// <summary>Specifies the second operand of an arithmetic instruction or a jump: bit 3 of its opcode.</summary>
public enum Operand : byte
{
    /// <summary><c>BPF_K</c>: the immediate.</summary>
    Immediate = 0x00,

    /// <summary><c>BPF_X</c>: the source register.</summary>
    Register = 0x08,
}
