using Ebpf.Kernel;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>How a collection is loaded.</summary>
public sealed record CollectionOptions
{
    /// <summary>
    /// The directory in a BPF file system where maps whose <see cref="MapSpec.Pinning"/> is <see cref="MapPinning.ByName"/>
    /// are pinned under their names, and found again. It is made if it does not exist.
    /// </summary>
    public string PinDirectory { get; init; } = BpfFileSystem.UsualPlace;

    /// <summary>
    /// The types of the kernel that CO-RE relocates for, in the place of those that the running kernel tells: for a kernel
    /// without BTF of its own.
    /// </summary>
    public BtfSpec? KernelTypes { get; init; }

    /// <summary>
    /// More types that CO-RE relocates for: of what is in the kernel but not in its BTF. A type is looked for in the kernel's
    /// own types (or <see cref="KernelTypes"/>), then in those of the loaded modules, which are not opened before they are
    /// needed, then here; where it is found first, it is not looked for further on.
    /// </summary>
    public IReadOnlyList<BtfSpec> ExtraKernelTypes { get; init; } = [];

    /// <summary>Is told what goes otherwise than the object asks without being an error; by default nobody is.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>
    /// What the verifier writes into <see cref="BpfProgram.VerifierLog"/> of programs that it accepts. By default nothing,
    /// which is fastest; the log of a refused program is in the <see cref="VerifierException"/> in any case.
    /// </summary>
    public VerifierLogLevel LogLevel { get; init; }
}
