using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Creation;

namespace Ebpf;

/// <content>Many elements in one system call.</content>
public sealed unsafe partial class BpfMap
{
    /// <summary>Begins a walk over the elements.</summary>
    /// <exception cref="NotSupportedException">This kind of map has no elements that can be walked over.</exception>
    public MapCursor CreateCursor()
    {
        if (Type.HasOnlyValues() || Type.IsMemory() || Type.IsLocalStorage())
            throw new NotSupportedException($"The elements of a {Type} map cannot be listed.");
        return new MapCursor(this);
    }

    /// <summary>Reads the next elements of a walk.</summary>
    /// <remarks>
    /// With the kernel's batch command (since Linux 5.6) where it and this kind of map have it, else from key to key.
    /// An element that is there all the time is found once in hash tables and arrays walked over by batches; a walk
    /// from key to key that meets deletions may start again and find elements twice. Every walk ends.
    /// </remarks>
    /// <param name="cursor">From <see cref="CreateCursor"/>; moved on.</param>
    /// <param name="keys">Room for keys, each <see cref="KeySize"/> bytes.</param>
    /// <param name="values">Room for as many values, each <see cref="ValueBufferSize"/> bytes.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>How many elements were read; 0 only at the end.</returns>
    /// <exception cref="ArgumentException">
    /// A span has no room for one element, or the cursor is of another map.
    /// </exception>
    /// <exception cref="BpfException">
    /// The kernel refused: <see cref="Errno.ENOSPC"/> if a bucket of the hash table holds more elements than there is
    /// room for.
    /// </exception>
    public int LookupBatch(
        MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags = MapLookupFlags.None) =>
        ReadBatch(BpfCommand.MapLookupBatch, cursor, keys, values, flags);

    /// <summary>Reads the next elements of a walk and deletes them; else like <see cref="LookupBatch"/>.</summary>
    /// <param name="cursor">From <see cref="CreateCursor"/>; moved on.</param>
    /// <param name="keys">Room for keys, each <see cref="KeySize"/> bytes.</param>
    /// <param name="values">Room for as many values, each <see cref="ValueBufferSize"/> bytes.</param>
    /// <param name="flags">How to look.</param>
    /// <returns>How many elements were read; 0 only at the end.</returns>
    /// <exception cref="ArgumentException">
    /// A span has no room for one element, or the cursor is of another map.
    /// </exception>
    /// <exception cref="BpfException">
    /// As for <see cref="LookupBatch"/>; elements of arrays cannot be deleted.
    /// </exception>
    public int LookupAndDeleteBatch(
        MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags = MapLookupFlags.None) =>
        ReadBatch(BpfCommand.MapLookupAndDeleteBatch, cursor, keys, values, flags);

    /// <summary>Writes many elements.</summary>
    /// <param name="keys">The keys, each <see cref="KeySize"/> bytes.</param>
    /// <param name="values">As many values, each <see cref="ValueBufferSize"/> bytes.</param>
    /// <param name="flags">Whether the elements may, or must, be there already.</param>
    /// <exception cref="ArgumentException">The spans do not hold whole elements, or not as many.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused; the message says how many elements were written before.
    /// </exception>
    public void UpdateBatch(
        ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        int count = CountOf(keys);
        if (values.Length != (long)count * ValueBufferSize) ThrowUneven(nameof(values));
        fixed (byte* keyPointer = keys, valuePointer = values)
        {
            int done = 0;
            while (done < count)
            {
                byte* key = keyPointer + ((long)done * KeySize), value = valuePointer + ((long)done * ValueBufferSize);
                Errno error = WriteBatch(BpfCommand.MapUpdateBatch, key, value, (ulong)flags, count - done, out int written);
                if (LacksCommand(error) && written == 0)
                {
                    error = Kernel.UpdateElement(Handle, key, value, (ulong)flags);
                    written = error == Errno.None ? 1 : 0;
                }

                done += written;
                if (error is not Errno.None and not Errno.EINTR) ThrowFailed($"update element {done} of {count}", error);
            }
        }
    }

    /// <summary>Deletes many elements; keys that are not in the map do not matter.</summary>
    /// <param name="keys">The keys, each <see cref="KeySize"/> bytes.</param>
    /// <returns>How many elements were there and are deleted.</returns>
    /// <exception cref="ArgumentException">The span does not hold whole keys.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public int DeleteBatch(ReadOnlySpan<byte> keys)
    {
        int count = CountOf(keys), deleted = 0;
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

                deleted += written;
                done += written;
                if (error == Errno.ENOENT) done++; // The kernel stops at a key that is missing; go on behind it.
                else if (error is not Errno.None and not Errno.EINTR) ThrowFailed("delete", error);
            }
        }

        return deleted;
    }

    /// <summary>
    /// Like <see cref="LookupBatch"/>, but tells that a bucket does not fit (ENOSPC) by 0 without the end.
    /// </summary>
    internal int TryReadBatch(
        BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags = MapLookupFlags.None)
    {
        int room = Math.Min(keys.Length / KeySize, values.Length / ValueBufferSize);
        while (!cursor.AtEnd)
        {
            Errno error = cursor.ByKey
                ? ReadByKey(command, cursor, keys, values, flags, room, out int count)
                : ReadByBatch(command, cursor, keys, values, flags, room, out count);
            if (error == Errno.ENOSPC) return 0;
            if (error != Errno.None) ThrowFailed("walk over the elements", error);
            if (count > 0) return count;
        }

        return 0;
    }

    private int ReadBatch(
        BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        if (cursor.Map != this) throw new ArgumentException("The cursor is of another map.", nameof(cursor));
        if (keys.Length < KeySize) ThrowUneven(nameof(keys));
        if (values.Length < ValueBufferSize) ThrowUneven(nameof(values));
        int count = TryReadBatch(command, cursor, keys, values, flags);
        if (count == 0 && !cursor.AtEnd) ThrowFailed("walk over the elements", Errno.ENOSPC);
        return count;
    }

    private Errno ReadByBatch(
        BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags, int room, out int count)
    {
        fixed (byte* position = cursor.Position, keyPointer = keys, valuePointer = values)
        {
            MapBatchAttr attr = new()
            {
                InBatch = cursor.Started ? position : null,
                OutBatch = position,
                Keys = keyPointer,
                Values = valuePointer,
                Count = (uint)room,
                ElementFlags = (ulong)flags,
            };
            Errno error = Kernel.Batch(command, Handle, ref attr);
            count = 0;
            switch (error)
            {
                case Errno.ENOENT:
                    // The end, and the last elements.
                    cursor.AtEnd = true;
                    break;
                case Errno.None:
                    cursor.Started = true;
                    break;
                case Errno.EINTR when attr.Count > 0:
                    // Linux before 6.14 gives up at a key that vanishes while it walks by key; the position is good.
                    cursor.Started = true;
                    break;
                case Errno.EINTR:
                    return SwitchToKeys(cursor);
                case Errno.ENOTSUPP or Errno.EOPNOTSUPP or Errno.EINVAL when !cursor.Started:
                    return SwitchToKeys(cursor);
                default:
                    return error;
            }

            count = (int)attr.Count;
            Spend(cursor, count);
            return Errno.None;
        }
    }

    private static void Spend(MapCursor cursor, int steps)
    {
        cursor.Budget -= steps;
        if (cursor.Budget <= 0) cursor.AtEnd = true;
    }

    /// <summary>
    /// Goes on from key to key: from the first one, or after the key at which a batch of that kind ended.
    /// </summary>
    private Errno SwitchToKeys(MapCursor cursor)
    {
        cursor.ByKey = true;
        fixed (byte* position = cursor.Position)
        {
            Errno error = Kernel.GetNextKey(Handle, cursor.Started ? position : null, position);
            cursor.Started = true;
            cursor.AtEnd = error == Errno.ENOENT;
            return cursor.AtEnd ? Errno.None : error;
        }
    }

    private Errno ReadByKey(
        BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags, int room, out int count)
    {
        bool deletes = command == BpfCommand.MapLookupAndDeleteBatch;
        count = 0;
        fixed (byte* position = cursor.Position, keyPointer = keys, valuePointer = values)
        {
            while (count < room && !cursor.AtEnd)
            {
                byte* key = keyPointer + ((long)count * KeySize), value = valuePointer + ((long)count * ValueBufferSize);
                cursor.Position[..KeySize].CopyTo(new Span<byte>(key, KeySize));
                Errno error = Kernel.LookupElement(Handle, key, value, (ulong)flags);
                if (error is not Errno.None and not Errno.ENOENT) return error;

                // The next key first: after the deletion of this one the kernel would start from the beginning.
                Errno next = Kernel.GetNextKey(Handle, key, position);
                if (next == Errno.ENOENT) cursor.AtEnd = true;
                else if (next != Errno.None) return next;

                if (error == Errno.None && deletes) error = Kernel.DeleteElement(Handle, key);
                if (error == Errno.None) count++;
                else if (error != Errno.ENOENT) return error;
                Spend(cursor, 1);
            }
        }

        return Errno.None;
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
}
