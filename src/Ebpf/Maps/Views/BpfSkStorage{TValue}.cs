using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Ebpf.Linux;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>Values that belong to sockets. See <see cref="BpfMap.AsSkStorage{TValue}"/>. Since Linux 5.2.</summary>
/// <remarks>
/// A view: it holds no resources but the map's. The values cannot be listed: the kernel keeps each with its socket, and
/// frees it with it. Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfSkStorage<[DynamicallyAccessedMembers(IMapView.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    // To the kernel a descriptor is the key.
    private readonly BpfMap<int, TValue> _values;

    internal BpfSkStorage(BpfMap map) => _values = new BpfMap<int, TValue>(map);

    /// <summary>The map itself.</summary>
    public BpfMap Map => _values.Map;

    /// <summary>Reads the value of a socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">The kernel keeps no values with sockets of this kind, or the kernel refused.</exception>
    public bool TryGetValue(Socket socket, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using BorrowedDescriptor borrowed = socket.SafeHandle.Borrow();
        return _values.TryGetValue(borrowed.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of a socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether there may, or must, be a value already.</param>
    /// <exception cref="BpfException">
    /// The kernel keeps no values with sockets of this kind, <paramref name="flags"/> forbids it, or the kernel refused for another reason.
    /// </exception>
    public void Update(Socket socket, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using BorrowedDescriptor borrowed = socket.SafeHandle.Borrow();
        _values.Update(borrowed.Descriptor, in value, flags);
    }

    /// <summary>Gives a socket a value, if it has none.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it had none.</returns>
    /// <exception cref="BpfException">The kernel keeps no values with sockets of this kind, or the kernel refused.</exception>
    public bool TryAdd(Socket socket, in TValue value)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using BorrowedDescriptor borrowed = socket.SafeHandle.Borrow();
        return _values.TryAdd(borrowed.Descriptor, in value);
    }

    /// <summary>Deletes the value of a socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">The kernel keeps no values with sockets of this kind, or the kernel refused.</exception>
    public bool Remove(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using BorrowedDescriptor borrowed = socket.SafeHandle.Borrow();
        return _values.Remove(borrowed.Descriptor);
    }

    object IMapView.Open(BpfMap map) => map.AsSkStorage<TValue>();
}
