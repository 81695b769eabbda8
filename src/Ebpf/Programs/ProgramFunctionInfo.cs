using Ebpf.Btf;

namespace Ebpf;

/// <summary>What the kernel knows about one function of a program.</summary>
public sealed record ProgramFunctionInfo
{
    /// <summary>
    /// The type of the function in the BTF of the program (<see cref="ProgramInfo.BtfId"/>); 0 for a program without BTF, and for
    /// functions that the verifier adds.
    /// </summary>
    public BtfTypeId TypeId { get; init; }

    /// <summary>
    /// The slot of eight bytes at which the function begins in the instructions of the program
    /// (<see cref="BpfProgram.ReadInstructions"/>); <c>null</c> if it has no <see cref="TypeId"/>.
    /// </summary>
    public int? Slot { get; init; }

    /// <summary>The hash of the function's instructions, as 16 hexadecimal digits; <c>null</c> before Linux 5.0.</summary>
    public string? Tag { get; init; }

    /// <summary>
    /// The address of the machine code in the kernel; <c>null</c> if the kernel hides it (<see cref="ProgramInfo.HiddenBecause"/>).
    /// Of a program that is interpreted, that of the interpreter.
    /// </summary>
    public ulong? Address { get; init; }

    /// <summary>How many bytes of machine code the function has; <c>null</c> if the kernel hides it. 0 for one that is interpreted.</summary>
    public int? JitedSize { get; init; }
}
