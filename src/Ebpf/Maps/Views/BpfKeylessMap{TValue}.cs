using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents a map of values without keys: the base of <see cref="BpfQueue{TValue}"/>, whose next value is the oldest one, and of
/// <see cref="BpfStack{TValue}"/>, whose next value is the newest one. Since Linux 4.20.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. Only the next value can be read, and the number of values is not known. Safe
/// for use by several threads and programs at once: each value is popped once.
/// </remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public abstract unsafe class BpfKeylessMap<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    private protected BpfKeylessMap(BpfMap map) => Map = map;

    /// <summary>Gets the map.</summary>
    public BpfMap Map { get; }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="MapException">The map is full.</exception>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public void Push(in TValue value)
    {
        Errno error = Write(in value, MapUpdateFlags.Any);
        if (error != Errno.None) Map.ThrowFailed("push", error);
    }

    /// <summary>Adds a value, unless the map is full.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether the value was added.</returns>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public bool TryPush(in TValue value)
    {
        Errno error = Write(in value, MapUpdateFlags.Any);
        if (error == Errno.E2BIG) return false;
        if (error != Errno.None) Map.ThrowFailed("push", error);
        return true;
    }

    /// <summary>Adds a value. If the map is full, its oldest value is dropped (<c>BPF_EXIST</c>).</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void PushOverwriting(in TValue value)
    {
        Errno error = Write(in value, MapUpdateFlags.Exist);
        if (error != Errno.None) Map.ThrowFailed("push", error);
    }

    /// <summary>Removes the next value and returns it.</summary>
    /// <exception cref="InvalidOperationException">The map is empty.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public TValue Pop() => TryPop(out TValue value) ? value : throw Empty();

    /// <summary>Removes the next value and returns it, if there is one.</summary>
    /// <param name="value">The value; <c>default</c> if there is none.</param>
    /// <returns>Whether there was a value.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryPop(out TValue value)
    {
        value = default;
        fixed (TValue* pointer = &value)
            return Map.Found(Map.Kernel.LookupAndDeleteElement(Map.Handle, null, pointer, 0), "pop");
    }

    /// <summary>Returns the next value without removing it.</summary>
    /// <exception cref="InvalidOperationException">The map is empty.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public TValue Peek() => TryPeek(out TValue value) ? value : throw Empty();

    /// <summary>Gets the next value without removing it, if there is one.</summary>
    /// <param name="value">The value; <c>default</c> if there is none.</param>
    /// <returns>Whether there is a value.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryPeek(out TValue value)
    {
        value = default;
        fixed (TValue* pointer = &value) return Map.Found(Map.Kernel.LookupElement(Map.Handle, null, pointer, 0), "peek");
    }

    /// <summary>Removes all values; at most as many as the map can hold, if others push meanwhile.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear()
    {
        for (uint i = 0; i < Map.MaxEntries && TryPop(out _); i++)
        {
        }
    }

    object IMapView.Open(BpfMap map) => OpenAnother(map);

    /// <summary>Makes a view of the same type of another map.</summary>
    private protected abstract object OpenAnother(BpfMap map);

    private Errno Write(in TValue value, MapUpdateFlags flags)
    {
        fixed (TValue* pointer = &value) return Map.Kernel.UpdateElement(Map.Handle, null, pointer, (ulong)flags);
    }

    private InvalidOperationException Empty() => new($"{Map.Type} \"{Map.Name}\" is empty.");
}
