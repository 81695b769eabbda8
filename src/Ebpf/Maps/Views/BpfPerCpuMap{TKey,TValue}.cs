using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <summary>
/// Represents a map with one value for each CPU under every key, so that programs can count without disturbing each other. See
/// <see cref="BpfMap.AsPerCpu{TKey, TValue}"/>.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. There is a value for each CPU that the machine can ever have, in the
/// order of <see cref="Cpus"/>, including those that are offline. Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TKey">The type of keys, with the layout that the BPF program uses.</typeparam>
/// <typeparam name="TValue">The type of one CPU's value, with the layout that the BPF program uses.</typeparam>
public sealed unsafe partial class BpfPerCpuMap<
    [DynamicallyAccessedMembers(ManagedLayout.Fields)] TKey,
    [DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : IMapView
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>What a value takes: in the kernel each CPU's value begins at a multiple of 8 bytes.</summary>
    private static readonly int Stride = MapKinds.PerCpuStride(sizeof(TValue));

    internal BpfPerCpuMap(BpfMap map) => Map = map;

    /// <summary>Gets the map.</summary>
    public BpfMap Map { get; }

    /// <summary>Gets the number of values of each element, which is that of the possible CPUs.</summary>
    public int CpuCount => Map.CpuCount;

    /// <summary>Gets the numbers of the CPUs to which the values belong: almost always 0, 1, 2 and so on.</summary>
    public IReadOnlyList<int> Cpus => Kernel.KernelFacts.Of(Map.Kernel).PossibleCpus;

    /// <summary>Gets or sets the values under a key. Setting adds the element, or replaces the one that is there.</summary>
    /// <param name="key">The key; the index, in an array.</param>
    /// <exception cref="KeyNotFoundException">Getting: there is no element under this key.</exception>
    /// <exception cref="ArgumentException">Setting: there are not <see cref="CpuCount"/> values.</exception>
    /// <exception cref="BpfException">The map is full, or the kernel refused for another reason.</exception>
    [SuppressMessage("Performance", "CA1819", Justification = "Each get is a look-up in the kernel, into an array of its own.")]
    public TValue[] this[in TKey key]
    {
        get
        {
            TValue[] values = new TValue[CpuCount];
            if (!TryGetValues(in key, values)) ThrowNotFound(key);
            return values;
        }
        set => Update(in key, value);
    }

    /// <summary>Gets the values of all CPUs.</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">Receives exactly <see cref="CpuCount"/> values; unchanged if there is no element.</param>
    /// <returns>Whether the map holds <paramref name="key"/>.</returns>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool TryGetValues(in TKey key, Span<TValue> perCpu) => Read(in key, perCpu, deletes: false);

    /// <summary>Writes the values of all CPUs.</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">Exactly <see cref="CpuCount"/> values.</param>
    /// <param name="flags">Whether the element may or must exist already.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="BpfException">
    /// The map is full, <paramref name="flags"/> do not allow it, or the kernel refused for another reason.
    /// </exception>
    public void Update(in TKey key, ReadOnlySpan<TValue> perCpu, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        Errno error = Write(in key, perCpu, flags);
        if (error != Errno.None) Map.ThrowFailed("update", error);
    }

    /// <summary>Adds an element, if there is none under its key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">Exactly <see cref="CpuCount"/> values.</param>
    /// <returns>Whether it was added; always <c>false</c> for arrays, whose elements are all there.</returns>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="BpfException">The map is full, or the kernel refused for another reason.</exception>
    public bool TryAdd(in TKey key, ReadOnlySpan<TValue> perCpu) =>
        Map.Added(Write(in key, perCpu, MapUpdateFlags.NoExist));

    /// <summary>Removes one element.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="BpfException">The kernel refused: elements of arrays, for example, cannot be removed.</exception>
    public bool Remove(in TKey key)
    {
        fixed (TKey* keyPointer = &key) return Map.Found(Map.Kernel.DeleteElement(Map.Handle, keyPointer), "remove");
    }

    /// <summary>Gets the values of one element and removes the element; see <see cref="BpfMap.TryRemove"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">Receives exactly <see cref="CpuCount"/> values; unchanged if there is no element.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool TryRemove(in TKey key, Span<TValue> perCpu) => Read(in key, perCpu, deletes: true);

    /// <summary>Returns whether there is an element under a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool ContainsKey(in TKey key)
    {
        byte[] slots = ArrayPool<byte>.Shared.Rent(Map.ValueBufferSize);
        try
        {
            fixed (TKey* keyPointer = &key)
            fixed (byte* pointer = slots)
                return Read(keyPointer, pointer, deletes: false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(slots);
        }
    }

    /// <summary>Returns the number of elements. It walks over them, since the kernel does not tell how many there are.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public long Count() => Map.CountElements();

    /// <summary>Removes all elements; sets the elements of an array to zero.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.Clear();

    /// <summary>
    /// Enumerates the elements, in the order of the kernel, as <see cref="BpfMap{TKey, TValue}.GetEnumerator"/> does.
    /// </summary>
    public Enumerator GetEnumerator() => new(new MapWalk(Map), CpuCount);

    object IMapView.Open(BpfMap map) => map.AsPerCpu<TKey, TValue>();

    private static void Unpack(ReadOnlySpan<byte> slots, Span<TValue> values)
    {
        for (int i = 0; i < values.Length; i++) values[i] = MemoryMarshal.Read<TValue>(slots[(i * Stride)..]);
    }

    private static void Pack(ReadOnlySpan<TValue> values, Span<byte> slots)
    {
        slots.Clear();
        for (int i = 0; i < values.Length; i++) MemoryMarshal.Write(slots[(i * Stride)..], in values[i]);
    }

    private bool Read(in TKey key, Span<TValue> perCpu, bool deletes)
    {
        CheckCount(perCpu.Length, nameof(perCpu));
        fixed (TKey* keyPointer = &key)
        fixed (TValue* direct = perCpu)
        {
            if (Stride == sizeof(TValue)) return Read(keyPointer, direct, deletes);
            byte[] slots = ArrayPool<byte>.Shared.Rent(Map.ValueBufferSize);
            try
            {
                fixed (byte* pointer = slots)
                {
                    if (!Read(keyPointer, pointer, deletes)) return false;
                }

                Unpack(slots, perCpu);
                return true;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(slots);
            }
        }
    }

    private bool Read(TKey* key, void* slots, bool deletes) => deletes
        ? Map.LookupAndDelete(key, slots, MapLookupFlags.None)
        : Map.Found(Map.Kernel.LookupElement(Map.Handle, key, slots, 0), "look up");

    private Errno Write(in TKey key, ReadOnlySpan<TValue> perCpu, MapUpdateFlags flags)
    {
        CheckCount(perCpu.Length, nameof(perCpu));
        fixed (TKey* keyPointer = &key)
        fixed (TValue* direct = perCpu)
        {
            if (Stride == sizeof(TValue))
                return Map.Kernel.UpdateElement(Map.Handle, keyPointer, direct, (ulong)flags);
            byte[] slots = ArrayPool<byte>.Shared.Rent(Map.ValueBufferSize);
            try
            {
                Span<byte> packed = slots.AsSpan(0, Map.ValueBufferSize);
                Pack(perCpu, packed);
                fixed (byte* pointer = packed)
                    return Map.Kernel.UpdateElement(Map.Handle, keyPointer, pointer, (ulong)flags);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(slots);
            }
        }
    }

    private void CheckCount(int length, string parameter)
    {
        if (length != CpuCount) ThrowCount(length, parameter);
    }

    [DoesNotReturn]
    private void ThrowCount(int length, string parameter) => throw new ArgumentException(
        $"Map \"{Map.Name}\" has a value for each of {CpuCount} CPUs; the span has {length}.", parameter);

    [DoesNotReturn]
    private void ThrowNotFound(TKey key) =>
        throw new KeyNotFoundException($"Map \"{Map.Name}\" has no element under the key {key}.");
}
