using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Values that belong to processes and threads. See <see cref="BpfMap.AsTaskStorage{TValue}"/>. Since Linux 5.11.
/// </summary>
/// <remarks>
/// A view: it holds no resources but the map's. The values cannot be listed: the kernel keeps each with its task, and
/// frees it with it. Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfTaskStorage<[DynamicallyAccessedMembers(IMapView.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    // To the kernel a descriptor is the key.
    private readonly BpfMap<int, TValue> _values;

    internal BpfTaskStorage(BpfMap map) => _values = new BpfMap<int, TValue>(map);

    /// <summary>The map itself.</summary>
    public BpfMap Map => _values.Map;

    /// <summary>Reads the value of a process or thread.</summary>
    /// <param name="id">The number of the process; of a thread of it, since Linux 6.9.</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">There is no such process or thread, or the kernel refused.</exception>
    public bool TryGetValue(int id, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        using PassingDescriptor task = PassingDescriptor.OpenTask(Map.Kernel, id);
        return _values.TryGetValue(task.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of a process or thread.</summary>
    /// <param name="id">The number of the process; of a thread of it, since Linux 6.9.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether there may, or must, be a value already.</param>
    /// <exception cref="BpfException">
    /// There is no such process or thread, <paramref name="flags"/> forbids it, or the kernel refused for another reason.
    /// </exception>
    public void Update(int id, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        using PassingDescriptor task = PassingDescriptor.OpenTask(Map.Kernel, id);
        _values.Update(task.Descriptor, in value, flags);
    }

    /// <summary>Gives a process or thread a value, if it has none.</summary>
    /// <param name="id">The number of the process; of a thread of it, since Linux 6.9.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it had none.</returns>
    /// <exception cref="BpfException">There is no such process or thread, or the kernel refused.</exception>
    public bool TryAdd(int id, in TValue value)
    {
        using PassingDescriptor task = PassingDescriptor.OpenTask(Map.Kernel, id);
        return _values.TryAdd(task.Descriptor, in value);
    }

    /// <summary>Deletes the value of a process or thread.</summary>
    /// <param name="id">The number of the process; of a thread of it, since Linux 6.9.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">There is no such process or thread, or the kernel refused.</exception>
    public bool Remove(int id)
    {
        using PassingDescriptor task = PassingDescriptor.OpenTask(Map.Kernel, id);
        return _values.Remove(task.Descriptor);
    }

    /// <summary>Reads the value of a process or thread.</summary>
    /// <param name="task">What owns a descriptor from pidfd_open(2).</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">The descriptor is of no task, or the kernel refused.</exception>
    public bool TryGetValue(SafeHandle task, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        ArgumentNullException.ThrowIfNull(task);
        using BorrowedDescriptor borrowed = task.Borrow();
        return _values.TryGetValue(borrowed.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of a process or thread.</summary>
    /// <param name="task">What owns a descriptor from pidfd_open(2).</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether there may, or must, be a value already.</param>
    /// <exception cref="BpfException">
    /// The descriptor is of no task, <paramref name="flags"/> forbids it, or the kernel refused for another reason.
    /// </exception>
    public void Update(SafeHandle task, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(task);
        using BorrowedDescriptor borrowed = task.Borrow();
        _values.Update(borrowed.Descriptor, in value, flags);
    }

    /// <summary>Gives a process or thread a value, if it has none.</summary>
    /// <param name="task">What owns a descriptor from pidfd_open(2).</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it had none.</returns>
    /// <exception cref="BpfException">The descriptor is of no task, or the kernel refused.</exception>
    public bool TryAdd(SafeHandle task, in TValue value)
    {
        ArgumentNullException.ThrowIfNull(task);
        using BorrowedDescriptor borrowed = task.Borrow();
        return _values.TryAdd(borrowed.Descriptor, in value);
    }

    /// <summary>Deletes the value of a process or thread.</summary>
    /// <param name="task">What owns a descriptor from pidfd_open(2).</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">The descriptor is of no task, or the kernel refused.</exception>
    public bool Remove(SafeHandle task)
    {
        ArgumentNullException.ThrowIfNull(task);
        using BorrowedDescriptor borrowed = task.Borrow();
        return _values.Remove(borrowed.Descriptor);
    }

    object IMapView.Open(BpfMap map) => map.AsTaskStorage<TValue>();
}
