namespace Ebpf;

/// <summary>
/// Options for attaching a program to a tracepoint (<see cref="BpfProgram.AttachTracepoint(string, string, TracepointOptions?)"/>).
/// </summary>
public sealed record TracepointOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program. Other than 0 since Linux 5.15. The default is 0.
    /// </summary>
    public ulong Cookie { get; init; }
}

/// <summary>
/// Options for attaching a program to a raw tracepoint (<see cref="BpfProgram.AttachRawTracepoint(string, RawTracepointOptions?)"/>).
/// </summary>
public sealed record RawTracepointOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program. Other than 0 since Linux 6.10. The default is 0.
    /// </summary>
    public ulong Cookie { get; init; }
}
