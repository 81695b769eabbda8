namespace Ebpf;

/// <summary>
/// Options for attaching a program to the function, tracepoint or hook that was chosen when it was loaded
/// (<see cref="BpfProgram.AttachTracing(TracingOptions?)"/>, <see cref="BpfProgram.AttachLsm(TracingOptions?)"/>).
/// </summary>
public sealed record TracingOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program. Other than 0 since Linux 5.19; for <c>tp_btf</c> since
    /// 6.10. The default is 0.
    /// </summary>
    public ulong Cookie { get; init; }
}
