namespace Ebpf;

/// <summary>
/// Options for attaching a program to a perf event
/// (<see cref="BpfProgram.AttachPerfEvent(PerfEventSource, PerfEventSampling, PerfEventScope, PerfEventOptions?)"/>).
/// </summary>
public sealed record PerfEventOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program. Other than 0 since Linux 5.15. The default is 0.
    /// </summary>
    public ulong Cookie { get; init; }

    /// <summary>Gets whether what happens in user space does not count. The default is <c>false</c>.</summary>
    public bool ExcludeUser { get; init; }

    /// <summary>
    /// Gets whether what happens in the kernel does not count. The default is <c>false</c>. Without CAP_PERFMON, sysctl
    /// kernel.perf_event_paranoid may allow nothing else.
    /// </summary>
    public bool ExcludeKernel { get; init; }

    /// <summary>Gets whether what happens in a hypervisor does not count. The default is <c>false</c>.</summary>
    public bool ExcludeHypervisor { get; init; }

    /// <summary>Gets whether idle CPUs do not count. The default is <c>false</c>.</summary>
    public bool ExcludeIdle { get; init; }
}
