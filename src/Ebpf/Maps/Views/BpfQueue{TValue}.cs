using System.Diagnostics.CodeAnalysis;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>Represents a queue: first in, first out. See <see cref="BpfMap.AsQueue{TValue}"/>. Since Linux 4.20.</summary>
/// <remarks>
/// This is a view, which holds no resources of its own. Only the next value can be read, and the number of values is not known.
/// Safe for use by several threads and programs at once: each value is popped once.
/// </remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfQueue<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    private readonly KeylessElements<TValue> _values;

    internal BpfQueue(BpfMap map) => _values = new KeylessElements<TValue>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _values.Map;

    /// <summary>Adds a value at the end.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfException">
    /// The queue is full (<see cref="Errno.E2BIG"/>), or the kernel refused for another reason.
    /// </exception>
    public void Push(in TValue value) => _values.Push(in value, MapUpdateFlags.Any);

    /// <summary>Adds a value at the end, unless the queue is full.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public bool TryPush(in TValue value) => _values.TryPush(in value);

    /// <summary>Adds a value at the end. If the queue is full, the oldest value is dropped (<c>BPF_EXIST</c>).</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void PushOverwriting(in TValue value) => _values.Push(in value, MapUpdateFlags.Exist);

    /// <summary>Removes the oldest value and returns it.</summary>
    /// <exception cref="InvalidOperationException">The queue is empty.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public TValue Pop() => _values.Pop();

    /// <summary>Removes the oldest value and returns it, if there is one.</summary>
    /// <param name="value">The value; <c>default</c> if there is none.</param>
    /// <returns>Whether there was a value.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryPop(out TValue value) => _values.TryPop(out value);

    /// <summary>Returns the oldest value without removing it.</summary>
    /// <exception cref="InvalidOperationException">The queue is empty.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public TValue Peek() => _values.Peek();

    /// <summary>Gets the oldest value without removing it, if there is one.</summary>
    /// <param name="value">The value; <c>default</c> if there is none.</param>
    /// <returns>Whether there is a value.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryPeek(out TValue value) => _values.TryPeek(out value);

    /// <summary>Removes all values; at most as many as the queue can hold, if others push meanwhile.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => _values.Clear();

    object IMapView.Open(BpfMap map) => map.AsQueue<TValue>();
}
