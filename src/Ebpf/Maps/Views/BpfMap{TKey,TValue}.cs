using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <summary>
/// Represents a map with keys and values of .NET types: a hash table or the like. See <see cref="BpfMap.As{TKey, TValue}"/>; for arrays
/// also <see cref="BpfArray{TValue}"/>.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own; any number of them can be created. Keys and values go to the kernel
/// where they are, without a copy and without allocation. Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TKey">The type of keys, with the layout that the BPF program uses.</typeparam>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
[SuppressMessage("Naming", "CA1710", Justification = "What the field calls a map.")]
public sealed unsafe class BpfMap<
    [DynamicallyAccessedMembers(ManagedLayout.Fields)] TKey,
    [DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : IEnumerable<KeyValuePair<TKey, TValue>>, IMapView
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly LinuxKernel _kernel;
    private readonly BpfHandle _handle;

    internal BpfMap(BpfMap map)
    {
        Map = map;
        _kernel = map.Kernel;
        _handle = map.Handle;
    }

    /// <summary>Gets the map.</summary>
    public BpfMap Map { get; }

    /// <summary>Gets or sets the element under a key. Setting adds the element, or replaces the one that is there.</summary>
    /// <param name="key">The key; the index, in an array.</param>
    /// <exception cref="KeyNotFoundException">Getting: there is no element under this key.</exception>
    /// <exception cref="BpfException">The map is full, or the kernel refused for another reason.</exception>
    public TValue this[in TKey key]
    {
        get
        {
            if (!TryGetValue(in key, out TValue value)) ThrowNotFound(key);
            return value;
        }
        set => Update(in key, in value);
    }

    /// <summary>Gets the value of one element.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; <c>default</c> if there is no element.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>Whether the map holds <paramref name="key"/>.</returns>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool TryGetValue(in TKey key, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        value = default;
        fixed (TKey* keyPointer = &key)
        fixed (TValue* valuePointer = &value)
            return Map.Found(_kernel.LookupElement(_handle, keyPointer, valuePointer, (ulong)flags), "look up");
    }

    /// <summary>Returns whether there is an element under a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool ContainsKey(in TKey key) => TryGetValue(in key, out _);

    /// <summary>Writes one element.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Whether the element may or must exist already.</param>
    /// <exception cref="BpfException">
    /// The map is full, <paramref name="flags"/> do not allow it, or the kernel refused for another reason.
    /// </exception>
    public void Update(in TKey key, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        fixed (TKey* keyPointer = &key)
        fixed (TValue* valuePointer = &value)
        {
            Errno error = _kernel.UpdateElement(_handle, keyPointer, valuePointer, (ulong)flags);
            if (error != Errno.None) Map.ThrowFailed("update", error);
        }
    }

    /// <summary>Adds an element, if there is none under its key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added; always <c>false</c> for arrays, whose elements are all there.</returns>
    /// <exception cref="BpfException">The map is full, or the kernel refused for another reason.</exception>
    public bool TryAdd(in TKey key, in TValue value)
    {
        fixed (TKey* keyPointer = &key)
        fixed (TValue* valuePointer = &value)
        {
            return Map.Added(
                _kernel.UpdateElement(_handle, keyPointer, valuePointer, (ulong)MapUpdateFlags.NoExist));
        }
    }

    /// <summary>Removes one element.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="BpfException">The kernel refused: elements of arrays, for example, cannot be removed.</exception>
    public bool Remove(in TKey key)
    {
        fixed (TKey* keyPointer = &key) return Map.Found(_kernel.DeleteElement(_handle, keyPointer), "remove");
    }

    /// <summary>Gets the value of one element and removes the element; see <see cref="BpfMap.TryRemove"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value of the element that was removed; <c>default</c> if there is none.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool TryRemove(in TKey key, out TValue value, MapLookupFlags flags = MapLookupFlags.None)
    {
        value = default;
        fixed (TKey* keyPointer = &key)
        fixed (TValue* valuePointer = &value)
            return Map.LookupAndDelete(keyPointer, valuePointer, flags);
    }

    /// <summary>Reads the next elements of a walk; see <see cref="BpfMap.ReadBatch"/>.</summary>
    /// <param name="cursor">A cursor from <see cref="BpfMap.CreateCursor"/>, which is advanced.</param>
    /// <param name="keys">Receives the keys.</param>
    /// <param name="values">Receives the values; as long as <paramref name="keys"/>.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>The number of elements that were read; 0 only at the end of the walk.</returns>
    /// <exception cref="ArgumentException">
    /// A span is too short for one element, or the cursor belongs to another map.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused; see <see cref="BpfMap.ReadBatch"/>.</exception>
    public int ReadBatch(
        MapCursor cursor, Span<TKey> keys, Span<TValue> values, MapLookupFlags flags = MapLookupFlags.None) =>
        Map.ReadBatch(cursor, MemoryMarshal.AsBytes(keys), MemoryMarshal.AsBytes(values), flags);

    /// <summary>
    /// Reads the next elements of a walk and removes them; see
    /// <see cref="BpfMap.RemoveBatch(MapCursor, Span{byte}, Span{byte}, MapLookupFlags)"/>.
    /// </summary>
    /// <inheritdoc cref="ReadBatch"/>
    public int RemoveBatch(
        MapCursor cursor, Span<TKey> keys, Span<TValue> values, MapLookupFlags flags = MapLookupFlags.None) =>
        Map.RemoveBatch(cursor, MemoryMarshal.AsBytes(keys), MemoryMarshal.AsBytes(values), flags);

    /// <summary>Writes many elements; see <see cref="BpfMap.UpdateBatch"/>.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="values">As many values.</param>
    /// <param name="flags">Whether the elements may or must exist already.</param>
    /// <exception cref="ArgumentException">There are not as many values as keys.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused.
    /// </exception>
    public void UpdateBatch(
        ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values, MapUpdateFlags flags = MapUpdateFlags.Any) =>
        Map.UpdateBatch(MemoryMarshal.AsBytes(keys), MemoryMarshal.AsBytes(values), flags);

    /// <summary>Removes many elements; see <see cref="BpfMap.RemoveBatch(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="keys">The keys; those that are not in the map are skipped.</param>
    /// <returns>The number of elements that existed and were removed.</returns>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public int RemoveBatch(ReadOnlySpan<TKey> keys) => Map.RemoveBatch(MemoryMarshal.AsBytes(keys));

    /// <summary>Returns the number of elements. It walks over them, since the kernel does not tell how many there are.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public long Count() => Map.CountElements();

    /// <summary>Removes all elements; sets the elements of an array to zero.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.Clear();

    /// <summary>
    /// Enumerates the elements, in the order of the kernel. Elements may be added, changed and removed meanwhile; see
    /// <see cref="BpfMap.ReadBatch"/> for what that means. Nothing is allocated for an element.
    /// </summary>
    public Enumerator GetEnumerator() => new(new MapWalk(Map));

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => map.As<TKey, TValue>();

    [DoesNotReturn]
    private void ThrowNotFound(TKey key) =>
        throw new KeyNotFoundException($"Map \"{Map.Name}\" has no element under the key {key}.");

    /// <summary>Enumerates the elements of a map.</summary>
    public struct Enumerator : IEnumerator<KeyValuePair<TKey, TValue>>
    {
        private readonly MapWalk _walk;

        internal Enumerator(MapWalk walk) => _walk = walk;

        /// <summary>Gets the current element.</summary>
        public readonly KeyValuePair<TKey, TValue> Current => new(_walk.Key<TKey>(), _walk.Value<TValue>());

        readonly object IEnumerator.Current => Current;

        /// <summary>Advances to the next element.</summary>
        /// <returns>Whether there is one.</returns>
        /// <exception cref="BpfException">The kernel refused.</exception>
        public readonly bool MoveNext() => _walk.MoveNext();

        /// <summary>Not supported.</summary>
        /// <exception cref="NotSupportedException">Always. Get another enumerator instead.</exception>
        public readonly void Reset() => throw new NotSupportedException("Get another enumerator instead.");

        /// <summary>Releases the buffer of the enumeration.</summary>
        public readonly void Dispose() => _walk.Dispose();
    }
}
