using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Ebpf;

/// <content>Many elements in one system call.</content>
public sealed unsafe partial class BpfPerCpuMap<TKey, TValue>
{
    /// <summary>Reads the next elements of a walk; see <see cref="BpfMap.ReadBatch"/>.</summary>
    /// <param name="cursor">A cursor from <see cref="BpfMap.CreateCursor"/>, which is advanced.</param>
    /// <param name="keys">Receives the keys.</param>
    /// <param name="perCpu">
    /// Receives the values, <see cref="CpuCount"/> for each key: those of the first key, then those of the second one, and so on.
    /// </param>
    /// <returns>The number of elements that were read; 0 only at the end of the walk.</returns>
    /// <exception cref="ArgumentException">
    /// A span is too short for one element, or the cursor belongs to another map.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused; see <see cref="BpfMap.ReadBatch"/>.</exception>
    public int ReadBatch(MapCursor cursor, Span<TKey> keys, Span<TValue> perCpu) =>
        ReadNext(cursor, keys, perCpu, removes: false);

    /// <summary>
    /// Reads the next elements of a walk and removes them; see
    /// <see cref="BpfMap.RemoveBatch(MapCursor, Span{byte}, Span{byte}, MapLookupFlags)"/>.
    /// </summary>
    /// <inheritdoc cref="ReadBatch"/>
    public int RemoveBatch(MapCursor cursor, Span<TKey> keys, Span<TValue> perCpu) =>
        ReadNext(cursor, keys, perCpu, removes: true);

    /// <summary>Writes many elements; see <see cref="BpfMap.UpdateBatch"/>.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="perCpu">The values, <see cref="CpuCount"/> for each key, in the order of <see cref="ReadBatch"/>.</param>
    /// <param name="flags">Whether the elements may or must exist already.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the number of keys.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused.
    /// </exception>
    public void UpdateBatch(
        ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> perCpu, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        if (perCpu.Length != (long)keys.Length * CpuCount) ThrowBatch(keys.Length, perCpu.Length, nameof(perCpu));
        if (Stride == sizeof(TValue))
        {
            Map.UpdateBatch(MemoryMarshal.AsBytes(keys), MemoryMarshal.AsBytes(perCpu), flags);
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(perCpu.Length * Stride));
        try
        {
            Span<byte> slots = buffer.AsSpan(0, perCpu.Length * Stride);
            Pack(perCpu, slots);
            Map.UpdateBatch(MemoryMarshal.AsBytes(keys), slots, flags);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Removes many elements; see <see cref="BpfMap.RemoveBatch(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="keys">The keys; those that are not in the map are skipped.</param>
    /// <returns>The number of elements that existed and were removed.</returns>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public int RemoveBatch(ReadOnlySpan<TKey> keys) => Map.RemoveBatch(MemoryMarshal.AsBytes(keys));

    private int ReadNext(MapCursor cursor, Span<TKey> keys, Span<TValue> perCpu, bool removes)
    {
        if (Stride == sizeof(TValue)) return ReadSlots(cursor, keys, MemoryMarshal.AsBytes(perCpu), removes);
        int room = Math.Min(keys.Length, perCpu.Length / CpuCount);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(Math.Max(room, 1) * Map.ValueBufferSize));
        try
        {
            int count = ReadSlots(cursor, keys, buffer.AsSpan(0, room * Map.ValueBufferSize), removes);
            Unpack(buffer, perCpu[..(count * CpuCount)]);
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int ReadSlots(MapCursor cursor, Span<TKey> keys, Span<byte> slots, bool removes)
    {
        Span<byte> keyBytes = MemoryMarshal.AsBytes(keys);
        return removes
            ? Map.RemoveBatch(cursor, keyBytes, slots)
            : Map.ReadBatch(cursor, keyBytes, slots);
    }

    [DoesNotReturn]
    private void ThrowBatch(int keys, int values, string parameter) => throw new ArgumentException(
        $"Map \"{Map.Name}\" has a value for each of {CpuCount} CPUs: {(long)keys * CpuCount} for {keys} keys, not {values}.",
        parameter);
}
