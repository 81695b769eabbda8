using System.Buffers.Binary;

namespace Ebpf.Asm;

/// <summary>Turns the bytes of a program into instructions.</summary>
/// <remarks>
/// Nothing is judged: opcodes, registers and reserved fields that no kernel accepts are kept, so that encoding gives the
/// same bytes again. Only what cannot be divided into instructions is an error.
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
        Span<Instruction> instructions = list.Grow(count);
        bool swap = order.NeedsSwap();
        int at = 0;
        foreach (ref Instruction instruction in instructions)
        {
            byte opCode = code[at];
            byte registers = ReadRegisters(code[at + 1], order);
            short off = (short)code.U16(at + 2, swap);
            uint low = code.U32(at + 4, swap);
            at += SlotSize;
            if (opCode != OpCode.WideLoad.Value)
            {
                instruction = new(opCode, registers, off, (int)low, 0);
                continue;
            }

            uint second = code[at]
                | ((uint)ReadRegisters(code[at + 1], order) << 8)
                | ((uint)code.U16(at + 2, swap) << 16);
            ulong high = code.U32(at + 4, swap);
            at += SlotSize;
            instruction = new(opCode, registers, off, (long)((high << 32) | low), second);
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

    /// <summary>The C bit fields of the kernel's struct change places with the byte order.</summary>
    private static byte ReadRegisters(byte value, ByteOrder order) =>
        order == ByteOrder.LittleEndian ? value : (byte)((value << 4) | (value >> 4));
}
