using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Ebpf.Pins;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>Defines options for loading a collection, or a single program.</summary>
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
    /// Gets maps that the collection uses in place of its own, by the names of those in the spec. They must be compatible with
    /// the spec, and keep their contents: they get no initial contents, and are not frozen or pinned. They remain the caller's to
    /// dispose; the collection opens descriptors of its own.
    /// </summary>
    public IReadOnlyDictionary<string, BpfMap> Maps
    {
        get;
        init => field = NotNull(value);
    }
        = FrozenDictionary<string, BpfMap>.Empty;

    /// <summary>
    /// Gets the target programs of programs of the collection, by the names of the latter in the spec: of a program that replaces
    /// a function (<c>freplace/function</c>, Linux 5.6), or that traces a function of another program (<c>fentry/function</c>,
    /// Linux 5.5). If the section names no function (<c>SEC("fentry")</c>), the program itself is meant. The target may be one that is
    /// running already (<see cref="BpfProgram.OpenNamed"/>, <see cref="BpfProgram.Open"/>, <see cref="BpfProgram.OpenPinned"/>); it must have
    /// been loaded with BTF, and remains the caller's to dispose. Needs CAP_SYS_ADMIN.
    /// </summary>
    public IReadOnlyDictionary<string, BpfProgram> TargetPrograms
    {
        get;
        init => field = NotNull(value);
    }
        = FrozenDictionary<string, BpfProgram>.Empty;

    /// <summary>
    /// Gets the BTF of the kernel for CO-RE relocations, in place of the BTF that the kernel provides: for a kernel without BTF
    /// of its own.
    /// </summary>
    public BtfSpec? KernelTypes { get; init; }

    /// <summary>
    /// Gets values for variables that the object declares with <c>__kconfig</c>, in place of those in the running kernel's own
    /// configuration: lines like <c>CONFIG_HZ=250</c>, <c>CONFIG_VETH=m</c>, <c>CONFIG_DEFAULT_HOSTNAME="(none)"</c>. What is not in it
    /// is looked up in <c>/proc/config.gz</c>, then in <c>/boot/config-</c> and the kernel's release.
    /// </summary>
    public string? Kconfig { get; init; }

    /// <summary>
    /// Gets further BTF for CO-RE relocations, of types that are in the kernel but not in its BTF. A type is searched for in the
    /// BTF of the kernel (or <see cref="KernelTypes"/>), then in that of the loaded modules, which is opened only when it is
    /// needed, then here; the first one that is found is used.
    /// </summary>
    public IReadOnlyList<BtfSpec> ExtraKernelTypes
    {
        get;
        init => field = NotNull(value);
    }
        = [];

    /// <summary>
    /// Gets the BPF token with which BTF, maps and programs are loaded from within a user namespace; it remains the caller's to
    /// dispose. By default the one that <see cref="BpfToken.OpenAutomatic"/> opens, if there is one.
    /// </summary>
    public BpfToken? Token { get; init; }

    /// <summary>
    /// Gets the logger that receives what is not loaded, and what is done in another way than the object asks, without being an
    /// error. By default nothing is logged.
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
    /// Gets the maximum number of bytes of a verifier's log that are kept, from 128 to 1,073,741,823. Default: 16,777,215; a
    /// usual log has some thousands. Of a longer log the end is kept; on kernels before 6.4 the beginning, which does not say
    /// what is wrong.
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
    /// Gets the maximum number of programs that are verified at once; 0, the default, for the number of processors. Results and
    /// errors do not depend on it. One thread works until verification has taken some two milliseconds; then others join it. They
    /// are started by the loading thread, and have its network namespace and capabilities; if the system allows no more threads,
    /// fewer are used.
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
    /// Gets the receiver of progress reports, one for each map and program that is done. It is called by the threads that load,
    /// several at once; it must be quick, and an exception that it throws ends the loading.
    /// </summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    private static T NotNull<T>(T value, [CallerMemberName] string property = "")
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, property);
        return value;
    }
}
