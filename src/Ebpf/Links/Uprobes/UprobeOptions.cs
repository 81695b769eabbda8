namespace Ebpf;

/// <summary>What attaching a uprobe refuses, because it can kill the process or never fires, unless the caller asks for it by name.</summary>
[Flags]
public enum UprobeRisks
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>
    /// A probe at the return of a function of Go. Go moves stacks, and with them the address of the kernel's own code that runs at the
    /// return: the program ends with "unexpected return pc". Probes at the <c>ret</c> instructions do the same without danger.
    /// </summary>
    ReturnInGo = 1,

    /// <summary>
    /// A probe where no instruction begins, or where that cannot be told. The kernel writes a breakpoint into the middle of an instruction,
    /// and the process runs something else from then on.
    /// </summary>
    UncheckedInstruction = 2,

    /// <summary>
    /// A probe at the return of a function of a process under seccomp. From Linux 6.11 to 6.13 on x64 the return is a system call of its own
    /// (<c>uretprobe</c>), for which filters that do not know it kill the process. It is refused only where the scope is one process: for
    /// all processes nobody knows which of them are under seccomp.
    /// </summary>
    ReturnUnderSeccomp = 4,

    /// <summary>
    /// A probe that never fires as things are: the file system is mounted so that nothing can be run from it (<c>noexec</c>), or the process has
    /// the file in memory, but not this place of it as code.
    /// </summary>
    NeverFires = 8,
}

/// <summary>Options for attaching a program to a place in user space: <see cref="BpfProgram.AttachUprobe(string, CodeLocation, UprobeOptions?)"/> and its like.</summary>
public sealed record UprobeOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program. Other than 0 since Linux 5.15. The default is 0.
    /// </summary>
    public ulong Cookie { get; init; }

    /// <summary>Gets in which processes the probe counts. The default is all processes.</summary>
    /// <remarks>
    /// Given a process, a path is looked up in its root directory, and the name of a library among those that it has loaded: so processes
    /// in containers are met.
    /// </remarks>
    public ProcessScope Scope { get; init; } = ProcessScope.AllProcesses;

    /// <summary>
    /// Gets where in the file a counter of two bytes is, which the kernel increments while the probe is attached (a semaphore), as an offset in
    /// the file. Since Linux 4.20. The default, 0, is none.
    /// </summary>
    public ulong SemaphoreOffset { get; init; }

    /// <summary>
    /// Gets whether the program is also attached to files that were at the path before and were replaced, as by an update, which processes that
    /// run still use. Those of now are found; processes that start later use the new file. The default is <c>false</c>.
    /// </summary>
    public bool IncludeReplacedFiles { get; init; }

    /// <summary>Gets what is attached although it can kill the process, or does not fire. The default is none.</summary>
    public UprobeRisks AcceptedRisks { get; init; }
}

/// <summary>
/// Options for attaching a program to many places in user space: <see cref="BpfProgram.AttachUprobeMulti(string, string, UprobeMultiOptions?)"/>
/// and its like.
/// </summary>
public sealed record UprobeMultiOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program, at places for which <see cref="Cookies"/> has none. The default is 0.
    /// </summary>
    public ulong Cookie { get; init; }

    /// <summary>
    /// Gets a value for each place, in the order of the list; for a pattern it is asked with the name of each function. The default is
    /// <c>null</c>: <see cref="Cookie"/> everywhere.
    /// </summary>
    public Func<CodeLocation, ulong>? Cookies { get; init; }

    /// <inheritdoc cref="UprobeOptions.Scope"/>
    public ProcessScope Scope { get; init; } = ProcessScope.AllProcesses;

    /// <inheritdoc cref="UprobeOptions.IncludeReplacedFiles"/>
    public bool IncludeReplacedFiles { get; init; }

    /// <inheritdoc cref="UprobeOptions.AcceptedRisks"/>
    public UprobeRisks AcceptedRisks { get; init; }

    /// <summary>
    /// Gets how many functions a pattern may find at most; more are an error that says how many. The default is 10,000. The kernel takes
    /// 1,048,576.
    /// </summary>
    public int MaxFunctions { get; init; } = 10_000;

    /// <summary>
    /// Gets what is told of each function of a pattern that was left out, and why, before the attach method returns: those whose first
    /// instruction the kernel cannot probe. The default is <c>null</c>. If nothing is left, attaching fails.
    /// </summary>
    public Action<CodeLocation, string>? Skipped { get; init; }
}
