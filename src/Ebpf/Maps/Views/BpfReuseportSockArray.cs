using System.Collections;
using System.Net.Sockets;
using Ebpf.Maps;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents an array of sockets that share a port by <c>SO_REUSEPORT</c>, from which a program selects. See
/// <see cref="BpfMap.AsReuseportSockArray"/>. Since Linux 4.19.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. A socket is removed from the array when it is closed, and can be in one
/// array only. The sockets can be read as cookies, and only if the map has values of 8 bytes (<c>__u64</c>). Safe for use by
/// several threads at once.
/// </remarks>
public sealed class BpfReuseportSockArray : IEnumerable<KeyValuePair<uint, ulong>>, IMapView
{
    private readonly BpfMap<uint, ulong> _cookies;
    private readonly DescriptorElements<uint> _slots;

    internal BpfReuseportSockArray(BpfMap map)
    {
        _cookies = new BpfMap<uint, ulong>(map);
        _slots = new DescriptorElements<uint>(map);
    }

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _slots.Map;

    /// <summary>Gets the number of slots.</summary>
    public uint Length => Map.MaxEntries;

    /// <summary>Sets the socket in a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="socket">
    /// A UDP socket that is bound, or a TCP socket that listens, with <c>SO_REUSEPORT</c> set before.
    /// </param>
    /// <param name="flags">Whether there may or must be a socket already.</param>
    /// <exception cref="BpfException">
    /// The socket does not share a port or is in another array, <paramref name="flags"/> do not allow it, or the kernel refused
    /// for another reason.
    /// </exception>
    public void Update(uint slot, Socket socket, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Errno error = _slots.Write(in slot, socket.SafeHandle, flags);
        if (error == Errno.None) return;
        Map.ThrowFailed(
            "put a socket",
            error,
            error switch
            {
                Errno.EINVAL => "the socket has to be bound (TCP: to listen), with SO_REUSEPORT set before",
                Errno.ENOENT => "there is no socket in this slot",
                Errno.EEXIST => "there is a socket in this slot",
                _ => SocketAdvice.For(error),
            });
    }

    /// <summary>Gets the cookie of the socket in a slot (<c>SO_COOKIE</c>, <c>bpf_get_socket_cookie</c>).</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="cookie">The cookie; 0 if there is no socket.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="NotSupportedException">The values of the map do not have 8 bytes.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryGetCookie(uint slot, out ulong cookie)
    {
        SocketAdvice.CheckReadable(Map);
        return _cookies.TryGetValue(in slot, out cookie);
    }

    /// <summary>Empties a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Whether there was a socket in it.</returns>
    /// <exception cref="BpfException">There is no such slot, or the kernel refused.</exception>
    public bool Remove(uint slot) => Map.Found(_slots.Delete(in slot), "remove");

    /// <summary>Empties all slots.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.ClearSlots();

    /// <summary>Enumerates the slots that are filled, with the cookies of their sockets.</summary>
    /// <exception cref="NotSupportedException">The values of the map do not have 8 bytes.</exception>
    public BpfMap<uint, ulong>.Enumerator GetEnumerator()
    {
        SocketAdvice.CheckReadable(Map);
        return _cookies.GetEnumerator();
    }

    IEnumerator<KeyValuePair<uint, ulong>> IEnumerable<KeyValuePair<uint, ulong>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => map.AsReuseportSockArray();
}
