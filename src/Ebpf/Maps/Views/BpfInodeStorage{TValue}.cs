using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Values that belong to files, directories and the like. See <see cref="BpfMap.AsInodeStorage{TValue}"/>. Since Linux
/// 5.10.
/// </summary>
/// <remarks>
/// A view: it holds no resources but the map's. The values cannot be listed: the kernel keeps each with its inode, and
/// frees it with it. Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfInodeStorage<[DynamicallyAccessedMembers(IMapView.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    // To the kernel a descriptor is the key.
    private readonly BpfMap<int, TValue> _values;

    internal BpfInodeStorage(BpfMap map) => _values = new BpfMap<int, TValue>(map);

    /// <summary>The map itself.</summary>
    public BpfMap Map => _values.Map;

    /// <summary>Reads the value of a file.</summary>
    /// <param name="path">The path of the file; symbolic links are followed.</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">There is no such file, or the kernel refused.</exception>
    public bool TryGetValue(string path, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        using PassingDescriptor file = PassingDescriptor.OpenPath(Map.Kernel, path);
        return _values.TryGetValue(file.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of a file.</summary>
    /// <param name="path">The path of the file; symbolic links are followed.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether there may, or must, be a value already.</param>
    /// <exception cref="BpfException">
    /// There is no such file, <paramref name="flags"/> forbids it, or the kernel refused for another reason.
    /// </exception>
    public void Update(string path, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        using PassingDescriptor file = PassingDescriptor.OpenPath(Map.Kernel, path);
        _values.Update(file.Descriptor, in value, flags);
    }

    /// <summary>Gives a file a value, if it has none.</summary>
    /// <param name="path">The path of the file; symbolic links are followed.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it had none.</returns>
    /// <exception cref="BpfException">There is no such file, or the kernel refused.</exception>
    public bool TryAdd(string path, in TValue value)
    {
        using PassingDescriptor file = PassingDescriptor.OpenPath(Map.Kernel, path);
        return _values.TryAdd(file.Descriptor, in value);
    }

    /// <summary>Deletes the value of a file.</summary>
    /// <param name="path">The path of the file; symbolic links are followed.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">There is no such file, or the kernel refused.</exception>
    public bool Remove(string path)
    {
        using PassingDescriptor file = PassingDescriptor.OpenPath(Map.Kernel, path);
        return _values.Remove(file.Descriptor);
    }

    /// <summary>Reads the value of a file.</summary>
    /// <param name="file">What owns a descriptor of the file.</param>
    /// <param name="value">The value; <c>default</c> when there is none.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">The descriptor is closed, or the kernel refused.</exception>
    public bool TryGetValue(SafeHandle file, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        ArgumentNullException.ThrowIfNull(file);
        using BorrowedDescriptor borrowed = file.Borrow();
        return _values.TryGetValue(borrowed.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of a file.</summary>
    /// <param name="file">What owns a descriptor of the file.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether there may, or must, be a value already.</param>
    /// <exception cref="BpfException">
    /// The descriptor is closed, <paramref name="flags"/> forbids it, or the kernel refused for another reason.
    /// </exception>
    public void Update(SafeHandle file, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(file);
        using BorrowedDescriptor borrowed = file.Borrow();
        _values.Update(borrowed.Descriptor, in value, flags);
    }

    /// <summary>Gives a file a value, if it has none.</summary>
    /// <param name="file">What owns a descriptor of the file.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it had none.</returns>
    /// <exception cref="BpfException">The descriptor is closed, or the kernel refused.</exception>
    public bool TryAdd(SafeHandle file, in TValue value)
    {
        ArgumentNullException.ThrowIfNull(file);
        using BorrowedDescriptor borrowed = file.Borrow();
        return _values.TryAdd(borrowed.Descriptor, in value);
    }

    /// <summary>Deletes the value of a file.</summary>
    /// <param name="file">What owns a descriptor of the file.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">The descriptor is closed, or the kernel refused.</exception>
    public bool Remove(SafeHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using BorrowedDescriptor borrowed = file.Borrow();
        return _values.Remove(borrowed.Descriptor);
    }

    object IMapView.Open(BpfMap map) => map.AsInodeStorage<TValue>();
}
