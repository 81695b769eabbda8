using System.Globalization;
using Ebpf.Asm;

namespace Ebpf.CoRe;

/// <summary>Puts the value of a relocation into its instruction.</summary>
internal static class InstructionPatch
{
    /// <summary>Puts in a value that was found.</summary>
    /// <returns><c>null</c>, or why the instruction cannot take it.</returns>
    /// <exception cref="ObjectFormatException">
    /// The instruction is of no kind that can be relocated, or does not hold what the program's own types say.
    /// </exception>
    public static string? Apply(ref Instruction instruction, CoReQuery query, in CoReValue answer)
    {
        switch (instruction.OpCode.Class)
        {
            case InstructionClass.Alu32 or InstructionClass.Alu64
                when instruction.OpCode is { Operand: Operand.Immediate, AluOperation: not AluOperation.End }:
                return ApplyToOperand(ref instruction, query, answer);
            case InstructionClass.Load when IsPlainWideLoad(instruction):
                return ApplyToWideLoad(ref instruction, query, answer);
            case InstructionClass.LoadRegister or InstructionClass.Store or InstructionClass.StoreRegister:
                return ApplyToAccess(ref instruction, query, answer);
            default:
                throw new ObjectFormatException($"\"{instruction}\" is no instruction that can hold a value");
        }
    }

    private static string? ApplyToOperand(ref Instruction instruction, CoReQuery query, in CoReValue answer)
    {
        int held = instruction.ImmediateLow;
        bool agrees = held == (int)query.Local.Value && Fits(query.Local.Value, isExtended: false);
        Check(query, agrees, held);
        ulong value = ValueFor(query, answer, held);
        if (!Fits(value, instruction.OpCode.Class == InstructionClass.Alu64)) return TooLarge(answer, "32 bits");
        instruction.Immediate = (int)value;
        return null;
    }

    private static string? ApplyToWideLoad(ref Instruction instruction, CoReQuery query, in CoReValue answer)
    {
        long held = instruction.Immediate;
        Check(query, (ulong)held == query.Local.Value || (ulong)held == SignExtended(query, query.Local.Value), held);
        instruction.Immediate = (long)ValueFor(query, answer, held);
        return null;
    }

    private static string? ApplyToAccess(ref Instruction instruction, CoReQuery query, in CoReValue answer)
    {
        Check(query, instruction.Offset == (long)query.Local.Value, instruction.Offset);
        if (answer.Value > (ulong)short.MaxValue) return TooLarge(answer, "the offset of a load or store");
        if (answer.Access.Size != query.Local.Access.Size)
        {
            OpCode? adjusted = AccessAdjustment.Adjust(instruction, query.Local.Access, answer.Access);
            if (adjusted is not { } code) return AccessAdjustment.Explain(query.Local.Access, answer.Access);
            if (code.Class == InstructionClass.Store)
            {
                int? value = AccessAdjustment.AdjustImmediate(instruction.ImmediateLow, query.Local.Access, answer.Access);
                if (value is not { } immediate) return NoImmediate(instruction, answer);
                instruction.Immediate = immediate;
            }

            instruction.OpCode = code;
        }

        instruction.Offset = (short)answer.Value;
        return null;
    }

    private static bool IsPlainWideLoad(in Instruction instruction) =>
        instruction is { IsWideLoad: true, Source: 0, Offset: 0, SecondSlot: 0, Reference: null };

    /// <summary>
    /// Whether 32 bits can hold a value: of arithmetic with 64 bits, which extends the sign, or with 32.
    /// </summary>
    private static bool Fits(ulong value, bool isExtended) =>
        (long)value == (int)value || (!isExtended && value <= uint.MaxValue);

    /// <summary>
    /// The value, with the sign that the compiler saw: before LLVM 16, BTF did not tell whether an enumeration is signed.
    /// </summary>
    private static ulong ValueFor(CoReQuery query, in CoReValue answer, long held) =>
        held < 0 && (ulong)held != query.Local.Value ? SignExtended(query, answer.Value) : answer.Value;

    private static ulong SignExtended(CoReQuery query, ulong value) =>
        query.Kind == CoReRelocationKind.EnumValue && value <= uint.MaxValue ? (ulong)(int)value : value;

    private static void Check(CoReQuery query, bool agrees, long held)
    {
        if (agrees || !query.IsChecked) return;
        throw new ObjectFormatException(string.Create(
            CultureInfo.InvariantCulture,
            $"the instruction holds {held}, but for the program's own types it should be {(long)query.Local.Value}"));
    }

    private static string NoImmediate(in Instruction store, in CoReValue answer) => string.Create(
        CultureInfo.InvariantCulture,
        $"has {answer.Access.Size} bytes on this kernel, and no store of as many has the immediate {(uint)store.ImmediateLow}");

    private static string TooLarge(in CoReValue answer, string room) => string.Create(
        CultureInfo.InvariantCulture, $"is {(long)answer.Value} on this kernel, which does not fit in {room}");
}
