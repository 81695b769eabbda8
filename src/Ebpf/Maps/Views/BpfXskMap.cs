using System.Runtime.InteropServices;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents an array of AF_XDP sockets, to which XDP programs redirect packets, mostly by the number of the receive queue. See
/// <see cref="BpfMap.AsXskMap"/>. Since Linux 4.18.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. The contents cannot be read, not even whether a slot is filled. A socket
/// is removed from the array when it is closed. Safe for use by several threads at once.
/// </remarks>
public sealed class BpfXskMap : IMapView
{
    private readonly DescriptorElements<uint> _slots;

    internal BpfXskMap(BpfMap map) => _slots = new DescriptorElements<uint>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _slots.Map;

    /// <summary>Gets the number of slots.</summary>
    public uint Length => Map.MaxEntries;

    /// <summary>Sets the AF_XDP socket in a slot, and replaces the one that is there, if any.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="socket">A handle that owns the descriptor of the socket, which must have its rings for receiving.</param>
    /// <param name="flags">Whether there may or must be a socket already (since Linux 5.3).</param>
    /// <exception cref="BpfException">
    /// There is no such slot, the socket is not an AF_XDP socket or has no rings yet, <paramref name="flags"/> do not allow it,
    /// or the kernel refused for another reason.
    /// </exception>
    public void Update(uint slot, SafeHandle socket, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Errno error = _slots.Write(in slot, socket, flags);
        if (error == Errno.None) return;
        Map.ThrowFailed(
            "put a socket",
            error,
            error switch
            {
                Errno.EOPNOTSUPP => "the socket is no AF_XDP socket, or has no rings yet (XDP_UMEM_FILL_RING)",
                Errno.ENOBUFS => "the socket has no receive ring yet (XDP_RX_RING)",
                Errno.ENOENT => "there is no socket in this slot",
                Errno.EEXIST => "there is a socket in this slot",
                _ => null,
            });
    }

    /// <summary>Empties a slot. The kernel does not tell whether there was a socket in it.</summary>
    /// <param name="slot">The slot.</param>
    /// <exception cref="BpfException">There is no such slot, or the kernel refused.</exception>
    public void Clear(uint slot)
    {
        Errno error = _slots.Delete(in slot);
        if (error != Errno.None) Map.ThrowFailed("remove", error);
    }

    /// <summary>Empties all slots.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.ClearSlots();

    object IMapView.Open(BpfMap map) => map.AsXskMap();
}
