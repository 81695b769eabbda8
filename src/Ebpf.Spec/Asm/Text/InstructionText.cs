using System.Globalization;
using System.Text;
using Ebpf.CoRe;

namespace Ebpf.Asm.Text;

/// <summary>The text of one instruction: what all forms have in common.</summary>
internal static partial class InstructionText
{
    /// <summary>The parts of an instruction that its text has told.</summary>
    [Flags]
    private enum Fields
    {
        /// <summary>Nothing was told: no such instruction.</summary>
        None = 0,
        Destination = 1,
        Source = 2,
        Offset = 4,
        Immediate = 8,

        /// <summary>All that there is to tell: <c>exit</c> uses no other part.</summary>
        OpCode = 16,
    }

    /// <summary>Appends the text of an instruction.</summary>
    /// <param name="text">What is appended to.</param>
    /// <param name="instruction">The instruction.</param>
    /// <param name="target">The name of the place that its distance leads to, if it is known.</param>
    public static void Append(StringBuilder text, in Instruction instruction, string? target)
    {
        Fields told = instruction.OpCode.Class switch
        {
            InstructionClass.Load when instruction.IsWideLoad => AppendWideLoad(text, in instruction, target),
            InstructionClass.Load => AppendPacketLoad(text, in instruction),
            InstructionClass.LoadRegister => AppendLoad(text, in instruction),
            InstructionClass.Store => AppendStoreImmediate(text, in instruction),
            InstructionClass.StoreRegister when instruction.IsAtomic => AppendAtomic(text, in instruction),
            InstructionClass.StoreRegister => AppendStore(text, in instruction),
            InstructionClass.Alu32 or InstructionClass.Alu64 => AppendAlu(text, in instruction),
            _ => AppendJump(text, in instruction, target),
        };

        if (told == Fields.None) AppendRaw(text, in instruction);
        else AppendUntold(text, in instruction, told);
        AppendNotes(text, in instruction);
    }

    /// <summary>
    /// Appends a name that comes from an object file, so that it cannot end the line or control a terminal.
    /// </summary>
    public static StringBuilder AppendName(this StringBuilder text, ReadOnlySpan<char> name)
    {
        foreach (char c in name) text.Append(char.IsControl(c) ? ' ' : c);
        return text;
    }

    private static StringBuilder AppendNumber(this StringBuilder text, long number) =>
        text.Append(CultureInfo.InvariantCulture, $"{number}");

    private static StringBuilder AppendRegister(this StringBuilder text, Register register, char prefix = 'r') =>
        text.Append(prefix).AppendNumber((int)register);

    private static StringBuilder AppendSigned(this StringBuilder text, long number) =>
        number < 0 ? text.AppendNumber(number) : text.Append('+').AppendNumber(number);

    /// <summary>Appends <c>r1 + 8</c>.</summary>
    private static StringBuilder AppendSum(this StringBuilder text, Register register, long offset) =>
        offset < 0
            ? text.AppendRegister(register).Append(" - ").Append(CultureInfo.InvariantCulture, $"{0 - (ulong)offset}")
            : text.AppendRegister(register).Append(" + ").AppendNumber(offset);

    /// <summary>Appends the parts of something that is no instruction.</summary>
    private static void AppendRaw(StringBuilder text, in Instruction instruction)
    {
        text.Append(CultureInfo.InvariantCulture, $"({instruction.OpCode.Value:x2}) dst=")
            .AppendRegister(instruction.Destination)
            .Append(" src=")
            .AppendRegister(instruction.Source)
            .Append(CultureInfo.InvariantCulture, $" off={instruction.Offset} imm={instruction.Immediate}");
        AppendSecondSlot(text, in instruction);
    }

    /// <summary>Appends the parts that the instruction has no use for, unless they are 0, as they should be.</summary>
    private static void AppendUntold(StringBuilder text, in Instruction instruction, Fields told)
    {
        if (!told.HasFlag(Fields.Destination) && instruction.Destination != 0)
        {
            text.Append(" (dst=").AppendRegister(instruction.Destination).Append(')');
        }

        if (!told.HasFlag(Fields.Source) && instruction.Source != 0)
        {
            text.Append(" (src=").AppendRegister(instruction.Source).Append(')');
        }

        if (!told.HasFlag(Fields.Offset) && instruction.Offset != 0)
        {
            text.Append(" (off=").AppendNumber(instruction.Offset).Append(')');
        }

        if (!told.HasFlag(Fields.Immediate) && instruction.Immediate != 0)
        {
            text.Append(" (imm=").AppendNumber(instruction.Immediate).Append(')');
        }

        AppendSecondSlot(text, in instruction);
    }

    private static void AppendSecondSlot(StringBuilder text, in Instruction instruction)
    {
        if (!instruction.IsWideLoad || instruction.SecondSlot == 0) return;
        text.Append(CultureInfo.InvariantCulture, $" (second slot 0x{instruction.SecondSlot:x8})");
    }

    /// <summary>Appends what is known about the instruction and has no place in its text.</summary>
    private static void AppendNotes(StringBuilder text, in Instruction instruction)
    {
        bool hasPlace = instruction.IsJump || instruction.IsCall || instruction.IsWideLoad;
        if (instruction.Reference is { } reference && !hasPlace) text.Append(" ; ").AppendName(reference.ToString());
        if (instruction.Relocation is { } relocation) text.Append(" ; ").AppendName(Describe(relocation));
    }

    private static string Describe(CoReRelocation relocation)
    {
        try
        {
            return relocation.ToString();
        }
        catch (ObjectFormatException malformed)
        {
            // Types and strings of an object are read only now, and may not be there.
            return malformed.Message;
        }
    }
}
