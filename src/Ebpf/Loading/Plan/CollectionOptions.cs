using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Ebpf.Pins;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>Options for loading a collection, or a single program.</summary>
/// <exception cref="ArgumentNullException">A property that is not nullable is set to <c>null</c>.</exception>
public sealed record CollectionOptions
{
    /// <summary>Gets the kernel into which the collection is loaded; <c>null</c>, the default, for <see cref="BpfKernel.Running"/>.</summary>
    public BpfKernel? Kernel { get; init; }

    /// <summary>
    /// Gets the directory in a BPF file system where maps whose <see cref="MapSpec.Pinning"/> is <see cref="MapPinning.ByName"/> are
    /// pinned under their names, and found again. It is created if it does not exist, but not its parents; if loading fails, a directory
    /// that was created is removed.
    /// </summary>
    public string PinDirectory
    {
        get;
        init => field = NotNull(value);
    }
        = PinPlace.Usual;

    /// <summary>
    /// Gets maps that the collection uses in place of its own, by the names that they have in the spec. They must be compatible with the
    /// spec, and keep their contents: they get no initial contents, are not frozen and not pinned. They stay the caller's; the
    /// collection opens descriptors of its own.
    /// </summary>
    public IReadOnlyDictionary<string, BpfMap> Maps
    {
        get;
        init => field = NotNull(value);
    }
        = FrozenDictionary<string, BpfMap>.Empty;

    /// <summary>
    /// Gets the target programs of programs of the collection, by the names that the latter have in the spec: for a program that replaces
    /// a function (<c>freplace/function</c>, Linux 5.6), or one that traces a function of another program (<c>fentry/function</c>,
    /// Linux 5.5). The target must have been loaded with BTF, and stays the caller's. Needs CAP_SYS_ADMIN.
    /// </summary>
    public IReadOnlyDictionary<string, BpfProgram> TargetPrograms
    {
        get;
        init => field = NotNull(value);
    }
        = FrozenDictionary<string, BpfProgram>.Empty;

    /// <summary>
    /// Gets the kernel types for which CO-RE relocates, in place of those that the running kernel provides: for a kernel without BTF of
    /// its own.
    /// </summary>
    public BtfSpec? KernelTypes { get; init; }

    /// <summary>
    /// Gets values for variables that the object declares with <c>__kconfig</c>, in place of those in the running kernel's own
    /// configuration: lines like <c>CONFIG_HZ=250</c>, <c>CONFIG_VETH=m</c>, <c>CONFIG_DEFAULT_HOSTNAME="(none)"</c>. What is not in it
    /// is looked up in <c>/proc/config.gz</c>, then in <c>/boot/config-</c> and the kernel's release.
    /// </summary>
    public string? Kconfig { get; init; }

    /// <summary>
    /// Gets more types for which CO-RE relocates: of what is in the kernel but not in its BTF. A type is looked up in the kernel's own
    /// types (or <see cref="KernelTypes"/>), then in those of the loaded modules, which are not opened before they are needed, then
    /// here; the first one that is found counts.
    /// </summary>
    public IReadOnlyList<BtfSpec> ExtraKernelTypes
    {
        get;
        init => field = NotNull(value);
    }
        = [];

    /// <summary>
    /// Gets the BPF token with which types, maps and programs are loaded from within a user namespace; it stays the caller's. By default
    /// the one that the library finds by itself, if there is any (<see cref="BpfToken"/>).
    /// </summary>
    public BpfToken? Token { get; init; }

    /// <summary>
    /// Gets the logger that is told what is not loaded, and what is done in another way than the object asks, without being an error.
    /// By default nothing is logged.
    /// </summary>
    public ILogger? Logger { get; init; }

    /// <summary>
    /// Gets what the verifier writes into <see cref="BpfProgram.VerifierLog"/> of programs that it accepts. By default nothing, which is
    /// fastest. The log of a program that is refused is in the <see cref="VerifierException"/> in any case, unless
    /// <see cref="LogFailures"/> is off.
    /// </summary>
    public VerifierLogLevel LogLevel { get; init; }

    /// <summary>
    /// Gets whether a program that is refused without a log is verified a second time to get the verifier's log. Default:
    /// <c>true</c>. Without it a refused program costs one verification, and the <see cref="BpfException"/> knows the error number alone.
    /// </summary>
    public bool LogFailures { get; init; } = true;

    /// <summary>
    /// Gets how many bytes of a verifier's log are kept at most, from 128 to 1,073,741,823. Default: 16,777,215, where a usual log has
    /// some thousands. Of a longer one the end is kept; on kernels before 6.4 the beginning, which does not say what is wrong.
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
    }
        = (1 << 24) - 1;

    /// <summary>
    /// Gets how many programs are verified at once, at most; 0, the default, for as many as there are processors. The result and the
    /// errors do not depend on it. One thread works until verification has taken some two milliseconds; then others join it. They are
    /// started by the loading thread, and have its network namespace and capabilities; where the system allows no more threads, fewer
    /// work.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Parallelism
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>
    /// Gets the object that is told of every map and program that is done. It is called by the threads that load, several at once; it
    /// must be quick, and an exception that it throws ends the loading.
    /// </summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    private static T NotNull<T>(T value, [CallerMemberName] string property = "")
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, property);
        return value;
    }
}
