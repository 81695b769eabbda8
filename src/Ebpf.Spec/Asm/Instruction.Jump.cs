namespace Ebpf.Asm;

// Jumps, calls and exit.
public partial struct Instruction
{
    /// <summary><c>goto label</c>.</summary>
    /// <param name="label">The <see cref="Symbol"/> of an instruction of the same function.</param>
    public static Instruction Jump(string label) => Jump(0) with { Reference = Label(label) };

    /// <summary><c>goto +offset</c>.</summary>
    /// <param name="offset">The distance from the next slot, in slots.</param>
    public static Instruction Jump(short offset) => new(OpCode.Goto, offset: offset);

    /// <summary><c>gotol label</c>: a jump with a 32-bit distance (Linux 6.6).</summary>
    /// <param name="label">The <see cref="Symbol"/> of an instruction of the same function.</param>
    public static Instruction JumpLong(string label) => JumpLong(0) with { Reference = Label(label) };

    /// <summary><c>gotol +offset</c>: a jump with a 32-bit distance (Linux 6.6).</summary>
    /// <param name="offset">The distance from the next slot, in slots.</param>
    public static Instruction JumpLong(int offset) => new(OpCode.GotoLong, immediate: offset);

    /// <summary>
    /// <c>may_goto label</c>: a jump that is taken when the program has looped for too long (Linux 6.9).
    /// </summary>
    /// <param name="label">The <see cref="Symbol"/> of an instruction of the same function.</param>
    public static Instruction MayGoto(string label) => MayGoto(0) with { Reference = Label(label) };

    /// <summary>
    /// <c>may_goto +offset</c>: a jump that is taken when the program has looped for too long (Linux 6.9).
    /// </summary>
    /// <param name="offset">The distance from the next slot, in slots.</param>
    public static Instruction MayGoto(short offset) => new(OpCode.MayGoto, offset: offset);

    /// <summary>
    /// <c>gotox rD</c>: jumps to the address in a register, which comes from an instruction array (Linux 6.19).
    /// </summary>
    /// <param name="target">The register.</param>
    public static Instruction JumpRegister(Register target) => new(OpCode.GotoRegister, target);

    /// <summary><c>if rD ? imm goto label</c>: compares 64 bits.</summary>
    /// <param name="condition">The condition on which the jump is taken.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side, sign-extended.</param>
    /// <param name="label">The <see cref="Symbol"/> of an instruction of the same function.</param>
    public static Instruction JumpIf(JumpCondition condition, Register left, int right, string label) =>
        JumpIf(condition, left, right, 0) with { Reference = Label(label) };

    /// <summary><c>if rD ? imm goto +offset</c>: compares 64 bits.</summary>
    /// <param name="condition">The condition on which the jump is taken.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side, sign-extended.</param>
    /// <param name="offset">The distance from the next slot, in slots.</param>
    public static Instruction JumpIf(JumpCondition condition, Register left, int right, short offset) =>
        new(Compare(InstructionClass.Jump, condition, Operand.Immediate), left, 0, offset, right);

    /// <summary><c>if rD ? rS goto label</c>: compares 64 bits.</summary>
    /// <param name="condition">The condition on which the jump is taken.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <param name="label">The <see cref="Symbol"/> of an instruction of the same function.</param>
    public static Instruction JumpIf(JumpCondition condition, Register left, Register right, string label) =>
        JumpIf(condition, left, right, 0) with { Reference = Label(label) };

    /// <summary><c>if rD ? rS goto +offset</c>: compares 64 bits.</summary>
    /// <param name="condition">The condition on which the jump is taken.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <param name="offset">The distance from the next slot, in slots.</param>
    public static Instruction JumpIf(JumpCondition condition, Register left, Register right, short offset) =>
        new(Compare(InstructionClass.Jump, condition, Operand.Register), left, right, offset);

    /// <summary><c>if wD ? imm goto label</c>: compares the lower 32 bits (Linux 5.1).</summary>
    /// <param name="condition">The condition on which the jump is taken.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <param name="label">The <see cref="Symbol"/> of an instruction of the same function.</param>
    public static Instruction JumpIf32(JumpCondition condition, Register left, int right, string label) =>
        JumpIf32(condition, left, right, 0) with { Reference = Label(label) };

    /// <summary><c>if wD ? imm goto +offset</c>: compares the lower 32 bits (Linux 5.1).</summary>
    /// <param name="condition">The condition on which the jump is taken.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <param name="offset">The distance from the next slot, in slots.</param>
    public static Instruction JumpIf32(JumpCondition condition, Register left, int right, short offset) =>
        new(Compare(InstructionClass.Jump32, condition, Operand.Immediate), left, 0, offset, right);

    /// <summary><c>if wD ? wS goto label</c>: compares the lower 32 bits (Linux 5.1).</summary>
    /// <param name="condition">The condition on which the jump is taken.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <param name="label">The <see cref="Symbol"/> of an instruction of the same function.</param>
    public static Instruction JumpIf32(JumpCondition condition, Register left, Register right, string label) =>
        JumpIf32(condition, left, right, 0) with { Reference = Label(label) };

    /// <summary><c>if wD ? wS goto +offset</c>: compares the lower 32 bits (Linux 5.1).</summary>
    /// <param name="condition">The condition on which the jump is taken.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <param name="offset">The distance from the next slot, in slots.</param>
    public static Instruction JumpIf32(JumpCondition condition, Register left, Register right, short offset) =>
        new(Compare(InstructionClass.Jump32, condition, Operand.Register), left, right, offset);

    /// <summary><c>call helper</c>.</summary>
    /// <param name="helper">The helper; a number that <see cref="Asm.Helper"/> does not list can be cast.</param>
    public static Instruction Call(Helper helper) => new(OpCode.Call, immediate: (int)helper);

    /// <summary><c>call function</c>: calls a function of the program (Linux 4.16).</summary>
    /// <param name="name">The name of the function: the <see cref="Symbol"/> of its first instruction.</param>
    public static Instruction CallFunction(string name) =>
        CallFunction(-1) with { Reference = new Reference(ReferenceKind.Function, name) };

    /// <summary><c>call +offset</c>: calls a function of the program (Linux 4.16).</summary>
    /// <param name="offset">The distance of the function from the next slot, in slots.</param>
    public static Instruction CallFunction(int offset) =>
        new(OpCode.Call, source: (Register)CallKind.Function, immediate: offset);

    /// <summary>
    /// <c>call kfunc</c>: calls a function of the kernel, which is resolved when the program is loaded (Linux 5.13).
    /// </summary>
    /// <param name="name">The name of the kfunc.</param>
    public static Instruction CallKfunc(string name) =>
        CallKfunc(-1) with { Reference = new Reference(ReferenceKind.Kfunc, name) };

    /// <summary><c>call kfunc</c>: calls a function of the kernel (Linux 5.13).</summary>
    /// <param name="typeId">The BTF id of the function.</param>
    /// <param name="module">
    /// The index of the BTF of its module in the array of descriptors; 0 for the kernel itself.
    /// </param>
    public static Instruction CallKfunc(int typeId, short module = 0) =>
        new(OpCode.Call, source: (Register)CallKind.Kfunc, offset: module, immediate: typeId);

    /// <summary><c>callx rD</c>: calls the address in a register. Compilers emit it; the verifier refuses it.</summary>
    /// <param name="target">The register.</param>
    public static Instruction CallRegister(Register target) => new(OpCode.CallRegister, target);

    /// <summary><c>exit</c>: returns R0.</summary>
    public static Instruction Exit() => new(OpCode.Exit);

    private static OpCode Compare(InstructionClass @class, JumpCondition condition, Operand operand) =>
        OpCode.OfJump(@class, (JumpOperation)condition, operand);

    private static Reference Label(string name) => new(ReferenceKind.Label, name);
}
