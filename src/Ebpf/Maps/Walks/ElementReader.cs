using Ebpf.Linux;
using Ebpf.Maps.Creation;

namespace Ebpf.Maps.Walks;

/// <summary>Reads the next elements of a walk: by the kernel's batch commands, or from key to key.</summary>
/// <remarks>
/// The kernel answers the question for the key after a deleted one with the first key of the map. Where that can happen, the walk
/// notices it and goes on from an older key that is still there, so that it misses nothing that stays.
/// </remarks>
internal static unsafe class ElementReader
{
    /// <summary>Reads the next elements.</summary>
    /// <param name="command">Whether to delete them.</param>
    /// <param name="cursor">The walk.</param>
    /// <param name="keys">Receives the keys.</param>
    /// <param name="values">Room for values.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>How many were read; 0 at the end, and where the next bucket of a hash table does not fit.</returns>
    /// <exception cref="MapException">The walk was sent back too often.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static int Read(
        BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags = MapLookupFlags.None)
    {
        BpfMap map = cursor.Map;
        int room = Math.Min(keys.Length / map.KeySize, values.Length / Math.Max(map.ValueBufferSize, 1));
        while (!cursor.AtEnd)
        {
            Errno error = cursor.ByKey
                ? ReadByKey(command, cursor, keys, values, flags, room, out int count)
                : ReadByBatch(command, cursor, keys, values, flags, room, out count);
            if (error == Errno.ENOSPC) return 0;
            if (error != Errno.None) map.ThrowFailed("walk over the elements", error);
            if (cursor.Budget < 0 && !cursor.AtEnd && count == 0) MapException.ThrowInterrupted(map);
            if (count > 0) return count;
        }

        return 0;
    }

    private static Errno ReadByBatch(
        BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags, int room, out int count)
    {
        BpfMap map = cursor.Map;
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
            Errno error = map.Kernel.Batch(command, map.Handle, ref attr);
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
        }

        if (map.Type == MapType.LpmTrie) count = KeepNewPrefixes(cursor, keys, values, count);
        return Errno.None;
    }

    /// <summary>
    /// Drops the prefixes that a batch found a second time because the kernel met a deleted one and began at the first again.
    /// </summary>
    private static int KeepNewPrefixes(MapCursor cursor, Span<byte> keys, Span<byte> values, int count)
    {
        BpfMap map = cursor.Map;
        int keySize = map.KeySize, valueSize = map.ValueBufferSize, kept = 0;
        ReadOnlySpan<byte> last = cursor.Recent.Last;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> key = keys.Slice(i * keySize, keySize);
            if (!last.IsEmpty && PrefixOrder.Compare(key, last) <= 0) continue;
            if (kept != i)
            {
                key.CopyTo(keys[(kept * keySize)..]);
                values.Slice(i * valueSize, valueSize).CopyTo(values[(kept * valueSize)..]);
            }

            last = keys.Slice(kept * keySize, keySize);
            kept++;
        }

        for (int i = Math.Max(0, kept - RecentKeys.Capacity); i < kept; i++) cursor.Recent.Add(keys.Slice(i * keySize, keySize));
        cursor.Budget -= count;

        // Rather on from an older prefix, if it is still there, than from the first one through all of them.
        if (kept == 0 && !cursor.AtEnd && cursor.Recent.TryTake(cursor.Position)) cursor.Started = true;
        return kept;
    }

    /// <summary>
    /// Goes on from key to key: from the first one, or after the key at which a batch of that kind ended.
    /// </summary>
    private static Errno SwitchToKeys(MapCursor cursor)
    {
        cursor.ByKey = true;
        return Begin(cursor);
    }

    private static Errno Begin(MapCursor cursor)
    {
        fixed (byte* position = cursor.Position)
        {
            Errno error = cursor.Map.Kernel.GetNextKey(cursor.Map.Handle, cursor.Started ? position : null, position);
            cursor.Started = true;
            cursor.AtEnd = error == Errno.ENOENT;
            return cursor.AtEnd ? Errno.None : error;
        }
    }

    private static Errno ReadByKey(
        BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, MapLookupFlags flags, int room, out int count)
    {
        BpfMap map = cursor.Map;
        bool deletes = command == BpfCommand.MapLookupAndDeleteBatch, isTrie = map.Type == MapType.LpmTrie;
        count = 0;
        if (!cursor.Started && Begin(cursor) is not Errno.None and var beginning) return beginning;
        fixed (byte* position = cursor.Position, keyPointer = keys, valuePointer = values)
        {
            while (count < room && !cursor.AtEnd && cursor.Budget-- >= 0)
            {
                byte* key = keyPointer + ((long)count * map.KeySize), value = valuePointer + ((long)count * map.ValueBufferSize);
                Span<byte> current = new(key, map.KeySize);
                cursor.Position[..map.KeySize].CopyTo(current);

                // In this order: if the key is there after the question for the next one, the answer was good. A trie finds a
                // shorter prefix in the place of a deleted one, but the order of its prefixes tells.
                Errno error = isTrie ? map.Kernel.LookupElement(map.Handle, key, value, (ulong)flags) : Errno.None;
                Errno next = map.Kernel.GetNextKey(map.Handle, key, position);
                if (!isTrie) error = map.Kernel.LookupElement(map.Handle, key, value, (ulong)flags);
                if (error is not (Errno.None or Errno.ENOENT)) return error;
                if (next is not (Errno.None or Errno.ENOENT)) return next;
                bool isThere = isTrie
                    ? next == Errno.ENOENT || PrefixOrder.Compare(cursor.Position, current) > 0
                    : error == Errno.None || map.Type.IsIndexed();
                if (!isThere)
                {
                    if (StepBack(cursor, key, value) is not Errno.None and var failure) return failure;
                    continue;
                }

                if (next == Errno.ENOENT) cursor.AtEnd = true;
                bool isNew = !isTrie || cursor.Recent.Last.IsEmpty || PrefixOrder.Compare(current, cursor.Recent.Last) > 0;
                if (!isNew) continue;
                if (!map.Type.IsIndexed()) cursor.Recent.Add(current);
                if (error == Errno.None && deletes) error = map.Kernel.DeleteElement(map.Handle, key);
                if (error == Errno.None) count++;
                else if (error != Errno.ENOENT) return error;
            }
        }

        return Errno.None;
    }

    /// <summary>
    /// Finds the key with which to go on after one that is deleted: the one behind the newest older key that is still there.
    /// </summary>
    private static Errno StepBack(MapCursor cursor, byte* key, byte* value)
    {
        BpfMap map = cursor.Map;
        Span<byte> older = new(key, map.KeySize);
        fixed (byte* position = cursor.Position)
        {
            while (cursor.Recent.TryTake(older))
            {
                Errno next = map.Kernel.GetNextKey(map.Handle, key, position);
                if (next is not (Errno.None or Errno.ENOENT)) return next;
                bool isThere;
                if (map.Type == MapType.LpmTrie)
                {
                    isThere = next == Errno.ENOENT || PrefixOrder.Compare(cursor.Position, older) > 0;
                }
                else
                {
                    Errno error = map.Kernel.LookupElement(map.Handle, key, value, 0);
                    if (error is not (Errno.None or Errno.ENOENT)) return error;
                    isThere = error == Errno.None;
                }

                if (!isThere) continue;
                cursor.Recent.PutBack(older);
                cursor.AtEnd = next == Errno.ENOENT;
                return Errno.None;
            }
        }

        // None of them: from the beginning. What is found twice of a hash table cannot be told from what is new.
        cursor.Started = false;
        return Begin(cursor);
    }
}
