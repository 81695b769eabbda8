using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>Values that belong to cgroups (version 2). See <see cref="BpfMap.AsCgrpStorage{TValue}"/>. Since Linux 6.2.</summary>
/// <remarks>
/// A view: it holds no resources but the map's. The values cannot be listed: the kernel keeps each with its cgroup, and
/// frees it with it. Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfCgrpStorage<[DynamicallyAccessedMembers(IMapView.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    // To the kernel a descriptor is the key.
    private readonly BpfMap<int, TValue> _values;

    internal BpfCgrpStorage(BpfMap map) => _values = new BpfMap<int, TValue>(map);

    /// <summary>The map itself.</summary>
    public BpfMap Map => _values.Map;

    /// <summary>Reads the value of a cgroup.</summary>
    /// <param name="path">The directory of the cgroup: <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">There is no such cgroup, or the kernel refused.</exception>
    public bool TryGetValue(string path, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        using PassingDescriptor cgroup = PassingDescriptor.OpenPath(Map.Kernel, path, OpenMode.Directory);
        return _values.TryGetValue(cgroup.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of a cgroup.</summary>
    /// <param name="path">The directory of the cgroup: <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether there may, or must, be a value already.</param>
    /// <exception cref="BpfException">
    /// There is no such cgroup, <paramref name="flags"/> forbids it, or the kernel refused for another reason.
    /// </exception>
    public void Update(string path, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        using PassingDescriptor cgroup = PassingDescriptor.OpenPath(Map.Kernel, path, OpenMode.Directory);
        _values.Update(cgroup.Descriptor, in value, flags);
    }

    /// <summary>Gives a cgroup a value, if it has none.</summary>
    /// <param name="path">The directory of the cgroup: <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it had none.</returns>
    /// <exception cref="BpfException">There is no such cgroup, or the kernel refused.</exception>
    public bool TryAdd(string path, in TValue value)
    {
        using PassingDescriptor cgroup = PassingDescriptor.OpenPath(Map.Kernel, path, OpenMode.Directory);
        return _values.TryAdd(cgroup.Descriptor, in value);
    }

    /// <summary>Deletes the value of a cgroup.</summary>
    /// <param name="path">The directory of the cgroup: <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">There is no such cgroup, or the kernel refused.</exception>
    public bool Remove(string path)
    {
        using PassingDescriptor cgroup = PassingDescriptor.OpenPath(Map.Kernel, path, OpenMode.Directory);
        return _values.Remove(cgroup.Descriptor);
    }

    /// <summary>Reads the value of a cgroup.</summary>
    /// <param name="cgroup">What owns a descriptor of the directory of the cgroup.</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">The descriptor is of no cgroup, or the kernel refused.</exception>
    public bool TryGetValue(SafeHandle cgroup, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        using BorrowedDescriptor borrowed = cgroup.Borrow();
        return _values.TryGetValue(borrowed.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of a cgroup.</summary>
    /// <param name="cgroup">What owns a descriptor of the directory of the cgroup.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether there may, or must, be a value already.</param>
    /// <exception cref="BpfException">
    /// The descriptor is of no cgroup, <paramref name="flags"/> forbids it, or the kernel refused for another reason.
    /// </exception>
    public void Update(SafeHandle cgroup, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        using BorrowedDescriptor borrowed = cgroup.Borrow();
        _values.Update(borrowed.Descriptor, in value, flags);
    }

    /// <summary>Gives a cgroup a value, if it has none.</summary>
    /// <param name="cgroup">What owns a descriptor of the directory of the cgroup.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it had none.</returns>
    /// <exception cref="BpfException">The descriptor is of no cgroup, or the kernel refused.</exception>
    public bool TryAdd(SafeHandle cgroup, in TValue value)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        using BorrowedDescriptor borrowed = cgroup.Borrow();
        return _values.TryAdd(borrowed.Descriptor, in value);
    }

    /// <summary>Deletes the value of a cgroup.</summary>
    /// <param name="cgroup">What owns a descriptor of the directory of the cgroup.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">The descriptor is of no cgroup, or the kernel refused.</exception>
    public bool Remove(SafeHandle cgroup)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        using BorrowedDescriptor borrowed = cgroup.Borrow();
        return _values.Remove(borrowed.Descriptor);
    }

    object IMapView.Open(BpfMap map) => map.AsCgrpStorage<TValue>();
}
