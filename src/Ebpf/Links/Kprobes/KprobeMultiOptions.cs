using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>
/// Options for attaching a program to many functions of the kernel:
/// <see cref="BpfProgram.AttachKprobeMulti(string, KprobeMultiOptions?)"/> and its like.
/// </summary>
public sealed record KprobeMultiOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program, in functions that have no <see cref="KprobeFunction.Cookie"/>
    /// of their own. The default is 0.
    /// </summary>
    public ulong Cookie { get; init; }

    /// <summary>
    /// Gets whether functions of a list that the kernel refuses are left out, and told to <see cref="Skipped"/>, instead of failing the whole.
    /// The default is <c>false</c>. What a pattern finds is always treated so. If nothing is left, it fails.
    /// </summary>
    public bool SkipRefused { get; init; }

    /// <summary>
    /// Gets whether a pattern also means functions a program on which has hung machines: those of idle CPUs, of read-copy-update
    /// (<c>rcu_*</c>), and what runs around every BPF program. The default is <c>false</c>: they are left out, and told to
    /// <see cref="Skipped"/>. A name without <c>*</c> and <c>?</c> means its function in any case.
    /// </summary>
    public bool IncludeDangerous { get; init; }

    /// <summary>
    /// Gets how many functions a pattern may find at most; more are an error that says how many. The default is 10,000: a pattern like
    /// <c>*</c> finds some 60,000, and a program on all of them slows the machine down to a crawl. The kernel takes 1,048,576.
    /// </summary>
    public int MaxFunctions { get; init; } = 10_000;

    /// <summary>Gets what is told of each function that was left out, before the attach method returns. The default is <c>null</c>.</summary>
    public Action<SkippedFunction>? Skipped { get; init; }

    /// <summary>Gets the logger that is told how many functions were left out. The default is <c>null</c>: none.</summary>
    public ILogger? Logger { get; init; }
}
