using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Ebpf.Asm.Binary;

/// <summary>Turns instructions into the bytes of a program.</summary>
internal static class InstructionEncoder
{
    /// <summary>Encodes a list into a span of exactly the right size.</summary>
    public static void Encode(InstructionList list, Span<byte> destination, ByteOrder order, EncodeOptions? options)
    {
        SymbolScopes? symbols = SymbolScopes.IfNeeded(list);
        bool allowLong = options?.AllowLongJumps ?? false;
        foreach (InstructionSlot item in list.Slots())
        {
            ref readonly Instruction instruction = ref item.Instruction;
            Span<byte> slot = destination[(item.Slot * InstructionDecoder.SlotSize)..];
            if (instruction.Reference is { IsDistance: true })
            {
                Instruction resolved = Resolve(item, symbols!, allowLong);
                Write(in resolved, item.Index, slot, order);
            }
            else
            {
                Write(in instruction, item.Index, slot, order);
            }
        }
    }

    /// <summary>Puts the distance of a label or a function into a copy of the instruction that refers to it.</summary>
    private static Instruction Resolve(InstructionSlot item, SymbolScopes symbols, bool allowLong)
    {
        Instruction instruction = item.Instruction;
        Reference reference = instruction.Reference!;
        string name = reference.Name;
        (bool fits, string user) = reference.Kind switch
        {
            ReferenceKind.Label => (instruction.IsJump, "a jump can refer to a label"),
            ReferenceKind.Function => (instruction.IsFunctionCall, "a call of a function can refer to one"),
            _ => (instruction.IsFunctionAddress, "a load of a function's address can refer to one"),
        };
        if (!fits) throw Failed(item.Index, in instruction, $"only {user}");

        bool isLabel = reference.Kind == ReferenceKind.Label;
        bool found = isLabel
            ? symbols.TryFindLabel(item.Index, name, out int target)
            : symbols.TryFindFunction(name, out target);
        if (!found)
        {
            string missing = isLabel ? $"label \"{name}\" in the same function" : $"function \"{name}\"";
            throw Failed(item.Index, in instruction, $"there is no {missing}");
        }

        int distance = target - item.Slot - 1;
        if (instruction.TrySetDistance(distance)) return instruction;
        if (allowLong && instruction.OpCode == OpCode.Goto)
        {
            instruction.OpCode = OpCode.GotoLong;
            instruction.Offset = 0;
            instruction.Immediate = distance;
            return instruction;
        }

        string advice = instruction.OpCode == OpCode.Goto
            ? $"use gotol, or allow it ({nameof(EncodeOptions)}.{nameof(EncodeOptions.AllowLongJumps)}; Linux 6.6)"
            : "jump on the opposite condition over a gotol (Linux 6.6)";
        throw Failed(
            item.Index,
            in instruction,
            $"\"{name}\" is {distance} slots away, and 16 bits are for -32768 to 32767; {advice}");
    }

    private static void Write(in Instruction instruction, int index, Span<byte> slot, ByteOrder order)
    {
        long immediate = instruction.Immediate;
        bool wide = instruction.IsWideLoad;
        if (!wide && immediate != (int)immediate)
        {
            throw Failed(index, in instruction, $"the immediate {immediate} does not fit in 32 bits with a sign");
        }

        WriteSlot(slot, order, instruction.OpCode.Value, instruction.Registers, instruction.Offset, (int)immediate);
        if (!wide) return;
        uint second = instruction.SecondSlot;
        WriteSlot(
            slot[InstructionDecoder.SlotSize..],
            order,
            (byte)second,
            (byte)(second >> 8),
            (short)(second >> 16),
            instruction.ImmediateHigh);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteSlot(
        Span<byte> slot, ByteOrder order, byte opCode, byte registers, short offset, int immediate)
    {
        slot = slot[..InstructionDecoder.SlotSize];
        slot[0] = opCode;
        if (order == ByteOrder.LittleEndian)
        {
            slot[1] = registers;
            BinaryPrimitives.WriteInt16LittleEndian(slot[2..], offset);
            BinaryPrimitives.WriteInt32LittleEndian(slot[4..], immediate);
        }
        else
        {
            // The C bit fields of the kernel's struct change places with the byte order.
            slot[1] = byte.RotateLeft(registers, 4);
            BinaryPrimitives.WriteInt16BigEndian(slot[2..], offset);
            BinaryPrimitives.WriteInt32BigEndian(slot[4..], immediate);
        }
    }

    private static BpfException Failed(int index, in Instruction instruction, string problem) =>
        new($"Encode instruction {index} (`{instruction}`): {problem}.");
}
