using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.CoRe;

namespace Ebpf.Asm;

/// <summary>Represents one eBPF instruction, with the names, source line and types that are known of it.</summary>
/// <remarks>
/// A value type: changing a copy does not change the original. The 64-bit immediate load, which takes two slots of eight bytes in
/// a program, is one instruction; all distances of jumps and calls are counted in slots.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
public partial struct Instruction : IEquatable<Instruction>
{
    private const int RegisterBits = 4;
    private const int RegisterMask = 0x0f;

    private Annotation? _annotation;
    private long _immediate;
    private uint _secondSlot;
    private short _offset;
    private byte _registers;

    /// <summary>Creates an instruction from its fields. The factory methods are the safer way.</summary>
    /// <param name="opCode">The opcode.</param>
    /// <param name="destination">The destination register.</param>
    /// <param name="source">The source register.</param>
    /// <param name="offset">The offset.</param>
    /// <param name="immediate">The immediate.</param>
    /// <exception cref="ArgumentOutOfRangeException">A register does not fit in four bits.</exception>
    public Instruction(
        OpCode opCode, Register destination = 0, Register source = 0, short offset = 0, long immediate = 0)
    {
        OpCode = opCode;
        Destination = destination;
        Source = source;
        _offset = offset;
        _immediate = immediate;
    }

    /// <summary>Gets or sets the opcode: what the instruction does.</summary>
    public OpCode OpCode { get; set; }

    /// <summary>Gets or sets the destination register.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The register does not fit in four bits.</exception>
    public Register Destination
    {
        readonly get => (Register)(_registers & RegisterMask);
        set => _registers = (byte)((_registers & ~RegisterMask) | Checked(value));
    }

    /// <summary>
    /// Gets or sets the source register. For calls and wide loads, which have none, the <see cref="CallKind"/> or the
    /// <see cref="WideLoadKind"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The register does not fit in four bits.</exception>
    public Register Source
    {
        readonly get => (Register)(_registers >> RegisterBits);
        set => _registers = (byte)((_registers & RegisterMask) | (Checked(value) << RegisterBits));
    }

    /// <summary>
    /// Gets or sets the offset: the number of bytes that is added to an address; the distance of a jump from the next slot, in
    /// slots; and in some arithmetic, a part of the operation.
    /// </summary>
    public short Offset
    {
        readonly get => _offset;
        set => _offset = value;
    }

    /// <summary>
    /// Gets or sets the immediate: all 64 bits of a wide load, where the second slot is the upper half; otherwise 32 bits,
    /// sign-extended.
    /// </summary>
    public long Immediate
    {
        readonly get => _immediate;
        set => _immediate = value;
    }

    /// <summary>
    /// Gets or sets the lower half of <see cref="Immediate"/>: in a wide load of a map, its descriptor. The upper half does not
    /// change.
    /// </summary>
    public int ImmediateLow
    {
        readonly get => (int)_immediate;
        set => _immediate = (_immediate & ~0xffff_ffffL) | (uint)value;
    }

    /// <summary>
    /// Gets or sets the upper half of <see cref="Immediate"/>: in a wide load of a map's value, the offset in it. The lower half
    /// does not change.
    /// </summary>
    public int ImmediateHigh
    {
        readonly get => (int)(_immediate >> 32);
        set => _immediate = ((long)value << 32) | (uint)_immediate;
    }

    /// <summary>Gets or sets what the instruction refers to by name; <c>null</c> if it refers to nothing, or by number.</summary>
    public Reference? Reference { get; set; }

    /// <summary>Gets or sets the label or the name of the function that starts here, if any.</summary>
    public string? Symbol
    {
        readonly get => _annotation?.Symbol;
        set => Annotate(value, Line, Function, Relocation);
    }

    /// <summary>Gets or sets the line of source that starts here, if any.</summary>
    public LineInfo? Line
    {
        readonly get => _annotation?.Line;
        set => Annotate(Symbol, value, Function, Relocation);
    }

    /// <summary>Gets or sets the type of the function that starts here, if any.</summary>
    public FunctionType? Function
    {
        readonly get => _annotation?.Function;
        set => Annotate(Symbol, Line, value, Relocation);
    }

    /// <summary>Gets or sets the CO-RE relocation of this instruction, if any.</summary>
    public CoReRelocation? Relocation
    {
        readonly get => _annotation?.Relocation;
        set => Annotate(Symbol, Line, Function, value);
    }

    /// <summary>Gets the number of slots of eight bytes the instruction takes: 2 for a wide load, otherwise 1.</summary>
    public readonly int Slots => IsWideLoad ? 2 : 1;

    /// <summary>
    /// The opcode, the registers and the offset of the second slot of a wide load, in this order from the lowest byte.
    /// The kernel wants zeros, but whatever was decoded must be encoded again.
    /// </summary>
    internal readonly uint SecondSlot => _secondSlot;

    /// <summary>Both registers: the destination in the lower four bits, the source in the upper.</summary>
    internal readonly byte Registers => _registers;

    /// <summary>Returns this instruction as the start of a function, or with a label.</summary>
    /// <param name="symbol">The name of the function or label.</param>
    public readonly Instruction WithSymbol(string? symbol) => this with { Symbol = symbol };

    /// <summary>Returns this instruction as the start of a line of source.</summary>
    /// <param name="line">The line.</param>
    public readonly Instruction WithLine(LineInfo? line) => this with { Line = line };

    /// <summary>Returns this instruction with a reference by name.</summary>
    /// <param name="reference">What the instruction refers to.</param>
    public readonly Instruction WithReference(Reference? reference) => this with { Reference = reference };

    /// <summary>Sets at once all that is known about the instruction beyond its code and its reference, but for metadata.</summary>
    internal void Annotate(string? symbol, LineInfo? line, FunctionType? function, CoReRelocation? relocation) =>
        _annotation = Annotation.Create(symbol, line, function, relocation, _annotation?.Metadata);

    /// <summary>
    /// Sets the code, as it was decoded. In place, because copying an instruction costs two write barriers.
    /// </summary>
    internal void SetCode(byte opCode, byte registers, short offset, long immediate, uint secondSlot)
    {
        OpCode = new OpCode(opCode);
        _registers = registers;
        _offset = offset;
        _immediate = immediate;
        _secondSlot = secondSlot;
    }

    /// <summary>Returns whether another instruction has the same fields, reference and annotations.</summary>
    /// <param name="other">The instruction to compare with.</param>
    public readonly bool Equals(Instruction other) =>
        OpCode == other.OpCode
        && _registers == other._registers
        && _offset == other._offset
        && _immediate == other._immediate
        && _secondSlot == other._secondSlot
        && Equals(Reference, other.Reference)
        && Equals(_annotation, other._annotation);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Instruction other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(OpCode, _registers, _offset, _immediate, Reference);

    /// <summary>Returns the instruction as text, close to what the verifier and llvm-objdump print.</summary>
    public override readonly string ToString() => InstructionFormatter.Format(in this);

    /// <summary>Returns whether two instructions have the same fields, reference and annotations.</summary>
    /// <param name="left">The first instruction.</param>
    /// <param name="right">The second instruction.</param>
    public static bool operator ==(Instruction left, Instruction right) => left.Equals(right);

    /// <summary>Returns whether two instructions differ in fields, reference or annotations.</summary>
    /// <param name="left">The first instruction.</param>
    /// <param name="right">The second instruction.</param>
    public static bool operator !=(Instruction left, Instruction right) => !left.Equals(right);

    private static int Checked(Register register)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)register, RegisterMask, nameof(register));
        return (int)register;
    }
}
