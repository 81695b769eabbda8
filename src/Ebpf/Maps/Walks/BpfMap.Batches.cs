using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <content>Many elements in one system call.</content>
public sealed unsafe partial class BpfMap
{
    /// <summary>Creates a cursor before the first element.</summary>
    /// <exception cref="NotSupportedException">The elements of this kind of map cannot be enumerated.</exception>
    public MapCursor CreateCursor()
    {
        if (KeySize == 0 || Type.HasOnlyValues() || Type.IsMemory() || Type.IsLocalStorage())
            throw new NotSupportedException($"The elements of a {Type} map cannot be enumerated.");
        return new MapCursor(this);
    }

    /// <summary>Reads the next elements of a walk over the map.</summary>
    /// <remarks>
    /// Uses the kernel's batch command (since Linux 5.6) where the kernel and this kind of map have it; otherwise goes from key to
    /// key. An element that is in the map during the whole walk is found. It is found exactly once in hash tables and arrays that are
    /// read by batches and in tries; a walk from key to key that meets many deletions may find it twice. Every walk ends.
    /// </remarks>
    /// <param name="cursor">A cursor from <see cref="CreateCursor"/>, which is advanced.</param>
    /// <param name="keys">The buffer for keys, <see cref="KeySize"/> bytes each.</param>
    /// <param name="values">The buffer for as many values, <see cref="ValueBufferSize"/> bytes each.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>The number of elements that were read; 0 only at the end of the walk.</returns>
    /// <exception cref="ArgumentException">
    /// A span is too short for one element, or the cursor belongs to another map.
    /// </exception>
    /// <exception cref="MapException">
    /// Elements were deleted so fast that the walk was given up (<see cref="MapProblem.WalkInterrupted"/>).
    /// </exception>
    /// <exception cref="BpfException">
    /// The kernel refused: <see cref="Errno.ENOSPC"/> if a bucket of the hash table holds more elements than the spans have room for.
    /// </exception>
    public int ReadBatch(
        MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags = MapLookupFlags.None) =>
        ReadNext(BpfCommand.MapLookupBatch, cursor, keys, values, flags);

    /// <summary>Reads the next elements of a walk over the map and removes them.</summary>
    /// <remarks>As <see cref="ReadBatch"/>. Elements of arrays cannot be removed.</remarks>
    /// <inheritdoc cref="ReadBatch"/>
    public int RemoveBatch(
        MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags = MapLookupFlags.None) =>
        ReadNext(BpfCommand.MapLookupAndDeleteBatch, cursor, keys, values, flags);

    /// <summary>Writes many elements.</summary>
    /// <param name="keys">The keys, <see cref="KeySize"/> bytes each.</param>
    /// <param name="values">As many values, <see cref="ValueBufferSize"/> bytes each.</param>
    /// <param name="flags">Whether the elements may or must exist already.</param>
    /// <exception cref="ArgumentException">The spans do not hold the same number of whole elements.</exception>
    /// <exception cref="MapException">
    /// The map is full, or the kernel refused for another reason. <see cref="MapException.Completed"/> is the number of elements that
    /// were written before.
    /// </exception>
    public void UpdateBatch(
        ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        int count = CountOf(keys);
        if (values.Length != (long)count * ValueBufferSize) ThrowUneven(nameof(values));
        bool isKnown = Type.IsKnown();
        fixed (byte* keyPointer = keys, valuePointer = values)
        {
            int done = 0;
            while (done < count)
            {
                byte* key = keyPointer + ((long)done * KeySize), value = valuePointer + ((long)done * ValueBufferSize);
                int written = 0;
                Errno error = isKnown
                    ? WriteBatch(BpfCommand.MapUpdateBatch, key, value, (ulong)flags, count - done, out written)
                    : Errno.EOPNOTSUPP;
                if (LacksCommand(error) && written == 0)
                {
                    error = Kernel.UpdateElement(Handle, key, value, (ulong)flags);
                    written = error == Errno.None ? 1 : 0;
                }

                done += written;
                if (error is not (Errno.None or Errno.EINTR)) ThrowBatchFailed(error, done, count);
            }
        }
    }

    /// <summary>Removes many elements; keys that are not in the map are skipped.</summary>
    /// <param name="keys">The keys, <see cref="KeySize"/> bytes each.</param>
    /// <returns>The number of elements that existed and were removed.</returns>
    /// <exception cref="ArgumentException">The span does not hold whole keys.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public int RemoveBatch(ReadOnlySpan<byte> keys)
    {
        int count = CountOf(keys), removed = 0;
        fixed (byte* keyPointer = keys)
        {
            int done = 0;
            while (done < count)
            {
                byte* key = keyPointer + ((long)done * KeySize);
                Errno error = WriteBatch(BpfCommand.MapDeleteBatch, key, null, 0, count - done, out int written);
                if (LacksCommand(error) && written == 0)
                {
                    error = Kernel.DeleteElement(Handle, key);
                    written = error == Errno.None ? 1 : 0;
                }

                removed += written;
                done += written;
                if (error == Errno.ENOENT) done++; // The kernel stops at a key that is missing; go on behind it.
                else if (error is not (Errno.None or Errno.EINTR)) ThrowFailed("remove", error);
            }
        }

        return removed;
    }

    private int ReadNext(
        BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        if (cursor.Map != this) throw new ArgumentException("The cursor belongs to another map.", nameof(cursor));
        if (keys.Length < KeySize) ThrowUneven(nameof(keys));
        if (values.Length < ValueBufferSize) ThrowUneven(nameof(values));
        int count = ElementReader.Read(command, cursor, keys, values, flags);
        if (count == 0 && !cursor.AtEnd)
        {
            ThrowFailed(
                "walk over the elements",
                Errno.ENOSPC,
                $"a bucket of the hash table holds more elements than there is room for ({Math.Min(keys.Length / KeySize, values.Length / ValueBufferSize)}): "
                + "call again with larger spans, the cursor has not moved");
        }

        return count;
    }

    private Errno WriteBatch(BpfCommand command, byte* keys, byte* values, ulong flags, int room, out int written)
    {
        MapBatchAttr attr = new() { Keys = keys, Values = values, Count = (uint)room, ElementFlags = flags };
        Errno error = Kernel.Batch(command, Handle, ref attr);

        // A kernel that does not get as far as the elements leaves the count as it was.
        written = error == Errno.None || attr.Count < room ? (int)attr.Count : 0;
        return error;
    }

    private int CountOf(ReadOnlySpan<byte> keys)
    {
        if (KeySize == 0 || keys.Length % KeySize != 0) ThrowUneven(nameof(keys));
        return keys.Length / KeySize;
    }

    [DoesNotReturn]
    private void ThrowUneven(string parameter) => throw new ArgumentException(
        $"Map \"{Name}\" has keys of {KeySize} and values of {ValueBufferSize} bytes; the spans must hold the same number of both.",
        parameter);

    [DoesNotReturn]
    private void ThrowBatchFailed(Errno error, int completed, int count)
    {
        BpfException failure = Failure($"update element {completed} of {count}", error, null);
        throw new MapException(
            (failure as MapException)?.Problem ?? MapProblem.Other, failure.Operation!, error, failure.Advice)
        {
            Completed = completed,
        };
    }
}
