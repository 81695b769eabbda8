using Ebpf.Common;

namespace Ebpf.Asm;

/// <summary>Decodes the bytes of a program into instructions.</summary>
/// <remarks>
/// Nothing is judged: opcodes, registers and reserved fields that no kernel accepts are kept, so that encoding gives the same
/// bytes again. Only what cannot be divided into instructions is an error.
/// </remarks>
public static class InstructionDecoder
{
    /// <summary>The size of a slot, in bytes.</summary>
    public const int SlotSize = 8;

    /// <summary>Decodes a program.</summary>
    /// <param name="code">The bytes: 8 for each slot.</param>
    /// <param name="order">The byte order of the machine that the program is for.</param>
    /// <exception cref="ObjectFormatException">
    /// The size is not a multiple of 8, or the second slot of the last wide load is missing.
    /// </exception>
    public static InstructionList Decode(ReadOnlySpan<byte> code, ByteOrder order)
    {
        InstructionList list = [];
        Append(list, code, order);
        return list;
    }

    /// <summary>Decodes a program, or a part of one, to the end of a list.</summary>
    /// <param name="list">What is added to; unchanged in case of an error.</param>
    /// <param name="code">The bytes: 8 for each slot.</param>
    /// <param name="order">The byte order of the machine that the program is for.</param>
    /// <param name="section">The section that the bytes are of, for messages.</param>
    /// <param name="offset">Where in the section they begin, for messages.</param>
    /// <exception cref="ObjectFormatException">
    /// The size is not a multiple of 8, or the second slot of the last wide load is missing.
    /// </exception>
    internal static void Append(
        InstructionList list, ReadOnlySpan<byte> code, ByteOrder order, string? section = null, long offset = 0)
    {
        int count = Count(code, section, offset);
        bool swap = order.NeedsSwap();
        bool big = order == ByteOrder.BigEndian;
        int at = 0;
        foreach (ref Instruction instruction in list.Grow(count))
        {
            Slot first = new(code.U64(at, swap), big);
            at += SlotSize;
            if (first.OpCode != OpCode.WideLoad.Value)
            {
                instruction.SetCode(first.OpCode, first.Registers, first.Offset, first.Immediate, secondSlot: 0);
                continue;
            }

            Slot second = new(code.U64(at, swap), big);
            at += SlotSize;
            long immediate = ((long)second.Immediate << 32) | (uint)first.Immediate;
            instruction.SetCode(first.OpCode, first.Registers, first.Offset, immediate, second.Fields);
        }
    }

    /// <summary>How many instructions the code holds, having checked that it can be divided into them.</summary>
    private static int Count(ReadOnlySpan<byte> code, string? section, long offset)
    {
        if (code.Length % SlotSize != 0)
        {
            throw new ObjectFormatException(
                $"{code.Length} bytes of code are not a whole number of {SlotSize}-byte instructions",
                section,
                offset: offset + (code.Length & ~(SlotSize - 1)));
        }

        int count = 0;
        for (int at = 0; at < code.Length; at += SlotSize, count++)
        {
            if (code[at] != OpCode.WideLoad.Value) continue;
            at += SlotSize;
            if (at == code.Length)
            {
                throw new ObjectFormatException(
                    "the second half of a 64-bit load is missing", section, offset: offset + at - SlotSize);
            }
        }

        return count;
    }

    /// <summary>The parts of a slot, which was read as one number in the byte order of the program.</summary>
    private readonly ref struct Slot(ulong value, bool big)
    {
        public byte OpCode => (byte)(big ? value >> 56 : value);

        /// <summary>The destination in the lower four bits: the C bit fields of the kernel change places.</summary>
        public byte Registers => big ? byte.RotateLeft((byte)(value >> 48), 4) : (byte)(value >> 8);

        public short Offset => (short)(big ? value >> 32 : value >> 16);

        public int Immediate => (int)(big ? value : value >> 32);

        /// <summary>Everything but the immediate, as <see cref="Instruction.SecondSlot"/> has it.</summary>
        public uint Fields => OpCode | ((uint)Registers << 8) | ((uint)(ushort)Offset << 16);
    }
}
