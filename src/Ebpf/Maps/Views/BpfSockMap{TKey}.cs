using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Ebpf.Maps;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <summary>
/// Represents an array or a hash table of sockets, between which programs redirect data. See
/// <see cref="BpfMap.AsSockMap{TKey}"/>. Since Linux 4.14; the hash table since 4.18.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. A socket is removed from the map when it is closed. The sockets can be
/// read as cookies, and only if the map has values of 8 bytes (<c>__u64</c>). Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TKey">The type of keys; <c>uint</c> for an array.</typeparam>
public sealed class BpfSockMap<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TKey> : IMapView
    where TKey : unmanaged
{
    private readonly BpfMap<TKey, ulong> _cookies;
    private readonly DescriptorElements<TKey> _elements;

    internal BpfSockMap(BpfMap map)
    {
        _cookies = new BpfMap<TKey, ulong>(map);
        _elements = new DescriptorElements<TKey>(map);
    }

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _elements.Map;

    /// <summary>Sets the socket under a key.</summary>
    /// <param name="key">The key; the index, in an array.</param>
    /// <param name="socket">
    /// A TCP socket that is connected (listening: since Linux 5.7), UDP (5.7), Unix (stream: 5.15, datagram: 5.13) or
    /// vsock (6.4).
    /// </param>
    /// <param name="flags">Whether there may or must be a socket already.</param>
    /// <exception cref="BpfException">
    /// The socket is of another kind or state, the map is full, <paramref name="flags"/> do not allow it, or the kernel refused
    /// for another reason.
    /// </exception>
    public void Update(in TKey key, Socket socket, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Errno error = _elements.Write(in key, socket.SafeHandle, flags);
        if (error != Errno.None) Map.ThrowFailed("put a socket", error, SocketAdvice.For(error));
    }

    /// <summary>Sets the socket under a key, if there is none.</summary>
    /// <param name="key">The key; the index, in an array.</param>
    /// <param name="socket">The socket, as for <see cref="Update"/>.</param>
    /// <returns>Whether it was set.</returns>
    /// <exception cref="BpfException">As for <see cref="Update"/>.</exception>
    public bool TryAdd(in TKey key, Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Errno error = _elements.Write(in key, socket.SafeHandle, MapUpdateFlags.NoExist);
        if (error is not (Errno.None or Errno.EEXIST)) Map.ThrowFailed("put a socket", error, SocketAdvice.For(error));
        return error == Errno.None;
    }

    /// <summary>Gets the cookie of the socket under a key (<c>SO_COOKIE</c>, <c>bpf_get_socket_cookie</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="cookie">The cookie; 0 if there is no socket.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="NotSupportedException">The values of the map do not have 8 bytes.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryGetCookie(in TKey key, out ulong cookie)
    {
        SocketAdvice.CheckReadable(Map);
        return _cookies.TryGetValue(in key, out cookie);
    }

    /// <summary>Removes the socket under a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Remove(in TKey key)
    {
        Errno error = _elements.Delete(in key);

        // The array says so of an empty slot.
        return !(error == Errno.EINVAL && Map.Type == MapType.SockMap) && Map.Found(error, "remove");
    }

    /// <summary>Removes all sockets.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear()
    {
        KeyWalk<TKey> walk = new(Map, isAscending: false);
        while (walk.MoveNext()) Remove(walk.Current);
    }

    /// <summary>Enumerates the keys under which there are sockets, with their cookies.</summary>
    /// <exception cref="NotSupportedException">The values of the map do not have 8 bytes.</exception>
    public BpfMap<TKey, ulong>.Enumerator GetEnumerator()
    {
        SocketAdvice.CheckReadable(Map);
        return _cookies.GetEnumerator();
    }

    object IMapView.Open(BpfMap map) => map.AsSockMap<TKey>();
}
