using Ebpf.Btf;

namespace Ebpf;

/// <summary>What the kernel knows about a program: <c>struct bpf_prog_info</c>, and what /proc adds to it.</summary>
/// <remarks>
/// What an older kernel does not tell, and what the kernel hides from this process (<see cref="HiddenBecause"/>), is <c>null</c>.
/// </remarks>
public sealed record ProgramInfo
{
    /// <summary>The kind of program.</summary>
    public ProgramType Type { get; init; }

    /// <summary>The number under which the kernel knows the program; it is not used again until the machine restarts.</summary>
    public uint Id { get; init; }

    /// <summary>
    /// The hash of the instructions, as 16 hexadecimal digits: the same for the same code, whatever maps and addresses it uses.
    /// </summary>
    public string Tag { get; init; } = "";

    /// <summary>
    /// The name: the whole one, if the program was loaded with BTF that this process may open; otherwise
    /// <see cref="KernelName"/>.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>The name inside the kernel: at most 15 bytes; empty before Linux 4.15.</summary>
    public string KernelName { get; init; } = "";

    /// <summary>
    /// When the program was loaded, by the clock of today: exact to some milliseconds, if nobody has set the clock since.
    /// <c>null</c> before Linux 4.15.
    /// </summary>
    public DateTimeOffset? LoadTime { get; init; }

    /// <summary>
    /// When the program was loaded, in nanoseconds since the machine started, sleep included (<c>CLOCK_BOOTTIME</c>). <c>null</c>
    /// before Linux 4.15.
    /// </summary>
    public ulong? LoadNanoseconds { get; init; }

    /// <summary>The user who loaded the program, as a number in the user namespace of this process. <c>null</c> before Linux 4.15.</summary>
    public uint? UserId { get; init; }

    /// <summary>Whether its license is compatible with the GPL. <c>null</c> before Linux 4.18.</summary>
    public bool? IsGplCompatible { get; init; }

    /// <summary>The maps that the program uses, by their ids; empty before Linux 4.15.</summary>
    public IReadOnlyList<uint> MapIds { get; init; } = [];

    /// <summary>The number under which the kernel knows the BTF that the program was loaded with; 0 for none.</summary>
    public uint BtfId { get; init; }

    /// <summary>
    /// The type to which the program is bound, in the BTF <see cref="AttachBtfId"/>: a function, a tracepoint's typedef, a struct of
    /// functions; 0 for none. <c>null</c> before Linux 6.0.
    /// </summary>
    public BtfTypeId? AttachTypeId { get; init; }

    /// <summary>
    /// The number under which the kernel knows the BTF that holds <see cref="AttachTypeId"/>: the kernel's own, that of a module, or
    /// of another program; 0 for none. <c>null</c> before Linux 6.0.
    /// </summary>
    public uint? AttachBtfId { get; init; }

    /// <summary>The network interface to which the program is bound, for its hardware or its metadata; 0 for none.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>The device number of the file that is the network namespace of <see cref="InterfaceIndex"/>.</summary>
    public ulong NetNamespaceDevice { get; init; }

    /// <summary>The inode number of the file that is the network namespace of <see cref="InterfaceIndex"/>.</summary>
    public ulong NetNamespaceInode { get; init; }

    /// <summary>
    /// How many bytes the instructions take, 8 for each slot, as the verifier has left them. <c>null</c> if the kernel hides it.
    /// </summary>
    public int? TranslatedSize { get; init; }

    /// <summary>
    /// How many bytes of machine code the program has; 0 if it is interpreted. <c>null</c> if the kernel hides it.
    /// </summary>
    public int? JitedSize { get; init; }

    /// <summary>How much memory the program takes, in bytes, without its machine code. <c>null</c> if /proc does not tell.</summary>
    public long? MemorySize { get; init; }

    /// <summary>
    /// How many instructions the verifier followed, on all paths together: what its limit of a million counts. <c>null</c> before
    /// Linux 5.16.
    /// </summary>
    public int? VerifiedInstructions { get; init; }

    /// <summary>How often and how long the program has run; <c>null</c> before Linux 5.1.</summary>
    public ProgramStatistics? Statistics { get; init; }

    /// <summary>The program itself and the functions that it calls; empty if the kernel hides them.</summary>
    public IReadOnlyList<ProgramFunctionInfo> Functions { get; init; } = [];

    /// <summary>Why the kernel hides sizes, functions or addresses from this process, and what to do about it; <c>null</c> if it hides nothing.</summary>
    public string? HiddenBecause { get; init; }
}
