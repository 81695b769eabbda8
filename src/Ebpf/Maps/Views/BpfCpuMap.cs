using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Views;

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
public sealed unsafe class BpfCpuMap : IEnumerable<KeyValuePair<uint, CpuMapTarget>>, IMapView
{
    // Of a map with values of 4 bytes the kernel takes and gives the first half of a target.
    private readonly BpfMap<uint, CpuMapTarget> _targets;

    internal BpfCpuMap(BpfMap map) => _targets = new BpfMap<uint, CpuMapTarget>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _targets.Map;

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
        if (program is not null && Map.ValueSize < sizeof(CpuMapTarget)) ThrowNoProgram();
        using BorrowedDescriptor borrowed = (program?.Handle).Borrow();

        // Written, the second half is a descriptor; read, an id.
        CpuMapTarget target = new(queueSize, (uint)borrowed.Descriptor);
        Errno error = Map.Kernel.UpdateElement(Map.Handle, &cpu, &target, 0);
        if (error != Errno.None) ThrowFailed(error, cpu, queueSize, program);
    }

    /// <summary>Gets how packets wait for a CPU.</summary>
    /// <param name="cpu">The number of the CPU.</param>
    /// <param name="target">The queue and the program; <c>default</c> if the CPU is no target.</param>
    /// <returns>Whether the CPU is a target.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryGetValue(uint cpu, out CpuMapTarget target) => _targets.TryGetValue(in cpu, out target);

    /// <summary>Removes a CPU from the targets.</summary>
    /// <remarks>
    /// The kernel does not tell whether the CPU was a target, so the map is read before: if several callers remove it at once,
    /// more than one can get <c>true</c>.
    /// </remarks>
    /// <param name="cpu">The number of the CPU.</param>
    /// <returns>Whether the CPU was a target.</returns>
    /// <exception cref="BpfException">The map has no such slot, or the kernel refused.</exception>
    public bool Remove(uint cpu)
    {
        bool existed = _targets.ContainsKey(in cpu);
        return _targets.Remove(in cpu) && existed;
    }

    /// <summary>Returns the number of CPUs that are targets.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public long Count() => _targets.Count();

    /// <summary>Removes all CPUs.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.Clear();

    /// <summary>Enumerates the CPUs that are targets, in ascending order.</summary>
    public BpfMap<uint, CpuMapTarget>.Enumerator GetEnumerator() => _targets.GetEnumerator();

    IEnumerator<KeyValuePair<uint, CpuMapTarget>> IEnumerable<KeyValuePair<uint, CpuMapTarget>>.GetEnumerator() =>
        GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => map.AsCpuMap();

    [DoesNotReturn]
    private void ThrowNoProgram() => throw new NotSupportedException(
        $"Map \"{Map.Name}\" has values of 4 bytes, which hold no program: make it with 8 (struct bpf_cpumap_val).");

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
