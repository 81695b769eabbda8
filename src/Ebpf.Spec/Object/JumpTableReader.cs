using System.Collections.Immutable;
using System.Globalization;
using Ebpf.Asm;
using Ebpf.Common;

namespace Ebpf.Object;

/// <summary>
/// Turns a jump table of the compiler (clang 22 makes them of <c>switch</c>), which holds offsets in the section, into one of
/// labels, which stay right when functions are put behind one another or instructions are added.
/// </summary>
internal static class JumpTableReader
{
    /// <summary>Makes an instruction refer to its table.</summary>
    /// <param name="code">The program so far, which ends with the function.</param>
    /// <param name="first">The index of the function's first instruction.</param>
    /// <param name="index">The index of the instruction.</param>
    /// <param name="function">The function.</param>
    /// <param name="table">The table.</param>
    /// <param name="file">The object.</param>
    /// <exception cref="ObjectFormatException">The table leads to a place that is no instruction of the function.</exception>
    public static void Refer(
        InstructionList code, int first, int index, ObjectFunction function, in CodeReference table, ObjectFile file)
    {
        bool swap = file.Elf.ByteOrder.NeedsSwap();
        ReadOnlySpan<byte> bytes = table.Table.Span;
        int[] bySlot = IndexBySlot(code, first);
        ImmutableArray<string>.Builder targets = ImmutableArray.CreateBuilder<string>(bytes.Length / sizeof(ulong));
        for (int at = 0; at < bytes.Length; at += sizeof(ulong))
        {
            ulong offset = bytes.U64(at, swap);
            ulong slot = (offset - (ulong)function.Start) / InstructionDecoder.SlotSize;
            if (offset % InstructionDecoder.SlotSize != 0 || slot >= (ulong)bySlot.Length || bySlot[slot] < 0)
            {
                throw new ObjectFormatException(
                    $"leads to 0x{offset:x}, which is no instruction of function \"{function.Name}\"",
                    ".jumptables",
                    table.Name,
                    table.Offset + at);
            }

            ref Instruction target = ref code[bySlot[slot]];
            target.Symbol ??= string.Create(CultureInfo.InvariantCulture, $"{table.Name}+{slot}");
            targets.Add(target.Symbol);
        }

        code[index].Source = (Register)WideLoadKind.MapValue;
        code[index].Immediate = 0;
        code[index].Reference = new Reference(ReferenceKind.JumpTable, table.Name!) { Targets = targets.DrainToImmutable() };
    }

    /// <summary>The index of the instruction at each slot of the last function; -1 for the second half of a wide load.</summary>
    private static int[] IndexBySlot(InstructionList code, int first)
    {
        List<int> indices = [];
        for (int i = first; i < code.Count; i++)
        {
            indices.Add(i);
            if (code[i].Slots == 2) indices.Add(-1);
        }

        return [.. indices];
    }
}
