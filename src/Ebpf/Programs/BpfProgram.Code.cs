using Ebpf.Asm;
using Ebpf.Common;
using Ebpf.Kernel;
using Ebpf.Programs;

namespace Ebpf;

/// <content>The code of the program in the kernel.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Reads the instructions as the verifier has left them: without dead code, with calls inlined, and with accesses to the
    /// context translated into accesses to the structures of the kernel.
    /// </summary>
    /// <remarks>
    /// Functions and lines of the source stand at their instructions if the program was loaded with BTF and this process may open it
    /// (CAP_SYS_ADMIN); so <see cref="InstructionList.ToString"/> shows the source between the instructions. Maps, helpers and kfuncs
    /// are named as far as this process may see them. A wide load of a map has the map's id where an object has a descriptor.
    /// </remarks>
    /// <exception cref="BpfException">The kernel refused, or hides the code from this process; the message says why.</exception>
    public InstructionList ReadInstructions()
    {
        string operation = $"Read the instructions of program \"{Name}\"";
        RawProgramInfo info = RawProgramInfo.Read(Handle, operation, ProgramParts.Translated);
        if (info.IsHidden) throw new BpfException(operation, Errno.EPERM, HiddenFromThisProcess());
        if (info.Translated is not { } code) throw new BpfException(operation, Errno.EPERM, KernelSymbols.ExplainBlinding(Kernel));
        InstructionList instructions = InstructionDecoder.Decode(code, EndianReader.Host);
        new TranslatedCode(Kernel, instructions, LoadedDebugInfo.TryRead(Handle)).Name(Name);
        return instructions;
    }

    /// <summary>Reads the machine code into which the kernel has compiled the program.</summary>
    /// <returns>The program itself and the functions that it calls; empty if it is interpreted.</returns>
    /// <remarks>
    /// Names and lines of the source are included if the program was loaded with BTF and this process may open it
    /// (CAP_SYS_ADMIN).
    /// </remarks>
    /// <exception cref="BpfException">The kernel refused, or hides the code from this process; the message says why.</exception>
    public IReadOnlyList<JitedFunction> ReadJitedCode()
    {
        string operation = $"Read the machine code of program \"{Name}\"";
        RawProgramInfo info = RawProgramInfo.Read(
            Handle, operation, ProgramParts.Jited | ProgramParts.Symbols | ProgramParts.JitedLines);
        if (info.IsHidden) throw new BpfException(operation, Errno.EPERM, HiddenFromThisProcess());
        return info.Jited is null
            ? throw new BpfException(operation, Errno.EPERM, KernelSymbols.ExplainHidden(Kernel))
            : JitedCode.Split(info, LoadedDebugInfo.TryRead(Handle), Name);
    }
}
