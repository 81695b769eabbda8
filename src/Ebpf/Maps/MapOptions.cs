using Ebpf.Pins;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>Defines options for <see cref="BpfMap.Create"/>.</summary>
public sealed record MapOptions
{
    /// <summary>
    /// Gets the directory in a BPF file system where a map whose <see cref="MapSpec.Pinning"/> is <see cref="MapPinning.ByName"/> is
    /// pinned under its name, and found again. It is created if it does not exist. The default is <c>/sys/fs/bpf</c>.
    /// </summary>
    public string PinDirectory { get; init; } = PinPlace.Usual;

    /// <summary>
    /// Gets the BPF token with which the map is created from within a user namespace; it remains the caller's to dispose. By
    /// default the one that <see cref="BpfToken.OpenAutomatic"/> opens, if there is one.
    /// </summary>
    public BpfToken? Token { get; init; }

    /// <summary>
    /// Gets the logger that receives what the kernel did not accept of the spec, so that the map was created without it. The
    /// default is <c>null</c>, for none.
    /// </summary>
    public ILogger? Logger { get; init; }

    /// <summary>Gets the kernel; <c>null</c>, the default, for <see cref="BpfKernel.Running"/>.</summary>
    public BpfKernel? Kernel { get; init; }
}
