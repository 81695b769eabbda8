using Ebpf.Btf;

namespace Ebpf;

/// <summary>Describes a program in the kernel: <c>struct bpf_prog_info</c>, and what /proc adds to it.</summary>
/// <remarks>
/// What an older kernel does not tell, and what the kernel hides from this process (<see cref="HiddenBecause"/>), is <c>null</c>.
/// </remarks>
public sealed record ProgramInfo
{
    /// <summary>Gets the type of the program.</summary>
    public ProgramType Type { get; init; }

    /// <summary>Gets the id of the program, which the kernel does not use again until the machine restarts.</summary>
    public uint Id { get; init; }

    /// <summary>
    /// Gets the hash of the instructions, as 16 hexadecimal digits: the same for the same code, whatever maps and addresses it uses.
    /// </summary>
    public string Tag { get; init; } = "";

    /// <summary>
    /// Gets the name: the whole one if the program was loaded with BTF that this process may open; otherwise
    /// <see cref="KernelName"/>.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the name inside the kernel: at most 15 bytes; empty before Linux 4.15.</summary>
    public string KernelName { get; init; } = "";

    /// <summary>
    /// Gets when the program was loaded: exact to some milliseconds, unless the clock was set since.
    /// <c>null</c> before Linux 4.15.
    /// </summary>
    public DateTimeOffset? LoadTime { get; init; }

    /// <summary>
    /// Gets when the program was loaded, in nanoseconds since the machine started, sleep included (<c>CLOCK_BOOTTIME</c>). <c>null</c>
    /// before Linux 4.15.
    /// </summary>
    public ulong? LoadNanoseconds { get; init; }

    /// <summary>Gets the id of the user who loaded the program, in the user namespace of this process. <c>null</c> before Linux 4.15.</summary>
    public uint? UserId { get; init; }

    /// <summary>Gets whether the license is compatible with the GPL. <c>null</c> before Linux 4.18.</summary>
    public bool? IsGplCompatible { get; init; }

    /// <summary>Gets the ids of the maps that the program uses; empty before Linux 4.15.</summary>
    public IReadOnlyList<uint> MapIds { get; init; } = [];

    /// <summary>Gets the id of the BTF that the program was loaded with; 0 for none.</summary>
    public uint BtfId { get; init; }

    /// <summary>
    /// Gets the id of the type to which the program is bound, in the BTF <see cref="AttachBtfId"/>: a function, a tracepoint's typedef, the
    /// struct of a struct_ops map; 0 for none. <c>null</c> before Linux 6.0.
    /// </summary>
    public BtfTypeId? AttachTypeId { get; init; }

    /// <summary>
    /// Gets the id of the BTF that holds <see cref="AttachTypeId"/>: the kernel's own, that of a module, or
    /// of another program; 0 for none. <c>null</c> before Linux 6.0.
    /// </summary>
    public uint? AttachBtfId { get; init; }

    /// <summary>Gets the index of the network interface to which the program is bound, for its hardware or its metadata; 0 for none.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>Gets the device number of the file that is the network namespace of <see cref="InterfaceIndex"/>.</summary>
    public ulong NetNamespaceDevice { get; init; }

    /// <summary>Gets the inode number of the file that is the network namespace of <see cref="InterfaceIndex"/>.</summary>
    public ulong NetNamespaceInode { get; init; }

    /// <summary>
    /// Gets the size in bytes of the instructions as the verifier has left them, 8 for each slot. <c>null</c> if the kernel hides it.
    /// </summary>
    public int? TranslatedSize { get; init; }

    /// <summary>
    /// Gets the size in bytes of the machine code; 0 if it is interpreted. <c>null</c> if the kernel hides it.
    /// </summary>
    public int? JitedSize { get; init; }

    /// <summary>
    /// Gets the memory that the program uses, in bytes, without its machine code. <c>null</c> if /proc does not tell.
    /// </summary>
    public long? MemorySize { get; init; }

    /// <summary>
    /// Gets the number of instructions that the verifier processed on all paths together, whose limit is one million. <c>null</c>
    /// before Linux 5.16.
    /// </summary>
    public int? VerifiedInstructions { get; init; }

    /// <summary>Gets the run count and run time of the program; <c>null</c> before Linux 5.1.</summary>
    public ProgramStatistics? Statistics { get; init; }

    /// <summary>Gets the functions: the program itself and those that it calls; empty if the kernel hides them.</summary>
    public IReadOnlyList<ProgramFunctionInfo> Functions { get; init; } = [];

    /// <summary>Gets why the kernel hides sizes, functions or addresses from this process, and what to do about it; <c>null</c> if it hides nothing.</summary>
    public string? HiddenBecause { get; init; }
}

/// <summary>Describes one function of a program in the kernel.</summary>
public sealed record ProgramFunctionInfo
{
    /// <summary>
    /// Gets the id of the type of the function in the BTF of the program (<see cref="ProgramInfo.BtfId"/>); 0 for a program without BTF, and for
    /// functions that the verifier adds.
    /// </summary>
    public BtfTypeId TypeId { get; init; }

    /// <summary>
    /// Gets the slot of eight bytes at which the function begins in the instructions of the program
    /// (<see cref="BpfProgram.ReadInstructions"/>); <c>null</c> if it has no <see cref="TypeId"/>.
    /// </summary>
    public int? Slot { get; init; }

    /// <summary>Gets the hash of the function's instructions, as 16 hexadecimal digits; <c>null</c> before Linux 5.0.</summary>
    public string? Tag { get; init; }

    /// <summary>
    /// Gets the address of the machine code in the kernel; <c>null</c> if the kernel hides it (<see cref="ProgramInfo.HiddenBecause"/>).
    /// Of a program that is interpreted, that of the interpreter.
    /// </summary>
    public ulong? Address { get; init; }

    /// <summary>Gets the size in bytes of the function's machine code; <c>null</c> if the kernel hides it. 0 for one that is interpreted.</summary>
    public int? JitedSize { get; init; }
}
