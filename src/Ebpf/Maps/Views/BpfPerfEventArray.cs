using System.Runtime.InteropServices;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents an array of perf events, one for each CPU: buffers into which programs write events, or counters that they read.
/// See <see cref="BpfMap.AsPerfEventArray"/>. Since Linux 4.3.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. The contents cannot be read. An event is removed from the array when the
/// descriptor of the array by which it was set is closed, unless the map has <see cref="MapFlags.PreserveElements"/>. Safe for
/// use by several threads at once.
/// </remarks>
public sealed class BpfPerfEventArray : IMapView
{
    private readonly DescriptorElements<uint> _slots;

    internal BpfPerfEventArray(BpfMap map) => _slots = new DescriptorElements<uint>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _slots.Map;

    /// <summary>Gets the number of slots.</summary>
    public uint Length => Map.MaxEntries;

    /// <summary>Sets the perf event in a slot, and replaces the one that is there, if any.</summary>
    /// <param name="slot">The slot: the number of the CPU for <c>BPF_F_CURRENT_CPU</c>.</param>
    /// <param name="perfEvent">A handle that owns the descriptor from perf_event_open(2).</param>
    /// <exception cref="BpfException">
    /// There is no such slot, the descriptor is not that of a perf event that programs can use, or the kernel refused for another
    /// reason.
    /// </exception>
    public void Update(uint slot, SafeHandle perfEvent)
    {
        ArgumentNullException.ThrowIfNull(perfEvent);
        Errno error = _slots.Write(in slot, perfEvent);
        if (error == Errno.None) return;
        Map.ThrowFailed(
            "set a perf event",
            error,
            error switch
            {
                Errno.EBADF => "the descriptor is no perf event",
                Errno.EOPNOTSUPP or Errno.EINVAL => "programs cannot use a perf event of this kind",
                _ => null,
            });
    }

    /// <summary>Empties a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Whether there was a perf event in it.</returns>
    /// <exception cref="BpfException">There is no such slot, or the kernel refused.</exception>
    public bool Remove(uint slot) => Map.Found(_slots.Delete(in slot), "remove");

    /// <summary>Empties all slots.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.ClearSlots();

    object IMapView.Open(BpfMap map) => map.AsPerfEventArray();
}
