using System.Buffers.Binary;
using System.Globalization;
using Ebpf.Asm;

namespace Ebpf.Conformance;

/// <summary>Compares linked code, instruction by instruction, with what libbpf would hand to the kernel.</summary>
internal static class CodeComparison
{
    private const int SlotSize = 8;

    /// <summary>Finds the first difference.</summary>
    /// <param name="ours">The linked program, relocated to the running kernel's types, but with names for maps and the like.</param>
    /// <param name="libbpf">The same of libbpf, with numbers.</param>
    /// <returns>Both texts of the first difference; <c>null</c> if there is none.</returns>
    public static (string Libbpf, string Ours)? FindDifference(InstructionList ours, LoadedProgram libbpf)
    {
        if (ours.SlotCount * SlotSize != libbpf.Code.Length)
        {
            return (
                string.Create(CultureInfo.InvariantCulture, $"{libbpf.Code.Length / SlotSize} slots"),
                string.Create(CultureInfo.InvariantCulture, $"{ours.SlotCount} slots"));
        }

        byte[] encoded = ours.Encode(BitConverter.IsLittleEndian ? ByteOrder.LittleEndian : ByteOrder.BigEndian);
        foreach (InstructionSlot slot in ours.Slots())
        {
            int offset = slot.Slot * SlotSize;
            ReadOnlySpan<byte> theirs = libbpf.Code.AsSpan(offset, slot.Instruction.Slots * SlotSize);
            ReadOnlySpan<byte> own = encoded.AsSpan(offset, theirs.Length);
            if (!IsSame(slot.Instruction, own, theirs, libbpf.Maps))
            {
                string place = string.Create(CultureInfo.InvariantCulture, $"slot {slot.Slot}: ");
                return (place + Convert.ToHexStringLower(theirs), $"{place}{Convert.ToHexStringLower(own)} {slot.Instruction}");
            }
        }

        return null;
    }

    private static bool IsSame(
        in Instruction instruction, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> libbpf, IReadOnlyDictionary<int, string> maps)
    {
        switch (instruction.Reference?.Kind)
        {
            // The lower half of the immediate is the map's descriptor.
            case ReferenceKind.Map or ReferenceKind.MapValue:
                return libbpf[..4].SequenceEqual(ours[..4])
                    && maps.GetValueOrDefault(BinaryPrimitives.ReadInt32LittleEndian(libbpf[4..])) == instruction.Reference.Name
                    && libbpf[SlotSize..].SequenceEqual(ours[SlotSize..]);
            case ReferenceKind.Kconfig:
                return libbpf[..4].SequenceEqual(ours[..4])
                    && maps.GetValueOrDefault(BinaryPrimitives.ReadInt32LittleEndian(libbpf[4..])) == ".kconfig"
                    && libbpf[SlotSize..].SequenceEqual(ours[SlotSize..]);

            // What the running kernel calls by this name decides; a weak one that it lacks becomes a call that fails.
            case ReferenceKind.Kfunc or ReferenceKind.Ksym:
                return libbpf[0] == ours[0];
            default:
                return libbpf.SequenceEqual(ours);
        }
    }
}
