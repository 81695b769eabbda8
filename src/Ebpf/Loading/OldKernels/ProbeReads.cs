using Ebpf.Asm;

namespace Ebpf.Loading.OldKernels;

/// <summary>
/// The helpers that read the memory of the kernel or of user space (Linux 5.5), and those before them that read either: as much
/// as is needed on the machines that this library runs on, where an address says of which it is.
/// </summary>
internal static class ProbeReads
{
    /// <summary>Whether a program calls any of the newer helpers.</summary>
    public static bool AreIn(InstructionList code)
    {
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (Older(instruction) is not null) return true;
        }

        return false;
    }

    /// <summary>Copies a program, with the older helpers in the place of the newer ones.</summary>
    public static InstructionList Replace(InstructionList code)
    {
        InstructionList copy = code.Clone();
        foreach (ref Instruction instruction in copy.AsSpan())
        {
            if (Older(instruction) is { } helper) instruction.Immediate = (int)helper;
        }

        return copy;
    }

    private static Helper? Older(in Instruction instruction) => instruction.Helper switch
    {
        Helper.ProbeReadKernel or Helper.ProbeReadUser => Helper.ProbeRead,
        Helper.ProbeReadKernelStr or Helper.ProbeReadUserStr => Helper.ProbeReadStr,
        _ => null,
    };
}
