using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents an array, all of whose elements exist from the start: they can be read and written, but not added or removed. See
/// <see cref="BpfMap.AsArray{TValue}"/>. Since Linux 3.19.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. Elements go to the kernel where they are, without a copy and without allocation.
/// Those of an array with <see cref="MapFlags.Mmapable"/> can be accessed without system calls: <see cref="BpfMap.AsSpan{T}"/>.
/// Enumerating returns the indices with their values. Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TValue">The type of elements, with the layout that the BPF program uses.</typeparam>
public sealed class BpfArray<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : IEnumerable<KeyValuePair<uint, TValue>>, IMapView
    where TValue : unmanaged
{
    private readonly BpfMap<uint, TValue> _elements;

    internal BpfArray(BpfMap map) => _elements = new BpfMap<uint, TValue>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _elements.Map;

    /// <summary>Gets the number of elements.</summary>
    public uint Length => Map.MaxEntries;

    /// <summary>Gets or sets an element.</summary>
    /// <param name="index">The index, below <see cref="Length"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not below <see cref="Length"/>.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public TValue this[uint index]
    {
        get => Get(index);
        set => Update(index, in value);
    }

    /// <summary>Gets an element.</summary>
    /// <param name="index">The index, below <see cref="Length"/>.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not below <see cref="Length"/>.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public TValue Get(uint index, MapLookupFlags flags = MapLookupFlags.None)
    {
        CheckIndex(index);
        _elements.TryGetValue(in index, out TValue value, flags);
        return value;
    }

    /// <summary>Sets an element.</summary>
    /// <param name="index">The index, below <see cref="Length"/>.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">
    /// Options: <see cref="MapUpdateFlags.Lock"/>. <see cref="MapUpdateFlags.NoExist"/> always fails, since all elements exist.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not below <see cref="Length"/>.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Update(uint index, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        CheckIndex(index);
        _elements.Update(in index, in value, flags);
    }

    /// <summary>Reads the next elements of a walk; see <see cref="BpfMap.ReadBatch"/>.</summary>
    /// <param name="cursor">A cursor from <see cref="BpfMap.CreateCursor"/>, which is advanced.</param>
    /// <param name="indices">Receives the indices, in ascending order.</param>
    /// <param name="values">Receives the values; as long as <paramref name="indices"/>.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>The number of elements that were read; 0 only at the end of the walk.</returns>
    /// <exception cref="ArgumentException">
    /// A span is too short for one element, or the cursor belongs to another map.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public int ReadBatch(
        MapCursor cursor, Span<uint> indices, Span<TValue> values, MapLookupFlags flags = MapLookupFlags.None) =>
        _elements.ReadBatch(cursor, indices, values, flags);

    /// <summary>Writes many elements; see <see cref="BpfMap.UpdateBatch"/>.</summary>
    /// <param name="indices">The indices, below <see cref="Length"/>.</param>
    /// <param name="values">As many values.</param>
    /// <param name="flags">Options, as for <see cref="Update"/>.</param>
    /// <exception cref="ArgumentException">There are not as many values as indices.</exception>
    /// <exception cref="MapException">
    /// An index is not below <see cref="Length"/>, or the kernel refused for another reason. <see cref="MapException.Completed"/> is the
    /// number of elements that were written before.
    /// </exception>
    public void UpdateBatch(
        ReadOnlySpan<uint> indices, ReadOnlySpan<TValue> values, MapUpdateFlags flags = MapUpdateFlags.Any) =>
        _elements.UpdateBatch(indices, values, flags);

    /// <summary>Sets all elements to zero.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.Clear();

    /// <summary>Enumerates the indices, in ascending order, with their values. Nothing is allocated for an element.</summary>
    public BpfMap<uint, TValue>.Enumerator GetEnumerator() => _elements.GetEnumerator();

    IEnumerator<KeyValuePair<uint, TValue>> IEnumerable<KeyValuePair<uint, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => map.AsArray<TValue>();

    private void CheckIndex(uint index)
    {
        if (index >= Length) ThrowOutOfRange(index);
    }

    [DoesNotReturn]
    private void ThrowOutOfRange(uint index) => throw new ArgumentOutOfRangeException(
        nameof(index), index, $"Array \"{Map.Name}\" has {Length} {(Length == 1 ? "element" : "elements")}.");
}
