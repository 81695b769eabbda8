using System.Collections.Frozen;
using Ebpf.Kernel;

namespace Ebpf;

/// <summary>How a collection is loaded.</summary>
public sealed record CollectionOptions
{
    /// <summary>
    /// The directory in a BPF file system where maps whose <see cref="MapSpec.Pinning"/> is <see cref="MapPinning.ByName"/>
    /// are pinned under their names, and found again. It is made if it does not exist.
    /// </summary>
    public string PinDirectory { get; init; } = PinPlace.Usual;

    /// <summary>
    /// Maps that the collection uses in the place of its own, by the names that they have in the spec. They must be like the
    /// spec, and keep what they hold: they get no first contents, are not frozen and not pinned. They stay the caller's; the
    /// collection opens descriptors of its own.
    /// </summary>
    public IReadOnlyDictionary<string, BpfMap> Maps { get; init; } = FrozenDictionary<string, BpfMap>.Empty;

    /// <summary>
    /// The types of the kernel that CO-RE relocates for, in the place of those that the running kernel tells: for a kernel
    /// without BTF of its own.
    /// </summary>
    public BtfSpec? KernelTypes { get; init; }

    /// <summary>
    /// Values for variables that the object declares with <c>__kconfig</c>, in the place of those in the running kernel's
    /// own configuration: lines like <c>CONFIG_HZ=250</c>, <c>CONFIG_VETH=m</c>,
    /// <c>CONFIG_DEFAULT_HOSTNAME="(none)"</c>. What is not in it is looked for in <c>/proc/config.gz</c>, then in
    /// <c>/boot/config-</c> and the kernel's release.
    /// </summary>
    public string? Kconfig { get; init; }

    /// <summary>
    /// What the verifier writes into <see cref="BpfProgram.VerifierLog"/> of programs that it accepts. By default nothing,
    /// which is fastest; the log of a refused program is in the <see cref="VerifierException"/> in any case.
    /// </summary>
    public VerifierLogLevel LogLevel { get; init; }
}
