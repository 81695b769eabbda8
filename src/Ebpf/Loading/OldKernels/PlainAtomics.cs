using Ebpf.Asm;
using Ebpf.Asm.Flow;

namespace Ebpf.Loading.OldKernels;

/// <summary>
/// Atomic additions that also tell what was there before (Linux 5.12), and those that only add, which every kernel has. clang 22
/// makes the former of each <c>__sync_fetch_and_add</c> from <c>-mcpu=v3</c> on, older ones of those whose result is used.
/// </summary>
internal static class PlainAtomics
{
    /// <summary>Whether a program has additions of the newer kind.</summary>
    public static bool AreIn(InstructionList code)
    {
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (IsFetchingAdd(in instruction)) return true;
        }

        return false;
    }

    /// <summary>Copies a program, with additions of the older kind in the place of those whose result nothing reads.</summary>
    public static InstructionList Replace(InstructionList code)
    {
        InstructionList copy = code.Clone();
        RegisterLiveness liveness = RegisterLiveness.Of(code);
        foreach (InstructionSlot item in copy.Slots())
        {
            ref Instruction instruction = ref item.Instruction;
            if (IsFetchingAdd(in instruction) && !liveness.IsLiveAfter(item.Index, instruction.Source))
                instruction.Immediate = (int)AtomicOperation.Add;
        }

        return copy;
    }

    private static bool IsFetchingAdd(in Instruction instruction) => instruction is
    {
        IsAtomic: true,
        AtomicOperation: AtomicOperation.FetchAdd,
        OpCode.Size: AccessSize.Word or AccessSize.DoubleWord,
    };
}
