using Ebpf.Kernel;

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
}
