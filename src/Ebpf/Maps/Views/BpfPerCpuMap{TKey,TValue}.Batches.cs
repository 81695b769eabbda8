using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Ebpf;

/// <content>Many elements in one system call.</content>
public sealed unsafe partial class BpfPerCpuMap<TKey, TValue>
{
    /// <summary>Reads the next elements of a walk; see <see cref="BpfMap.LookupBatch"/>.</summary>
    /// <param name="cursor">From <see cref="BpfMap.CreateCursor"/>; moved on.</param>
    /// <param name="keys">Room for keys.</param>
    /// <param name="perCpu">
    /// Room for <see cref="CpuCount"/> times as many values: those of the first key, then those of the second, and so on.
    /// </param>
    /// <returns>How many elements were read; 0 only at the end.</returns>
    /// <exception cref="ArgumentException">
    /// A span has no room for one element, or the cursor is of another map.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused; see <see cref="BpfMap.LookupBatch"/>.</exception>
    public int LookupBatch(MapCursor cursor, Span<TKey> keys, Span<TValue> perCpu) =>
        ReadBatch(cursor, keys, perCpu, deletes: false);

    /// <summary>
    /// Reads the next elements of a walk and deletes them; see <see cref="BpfMap.LookupAndDeleteBatch"/>.
    /// </summary>
    /// <inheritdoc cref="LookupBatch"/>
    public int LookupAndDeleteBatch(MapCursor cursor, Span<TKey> keys, Span<TValue> perCpu) =>
        ReadBatch(cursor, keys, perCpu, deletes: true);

    /// <summary>Writes many elements; see <see cref="BpfMap.UpdateBatch"/>.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="perCpu"><see cref="CpuCount"/> times as many values, as <see cref="LookupBatch"/> gives them.</param>
    /// <param name="flags">Whether the elements may, or must, be there already.</param>
    /// <exception cref="ArgumentException">There are not as many values as it takes.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused; the message says how many elements were written before.
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

    /// <summary>Deletes many elements; see <see cref="BpfMap.DeleteBatch"/>.</summary>
    /// <param name="keys">The keys; those that are not in the map do not matter.</param>
    /// <returns>How many elements were there and are deleted.</returns>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public int DeleteBatch(ReadOnlySpan<TKey> keys) => Map.DeleteBatch(MemoryMarshal.AsBytes(keys));

    private int ReadBatch(MapCursor cursor, Span<TKey> keys, Span<TValue> perCpu, bool deletes)
    {
        if (Stride == sizeof(TValue)) return ReadSlots(cursor, keys, MemoryMarshal.AsBytes(perCpu), deletes);
        int room = Math.Min(keys.Length, perCpu.Length / CpuCount);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(Math.Max(room, 1) * Map.ValueBufferSize));
        try
        {
            int count = ReadSlots(cursor, keys, buffer.AsSpan(0, room * Map.ValueBufferSize), deletes);
            Unpack(buffer, perCpu[..(count * CpuCount)]);
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int ReadSlots(MapCursor cursor, Span<TKey> keys, Span<byte> slots, bool deletes)
    {
        Span<byte> keyBytes = MemoryMarshal.AsBytes(keys);
        return deletes
            ? Map.LookupAndDeleteBatch(cursor, keyBytes, slots)
            : Map.LookupBatch(cursor, keyBytes, slots);
    }

    [DoesNotReturn]
    private void ThrowBatch(int keys, int values, string parameter) => throw new ArgumentException(
        $"Map \"{Map.Name}\" has a value for each of {CpuCount} CPUs: {(long)keys * CpuCount} for {keys} keys, not {values}.",
        parameter);
}
