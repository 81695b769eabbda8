using System.Collections.Frozen;
using Ebpf.Pins;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>How a collection is loaded.</summary>
public sealed record CollectionOptions
{
    /// <summary>The kernel into which the collection is loaded; <c>null</c>, the default, for <see cref="BpfKernel.Running"/>.</summary>
    public BpfKernel? Kernel { get; init; }

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
    /// The programs into which programs of the collection go, by the names that these have in the spec: a program that replaces a
    /// function (<c>freplace/function</c>, Linux 5.6), or one that traces a function of another program (<c>fentry/function</c>,
    /// Linux 5.5). The target must have been loaded with BTF, and stays the caller's. Needs CAP_SYS_ADMIN.
    /// </summary>
    public IReadOnlyDictionary<string, BpfProgram> TargetPrograms { get; init; } = FrozenDictionary<string, BpfProgram>.Empty;

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
    /// More types that CO-RE relocates for: of what is in the kernel but not in its BTF. A type is looked for in the kernel's
    /// own types (or <see cref="KernelTypes"/>), then in those of the loaded modules, which are not opened before they are
    /// needed, then here; where it is found first, it is not looked for further on.
    /// </summary>
    public IReadOnlyList<BtfSpec> ExtraKernelTypes { get; init; } = [];

    /// <summary>
    /// The token with which types, maps and programs are loaded from within a user namespace; it stays the caller's. By default the
    /// one that is found (<see cref="BpfToken.OpenAutomatic"/>), if there is any.
    /// </summary>
    public BpfToken? Token { get; init; }

    /// <summary>Is told what goes otherwise than the object asks without being an error; by default nobody is.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>
    /// What the verifier writes into <see cref="BpfProgram.VerifierLog"/> of programs that it accepts. By default nothing,
    /// which is fastest; the log of a refused program is in the <see cref="VerifierException"/> in any case.
    /// </summary>
    public VerifierLogLevel LogLevel { get; init; }

    /// <summary>
    /// How many bytes of a verifier's log are kept at most, from 128 to 1,073,741,823. Default: 16,777,215, where a usual log
    /// has some thousands. Of a longer one there is the end; on kernels before 6.4 the beginning, where what is wrong is not said.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The kernel does not take logs of this size.</exception>
    public int MaxLogSize
    {
        get;
        init
        {
            // kernel/bpf/log.c: less is refused before Linux 6.4; more than UINT_MAX >> 2 always, more than the default before 5.2.
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 128);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, int.MaxValue >> 1);
            field = value;
        }
    } = (1 << 24) - 1;

    /// <summary>
    /// How many programs are verified at once, at most; 0 for as many as there are processors. The result and the errors do not
    /// depend on it.
    /// </summary>
    public int Parallelism { get; init; }

    /// <summary>
    /// Is told of every map and program that is done. It is called by the threads that load, several at once; it must be quick,
    /// and what it throws ends the loading.
    /// </summary>
    public IProgress<LoadProgress>? Progress { get; init; }
}
