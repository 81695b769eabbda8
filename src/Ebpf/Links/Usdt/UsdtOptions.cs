using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>Options for attaching a program to a USDT probe (<see cref="BpfProgram.AttachUsdt(string, string, string, UsdtOptions?)"/>).</summary>
public sealed record UsdtOptions
{
    /// <summary>
    /// Gets the value that <c>bpf_usdt_cookie()</c> returns to the program, on every kernel. The default is 0.
    /// <c>bpf_get_attach_cookie()</c> returns another number, by which <c>usdt.bpf.h</c> finds the arguments.
    /// </summary>
    public ulong Cookie { get; init; }

    /// <summary>Gets in which processes the probe counts. The default is all processes.</summary>
    /// <remarks>
    /// Given a process, a path is looked up in its root directory, and the name of a library among those that it has loaded. On kernels
    /// without cookies (before Linux 5.15) a process must be given for shared libraries and position-independent programs.
    /// </remarks>
    public ProcessScope Scope { get; init; } = ProcessScope.AllProcesses;

    /// <summary>
    /// Gets what is told of each location that is left out, of each argument that programs cannot read, and of damaged notes. The default is
    /// <c>null</c>; <see cref="UsdtProbeList"/> tells the same. <c>bpf_usdt_arg()</c> returns <c>-EINVAL</c> for such an argument.
    /// </summary>
    public ILogger? Logger { get; init; }
}
