using Ebpf.Common;

namespace Ebpf.Executables;

/// <summary>Tells whether an instruction begins at an address, by the lengths of those before it.</summary>
internal static class CodeBoundary
{
    /// <summary>Looks at the code from the beginning of a function to the address.</summary>
    /// <param name="file">The executable.</param>
    /// <param name="start">Where an instruction is known to begin: that of the function; <c>null</c> if that is not known.</param>
    /// <param name="address">The address.</param>
    /// <returns><c>null</c> if it cannot be told.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public static bool? IsInstruction(ElfExecutable file, ulong? start, ulong address)
    {
        if (file.Machine is ElfMachine.AArch64 or ElfMachine.PowerPc64 or ElfMachine.LoongArch) return address % 4 == 0;
        if (start is not { } at || at > address || address - at > Limits.MaxFunctionDecoded || !file.TryGetOffset(at, out ulong offset)) return null;
        while (at < address)
        {
            ReadOnlySpan<byte> code = file.Windows.At(offset, X86InstructionLength.Max);
            int length = file.Machine switch
            {
                ElfMachine.X86_64 => X86InstructionLength.Of(code, is64Bit: true),
                ElfMachine.I386 => X86InstructionLength.Of(code, is64Bit: false),

                // The lowest two bits of a RISC-V instruction, the highest two of one of s390, tell its length.
                ElfMachine.RiscV when !code.IsEmpty => (code[0] & 3) == 3 ? 4 : 2,
                ElfMachine.S390 when !code.IsEmpty => (code[0] >> 6) switch { 0 => 2, 3 => 6, _ => 4 },
                _ => 0,
            };
            if (length == 0) return null;
            at += (ulong)length;
            offset += (ulong)length;
        }

        return at == address;
    }
}
