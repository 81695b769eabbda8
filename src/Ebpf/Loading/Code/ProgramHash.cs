using System.Security.Cryptography;
using Ebpf.Asm;
using Ebpf.Common;

namespace Ebpf.Loading.Code;

/// <summary>The hash by which the kernel knows a program, and lets it use exclusive maps.</summary>
internal static class ProgramHash
{
    /// <summary>
    /// Computes it as <c>bpf_prog_calc_tag</c> does (kernel/bpf/core.c, Linux 6.18): of what the program was loaded with, but with
    /// zeros for the immediates of loads of maps. So it does not depend on the maps, which can be made knowing it.
    /// </summary>
    /// <param name="code">The code, with everything in place but maps.</param>
    /// <param name="descriptors">Where the numbers of descriptors belong in it.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Of(InstructionList code, DescriptorPlaces descriptors)
    {
        InstructionList stable = code.Clone();
        foreach (ref Instruction instruction in stable.AsSpan())
        {
            if (instruction.IsWideLoad && instruction.WideLoadKind is WideLoadKind.Map or WideLoadKind.MapValue) instruction.Immediate = 0;
        }

        byte[] image = stable.Encode(EndianReader.Host);
        descriptors.WriteForHash(image);
        return SHA256.HashData(image);
    }
}
