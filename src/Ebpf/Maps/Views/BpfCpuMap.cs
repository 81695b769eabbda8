using System.Diagnostics.CodeAnalysis;

namespace Ebpf;

/// <summary>Describes how packets that are redirected to a CPU wait there (<c>struct bpf_cpumap_val</c>).</summary>
/// <param name="QueueSize">The number of packets that can wait.</param>
/// <param name="ProgramId">
/// The id of the program that runs on the packets on that CPU; 0 for none. Maps with values of 4 bytes have no programs.
/// </param>
public readonly record struct CpuMapTarget(uint QueueSize, uint ProgramId);

/// <summary>
/// Represents an array of CPUs, to which XDP programs redirect packets for further processing in the network stack. See
/// <see cref="BpfMap.AsCpuMap"/>. Since Linux 4.15.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. The key of a CPU is its number. Enumerating returns the CPUs that are
/// targets. Safe for use by several threads at once.
/// </remarks>
public sealed class BpfCpuMap : BpfRedirectMap<CpuMapTarget>
{
    internal BpfCpuMap(BpfMap map)
        : base(map)
    {
    }

    /// <summary>Makes a CPU a target, for which the kernel starts a thread on that CPU.</summary>
    /// <param name="cpu">The number of the CPU.</param>
    /// <param name="queueSize">The number of packets that can wait: 1 to 16,384.</param>
    /// <param name="program">
    /// A program that runs on the packets on that CPU (section <c>xdp/cpumap</c>); for maps with values of 8 bytes, since Linux
    /// 5.9.
    /// </param>
    /// <exception cref="NotSupportedException">
    /// A program is given, and the map has values of 4 bytes.
    /// </exception>
    /// <exception cref="BpfException">
    /// There is no such CPU, the queue is too long, the program is not made for cpumaps, or the kernel refused for another
    /// reason.
    /// </exception>
    public void Update(uint cpu, uint queueSize, BpfProgram? program = null)
    {
        // To the kernel 0 means to take the CPU out.
        ArgumentOutOfRangeException.ThrowIfZero(queueSize);
        Errno error = Write(cpu, new CpuMapTarget(queueSize, 0), program);
        if (error != Errno.None) ThrowFailed(error, cpu, queueSize, program);
    }

    private protected override object OpenAnother(BpfMap map) => map.AsCpuMap();

    [DoesNotReturn]
    private void ThrowFailed(Errno error, uint cpu, uint queueSize, BpfProgram? program)
    {
        string? advice = error switch
        {
            Errno.ENODEV => $"there is no CPU {cpu}",
            Errno.EOVERFLOW => $"a queue of {queueSize} is longer than 16384",

            // Whatever is wrong with the program, older kernels say that they could not make the entry.
            Errno.ENOMEM or Errno.EINVAL when program is not null =>
                $"{program} is not for this (section xdp/cpumap), or there is not enough memory",
            _ => null,
        };
        Map.ThrowFailed("set a CPU", error, advice);
    }
}
