namespace Ebpf;

/// <summary>
/// Options for attaching a program to an instruction of the kernel: <see cref="BpfProgram.AttachKprobe(string, KprobeOptions?)"/>.
/// </summary>
/// <remarks>
/// There is no option for a process or a CPU: the kernel runs the program of a kprobe for every process on every CPU, whatever its perf
/// event names. A program that is to see one process asks <c>bpf_get_current_pid_tgid()</c>.
/// </remarks>
public sealed record KprobeOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program. Other than 0 since Linux 5.15. The default is 0.
    /// </summary>
    public ulong Cookie { get; init; }

    /// <summary>
    /// Gets how many bytes behind the beginning of the function the probe is, which must be where an instruction begins. The default, 0, is
    /// the entry of the function.
    /// </summary>
    public ulong Offset { get; init; }
}

/// <summary>
/// Options for attaching a program to the return of a function of the kernel:
/// <see cref="BpfProgram.AttachKretprobe(string, KretprobeOptions?)"/>.
/// </summary>
/// <remarks><inheritdoc cref="KprobeOptions" path="/remarks"/></remarks>
public sealed record KretprobeOptions
{
    /// <inheritdoc cref="KprobeOptions.Cookie"/>
    public ulong Cookie { get; init; }

    /// <summary>
    /// Gets for how many calls that are inside the function at the same time the kernel keeps room (at most 4096); the returns of more are
    /// missed. The default, 0, is the kernel's own: twice the number of CPUs, at least 10. The kernel has this for probes of tracefs only,
    /// so a value other than 0 needs the right to write there, beside the others.
    /// </summary>
    public int MaxActive { get; init; }
}
