namespace Ebpf.Asm;

// 32-bit arithmetic.
public partial struct Instruction
{
    /// <summary>
    /// Creates an arithmetic instruction with an immediate, in 32 bits. The upper half of the destination becomes 0.
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Alu32(AluOperation operation, Register destination, int immediate) =>
        new(OpCode.OfAlu(InstructionClass.Alu32, operation, Operand.Immediate), destination, immediate: immediate);

    /// <summary>
    /// Creates an arithmetic instruction with two registers, in 32 bits. The upper half of the destination becomes 0.
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Alu32(AluOperation operation, Register destination, Register source) =>
        new(OpCode.OfAlu(InstructionClass.Alu32, operation, Operand.Register), destination, source);

    /// <summary><c>wD = imm</c>: copies an immediate; the upper half becomes 0.</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="immediate">The value.</param>
    public static Instruction Mov32(Register destination, int immediate) =>
        Alu32(AluOperation.Mov, destination, immediate);

    /// <summary><c>wD = wS</c>: copies a register; the upper half becomes 0.</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="source">The source register.</param>
    public static Instruction Mov32(Register destination, Register source) =>
        Alu32(AluOperation.Mov, destination, source);

    /// <summary>
    /// <c>wD = (sN)wS</c>: copies the lowest bits of a register and extends their sign to 32 bits (Linux 6.6).
    /// </summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="source">The source register.</param>
    /// <param name="bits">The number of bits that are copied: 8 or 16.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is none of these.</exception>
    public static Instruction MovSignExtended32(Register destination, Register source, int bits)
    {
        if (bits is not (8 or 16)) throw new ArgumentOutOfRangeException(nameof(bits), bits, "8 or 16.");
        return Mov32(destination, source) with { Offset = (short)bits };
    }

    /// <summary><c>wD += imm</c>: adds.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Add32(Register destination, int immediate) =>
        Alu32(AluOperation.Add, destination, immediate);

    /// <summary><c>wD += wS</c>: adds.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Add32(Register destination, Register source) =>
        Alu32(AluOperation.Add, destination, source);

    /// <summary><c>wD -= imm</c>: subtracts.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Sub32(Register destination, int immediate) =>
        Alu32(AluOperation.Sub, destination, immediate);

    /// <summary><c>wD -= wS</c>: subtracts.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Sub32(Register destination, Register source) =>
        Alu32(AluOperation.Sub, destination, source);

    /// <summary><c>wD *= imm</c>: multiplies.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Mul32(Register destination, int immediate) =>
        Alu32(AluOperation.Mul, destination, immediate);

    /// <summary><c>wD *= wS</c>: multiplies.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Mul32(Register destination, Register source) =>
        Alu32(AluOperation.Mul, destination, source);

    /// <summary><c>wD /= imm</c>: divides, unsigned. Division by 0 gives 0.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Div32(Register destination, int immediate) =>
        Alu32(AluOperation.Div, destination, immediate);

    /// <summary><c>wD /= wS</c>: divides, unsigned. Division by 0 gives 0.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Div32(Register destination, Register source) =>
        Alu32(AluOperation.Div, destination, source);

    /// <summary><c>wD s/= imm</c>: divides, signed (Linux 6.6). Division by 0 gives 0.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction SDiv32(Register destination, int immediate) =>
        Alu32(AluOperation.Div, destination, immediate) with { Offset = Signed };

    /// <summary><c>wD s/= wS</c>: divides, signed (Linux 6.6). Division by 0 gives 0.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction SDiv32(Register destination, Register source) =>
        Alu32(AluOperation.Div, destination, source) with { Offset = Signed };

    /// <summary><c>wD %= imm</c>: remainder, unsigned. With a divisor of 0, the destination does not change.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Mod32(Register destination, int immediate) =>
        Alu32(AluOperation.Mod, destination, immediate);

    /// <summary><c>wD %= wS</c>: remainder, unsigned. With a divisor of 0, the destination does not change.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Mod32(Register destination, Register source) =>
        Alu32(AluOperation.Mod, destination, source);

    /// <summary><c>wD s%= imm</c>: remainder, signed (Linux 6.6). With a divisor of 0, the destination does not change.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction SMod32(Register destination, int immediate) =>
        Alu32(AluOperation.Mod, destination, immediate) with { Offset = Signed };

    /// <summary><c>wD s%= wS</c>: remainder, signed (Linux 6.6). With a divisor of 0, the destination does not change.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction SMod32(Register destination, Register source) =>
        Alu32(AluOperation.Mod, destination, source) with { Offset = Signed };

    /// <summary><c>wD |= imm</c>: bitwise or.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Or32(Register destination, int immediate) =>
        Alu32(AluOperation.Or, destination, immediate);

    /// <summary><c>wD |= wS</c>: bitwise or.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Or32(Register destination, Register source) =>
        Alu32(AluOperation.Or, destination, source);

    /// <summary><c>wD &amp;= imm</c>: bitwise and.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction And32(Register destination, int immediate) =>
        Alu32(AluOperation.And, destination, immediate);

    /// <summary><c>wD &amp;= wS</c>: bitwise and.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction And32(Register destination, Register source) =>
        Alu32(AluOperation.And, destination, source);

    /// <summary><c>wD ^= imm</c>: bitwise exclusive or.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Xor32(Register destination, int immediate) =>
        Alu32(AluOperation.Xor, destination, immediate);

    /// <summary><c>wD ^= wS</c>: bitwise exclusive or.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Xor32(Register destination, Register source) =>
        Alu32(AluOperation.Xor, destination, source);

    /// <summary><c>wD &lt;&lt;= imm</c>: shifts left.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Lsh32(Register destination, int immediate) =>
        Alu32(AluOperation.Lsh, destination, immediate);

    /// <summary><c>wD &lt;&lt;= wS</c>: shifts left.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Lsh32(Register destination, Register source) =>
        Alu32(AluOperation.Lsh, destination, source);

    /// <summary><c>wD &gt;&gt;= imm</c>: shifts right; zeros move in.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Rsh32(Register destination, int immediate) =>
        Alu32(AluOperation.Rsh, destination, immediate);

    /// <summary><c>wD &gt;&gt;= wS</c>: shifts right; zeros move in.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Rsh32(Register destination, Register source) =>
        Alu32(AluOperation.Rsh, destination, source);

    /// <summary><c>wD s&gt;&gt;= imm</c>: shifts right; the sign bit moves in.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Arsh32(Register destination, int immediate) =>
        Alu32(AluOperation.Arsh, destination, immediate);

    /// <summary><c>wD s&gt;&gt;= wS</c>: shifts right; the sign bit moves in.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Arsh32(Register destination, Register source) =>
        Alu32(AluOperation.Arsh, destination, source);

    /// <summary><c>wD = -wD</c>: changes the sign.</summary>
    /// <param name="destination">The register that is changed.</param>
    public static Instruction Neg32(Register destination) => Alu32(AluOperation.Neg, destination, 0);
}
