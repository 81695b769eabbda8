using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents values that the kernel keeps for sockets, files, tasks or cgroups, and frees with them: the base of
/// <see cref="BpfSkStorage{TValue}"/>, <see cref="BpfInodeStorage{TValue}"/>, <see cref="BpfTaskStorage{TValue}"/> and
/// <see cref="BpfCgrpStorage{TValue}"/>.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. The values cannot be enumerated. Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TOwner">The type that identifies the owner of a value: a path, an id, a socket.</typeparam>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public abstract class BpfLocalStorage<TOwner, [DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    // To the kernel a descriptor is the key.
    private readonly BpfMap<int, TValue> _values;

    private protected BpfLocalStorage(BpfMap map) => _values = new BpfMap<int, TValue>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _values.Map;

    /// <summary>Gets the value of an owner.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="value">The value; <c>default</c> if there is none.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>Whether the owner has a value.</returns>
    /// <exception cref="BpfException">The owner does not exist, the kernel keeps no values for it, or refused.</exception>
    public bool TryGetValue(TOwner owner, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        using OwnerDescriptor key = Open(owner);
        return _values.TryGetValue(key.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of an owner.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether a value may or must exist already.</param>
    /// <exception cref="BpfException">
    /// The owner does not exist, the kernel keeps no values for it, <paramref name="flags"/> do not allow it, or the kernel
    /// refused.
    /// </exception>
    public void Update(TOwner owner, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        using OwnerDescriptor key = Open(owner);
        _values.Update(key.Descriptor, in value, flags);
    }

    /// <summary>Adds the value of an owner, if it has none.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether the value was added; <c>false</c> if the owner has one.</returns>
    /// <exception cref="BpfException">The owner does not exist, the kernel keeps no values for it, or refused.</exception>
    public bool TryAdd(TOwner owner, in TValue value)
    {
        using OwnerDescriptor key = Open(owner);
        return _values.TryAdd(key.Descriptor, in value);
    }

    /// <summary>Removes the value of an owner.</summary>
    /// <param name="owner">The owner.</param>
    /// <returns>Whether the owner had a value.</returns>
    /// <exception cref="BpfException">The owner does not exist, the kernel keeps no values with it, or refused.</exception>
    public bool Remove(TOwner owner)
    {
        using OwnerDescriptor key = Open(owner);
        return _values.Remove(key.Descriptor);
    }

    /// <summary>Gets the value of the owner to which a descriptor belongs.</summary>
    /// <param name="owner">
    /// The descriptor: of a file or socket, of the directory of a cgroup, or of a task from pidfd_open(2).
    /// </param>
    /// <param name="value">The value; <c>default</c> if there is none.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <inheritdoc cref="TryGetValue(TOwner, out TValue, MapLookupFlags)"/>
    public bool TryGetValue(SafeHandle owner, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        ArgumentNullException.ThrowIfNull(owner);
        using BorrowedDescriptor key = owner.Borrow();
        return _values.TryGetValue(key.Descriptor, out value, flags);
    }

    /// <summary>Writes the value of the owner to which a descriptor belongs.</summary>
    /// <param name="owner">As for <see cref="TryGetValue(SafeHandle, out TValue, MapLookupFlags)"/>.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether a value may or must exist already.</param>
    /// <inheritdoc cref="Update(TOwner, in TValue, MapUpdateFlags)"/>
    public void Update(SafeHandle owner, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(owner);
        using BorrowedDescriptor key = owner.Borrow();
        _values.Update(key.Descriptor, in value, flags);
    }

    /// <summary>Adds the value of the owner to which a descriptor belongs, if it has none.</summary>
    /// <param name="owner">As for <see cref="TryGetValue(SafeHandle, out TValue, MapLookupFlags)"/>.</param>
    /// <param name="value">The value.</param>
    /// <inheritdoc cref="TryAdd(TOwner, in TValue)"/>
    public bool TryAdd(SafeHandle owner, in TValue value)
    {
        ArgumentNullException.ThrowIfNull(owner);
        using BorrowedDescriptor key = owner.Borrow();
        return _values.TryAdd(key.Descriptor, in value);
    }

    /// <summary>Removes the value of the owner to which a descriptor belongs.</summary>
    /// <param name="owner">As for <see cref="TryGetValue(SafeHandle, out TValue, MapLookupFlags)"/>.</param>
    /// <inheritdoc cref="Remove(TOwner)"/>
    public bool Remove(SafeHandle owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        using BorrowedDescriptor key = owner.Borrow();
        return _values.Remove(key.Descriptor);
    }

    object IMapView.Open(BpfMap map) => OpenAnother(map);

    /// <summary>Makes a view of the same type of another map.</summary>
    private protected abstract object OpenAnother(BpfMap map);

    /// <summary>Gets a descriptor of an owner, for the time of one call.</summary>
    private protected abstract OwnerDescriptor Open(TOwner owner);
}

/// <summary>A descriptor of the owner of a value: opened for one call, or borrowed for it.</summary>
internal readonly ref struct OwnerDescriptor
{
    private readonly PassingDescriptor _opened;
    private readonly BorrowedDescriptor _borrowed;
    private readonly bool _isOpened;

    public OwnerDescriptor(PassingDescriptor opened)
    {
        _opened = opened;
        _isOpened = true;
    }

    public OwnerDescriptor(BorrowedDescriptor borrowed) => _borrowed = borrowed;

    public int Descriptor => _isOpened ? _opened.Descriptor : _borrowed.Descriptor;

    public void Dispose()
    {
        if (_isOpened) _opened.Dispose();
        else _borrowed.Dispose();
    }
}
