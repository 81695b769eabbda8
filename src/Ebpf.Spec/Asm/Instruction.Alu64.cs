namespace Ebpf.Asm;

// 64-bit arithmetic.
public partial struct Instruction
{
    /// <summary>Creates an arithmetic instruction with an immediate, in 64 bits.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand, sign-extended.</param>
    public static Instruction Alu(AluOperation operation, Register destination, int immediate) =>
        new(OpCode.OfAlu(InstructionClass.Alu64, operation, Operand.Immediate), destination, immediate: immediate);

    /// <summary>Creates an arithmetic instruction with two registers, in 64 bits.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Alu(AluOperation operation, Register destination, Register source) =>
        new(OpCode.OfAlu(InstructionClass.Alu64, operation, Operand.Register), destination, source);

    /// <summary><c>rD = imm</c>: copies an immediate, sign-extended.</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="immediate">The value.</param>
    public static Instruction Mov(Register destination, int immediate) => Alu(AluOperation.Mov, destination, immediate);

    /// <summary><c>rD = rS</c>: copies a register.</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="source">The source register.</param>
    public static Instruction Mov(Register destination, Register source) => Alu(AluOperation.Mov, destination, source);

    /// <summary>
    /// <c>rD = (sN)rS</c>: copies the lowest bits of a register and extends their sign to 64 bits (Linux 6.6).
    /// </summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="source">The source register.</param>
    /// <param name="bits">The number of bits that are copied: 8, 16 or 32.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is none of these.</exception>
    public static Instruction MovSignExtended(Register destination, Register source, int bits)
    {
        if (bits is not (8 or 16 or 32)) throw new ArgumentOutOfRangeException(nameof(bits), bits, "8, 16 or 32.");
        return Mov(destination, source) with { Offset = (short)bits };
    }

    /// <summary><c>rD += imm</c>: adds.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Add(Register destination, int immediate) => Alu(AluOperation.Add, destination, immediate);

    /// <summary><c>rD += rS</c>: adds.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Add(Register destination, Register source) => Alu(AluOperation.Add, destination, source);

    /// <summary><c>rD -= imm</c>: subtracts.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Sub(Register destination, int immediate) => Alu(AluOperation.Sub, destination, immediate);

    /// <summary><c>rD -= rS</c>: subtracts.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Sub(Register destination, Register source) => Alu(AluOperation.Sub, destination, source);

    /// <summary><c>rD *= imm</c>: multiplies.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Mul(Register destination, int immediate) => Alu(AluOperation.Mul, destination, immediate);

    /// <summary><c>rD *= rS</c>: multiplies.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Mul(Register destination, Register source) => Alu(AluOperation.Mul, destination, source);

    /// <summary><c>rD /= imm</c>: divides, unsigned. Division by 0 gives 0.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Div(Register destination, int immediate) => Alu(AluOperation.Div, destination, immediate);

    /// <summary><c>rD /= rS</c>: divides, unsigned. Division by 0 gives 0.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Div(Register destination, Register source) => Alu(AluOperation.Div, destination, source);

    /// <summary><c>rD s/= imm</c>: divides, signed (Linux 6.6). Division by 0 gives 0.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction SDiv(Register destination, int immediate) =>
        Alu(AluOperation.Div, destination, immediate) with { Offset = Signed };

    /// <summary><c>rD s/= rS</c>: divides, signed (Linux 6.6). Division by 0 gives 0.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction SDiv(Register destination, Register source) =>
        Alu(AluOperation.Div, destination, source) with { Offset = Signed };

    /// <summary><c>rD %= imm</c>: remainder, unsigned. With a divisor of 0, the destination does not change.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Mod(Register destination, int immediate) => Alu(AluOperation.Mod, destination, immediate);

    /// <summary><c>rD %= rS</c>: remainder, unsigned. With a divisor of 0, the destination does not change.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Mod(Register destination, Register source) => Alu(AluOperation.Mod, destination, source);

    /// <summary><c>rD s%= imm</c>: remainder, signed (Linux 6.6). With a divisor of 0, the destination does not change.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction SMod(Register destination, int immediate) =>
        Alu(AluOperation.Mod, destination, immediate) with { Offset = Signed };

    /// <summary><c>rD s%= rS</c>: remainder, signed (Linux 6.6). With a divisor of 0, the destination does not change.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction SMod(Register destination, Register source) =>
        Alu(AluOperation.Mod, destination, source) with { Offset = Signed };

    /// <summary><c>rD |= imm</c>: bitwise or.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Or(Register destination, int immediate) => Alu(AluOperation.Or, destination, immediate);

    /// <summary><c>rD |= rS</c>: bitwise or.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Or(Register destination, Register source) => Alu(AluOperation.Or, destination, source);

    /// <summary><c>rD &amp;= imm</c>: bitwise and.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction And(Register destination, int immediate) => Alu(AluOperation.And, destination, immediate);

    /// <summary><c>rD &amp;= rS</c>: bitwise and.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction And(Register destination, Register source) => Alu(AluOperation.And, destination, source);

    /// <summary><c>rD ^= imm</c>: bitwise exclusive or.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Xor(Register destination, int immediate) => Alu(AluOperation.Xor, destination, immediate);

    /// <summary><c>rD ^= rS</c>: bitwise exclusive or.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Xor(Register destination, Register source) => Alu(AluOperation.Xor, destination, source);

    /// <summary><c>rD &lt;&lt;= imm</c>: shifts left.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Lsh(Register destination, int immediate) => Alu(AluOperation.Lsh, destination, immediate);

    /// <summary><c>rD &lt;&lt;= rS</c>: shifts left.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Lsh(Register destination, Register source) => Alu(AluOperation.Lsh, destination, source);

    /// <summary><c>rD &gt;&gt;= imm</c>: shifts right; zeros move in.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Rsh(Register destination, int immediate) => Alu(AluOperation.Rsh, destination, immediate);

    /// <summary><c>rD &gt;&gt;= rS</c>: shifts right; zeros move in.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Rsh(Register destination, Register source) => Alu(AluOperation.Rsh, destination, source);

    /// <summary><c>rD s&gt;&gt;= imm</c>: shifts right; the sign bit moves in.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="immediate">The second operand.</param>
    public static Instruction Arsh(Register destination, int immediate) =>
        Alu(AluOperation.Arsh, destination, immediate);

    /// <summary><c>rD s&gt;&gt;= rS</c>: shifts right; the sign bit moves in.</summary>
    /// <param name="destination">The first operand and the result.</param>
    /// <param name="source">The second operand.</param>
    public static Instruction Arsh(Register destination, Register source) =>
        Alu(AluOperation.Arsh, destination, source);

    /// <summary><c>rD = -rD</c>: changes the sign.</summary>
    /// <param name="destination">The register that is changed.</param>
    public static Instruction Neg(Register destination) => Alu(AluOperation.Neg, destination, 0);
}
