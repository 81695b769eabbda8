using Ebpf.Features;
using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;

namespace Ebpf.Maps.Walks;

/// <summary>Reads the next elements of a walk: by the kernel's batch commands, or from key to key.</summary>
/// <remarks>
/// The kernel answers the question for the key after a deleted one with the first key of the map. Where that can happen, the walk
/// notices it and goes on from an older key that is still there, so that it misses nothing that stays. Of a trie, the order of the
/// prefixes tells. Older kernels take another prefix of the same length, in the place of a deleted one, for it, and leave that out
/// (<see cref="TrieWalkProbe"/>): there a prefix is known to be in the trie only if it is the answer to the question for the one behind
/// another. (What vanishes while the kernel makes one batch, they leave out all the same.)
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
        bool isTrie = map.Type == MapType.LpmTrie;
        count = 0;
        if (cursor.Started && cursor.MustCheckPrefixes && GoToPrefix(cursor) is not Errno.None and var refusal) return refusal;
        Span<byte> from = stackalloc byte[isTrie && cursor.Started ? map.KeySize : 0];
        cursor.Position[..from.Length].CopyTo(from);
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
                    if (isTrie && cursor.Started)
                    {
                        cursor.ByKey = true;
                        return StepBack(cursor, keyPointer, valuePointer);
                    }

                    return SwitchToKeys(cursor);
                case Errno.ENOTSUPP or Errno.EOPNOTSUPP or Errno.EINVAL when !cursor.Started:
                    return SwitchToKeys(cursor);
                default:
                    return error;
            }

            count = (int)attr.Count;
        }

        return isTrie ? KeepNewPrefixes(cursor, from, keys, values, ref count) : Errno.None;
    }

    /// <summary>
    /// Of the prefixes of a batch, keeps those that are found for the first time: up to where the kernel met a deleted one and began at
    /// the first again, and none if that is the one at which the batch began.
    /// </summary>
    private static Errno KeepNewPrefixes(MapCursor cursor, ReadOnlySpan<byte> from, Span<byte> keys, Span<byte> values, ref int count)
    {
        BpfMap map = cursor.Map;
        RecentKeys recent = cursor.Recent;
        int keySize = map.KeySize, valueSize = map.ValueBufferSize, read = count;
        cursor.Budget -= Math.Max(read, 1);
        count = 0;
        if (!from.IsEmpty && cursor.MustCheckPrefixes)
        {
            // It is the newest; what is the newest then is the one before it.
            recent.TryTake(cursor.Position);
            if (Holds(cursor, from, out bool isThere) is not Errno.None and var error) return error;
            if (!isThere)
            {
                cursor.AtEnd = false;
                return Errno.None;
            }

            recent.PutBack(from);
        }

        for (int i = 0; i < read; i++)
        {
            ReadOnlySpan<byte> key = keys.Slice(i * keySize, keySize);
            if (!recent.Newest.IsEmpty && PrefixOrder.Compare(key, recent.Newest) <= 0)
            {
                // Rather on from an older prefix, if it is still there, than from the first one through all of them.
                cursor.AtEnd = false;
                if (i == 0) recent.TryTake(cursor.Position);
                break;
            }

            bool isNew = recent.Last.IsEmpty || PrefixOrder.Compare(key, recent.Last) > 0;
            recent.Add(key, isNew);
            if (!isNew) continue;
            if (count != i)
            {
                key.CopyTo(keys[(count * keySize)..]);
                values.Slice(i * valueSize, valueSize).CopyTo(values[(count * valueSize)..]);
            }

            count++;
        }

        recent.Newest.CopyTo(cursor.Position);
        cursor.Started = !recent.Newest.IsEmpty;
        return Errno.None;
    }

    /// <summary>Goes to a prefix that is in the trie, and is not behind the newest key; to the beginning if all of the last keys are gone.</summary>
    private static Errno GoToPrefix(MapCursor cursor)
    {
        RecentKeys recent = cursor.Recent;
        Span<byte> newest = stackalloc byte[cursor.Map.KeySize];
        while (recent.TryTake(newest))
        {
            fixed (byte* before = recent.Newest, position = cursor.Position)
            {
                Errno error = cursor.Map.Kernel.GetNextKey(cursor.Map.Handle, before, position);
                if (error is not (Errno.None or Errno.ENOENT)) return error;
                bool isBehind = recent.Newest.IsEmpty || PrefixOrder.Compare(cursor.Position, recent.Newest) > 0;
                if (error == Errno.ENOENT || !isBehind || PrefixOrder.Compare(cursor.Position, newest) > 0) continue;
                recent.Add(cursor.Position, isNew: false);
                return Errno.None;
            }
        }

        cursor.Started = false;
        return Errno.None;
    }

    /// <summary>Whether a prefix was in a trie when the kernel was asked for the next one.</summary>
    /// <param name="cursor">The walk; what it found last is before the prefix.</param>
    /// <param name="prefix">The prefix.</param>
    /// <param name="next">The answer: whether there is another one, which is the position of the walk then.</param>
    /// <param name="isThere">Whether the answer is good.</param>
    private static Errno CheckPrefix(MapCursor cursor, ReadOnlySpan<byte> prefix, Errno next, out bool isThere)
    {
        if (cursor.MustCheckPrefixes) return Holds(cursor, prefix, out isThere);
        isThere = next == Errno.ENOENT || PrefixOrder.Compare(cursor.Position, prefix) > 0;
        return Errno.None;
    }

    /// <summary>Whether a prefix is in a trie: whether it follows the newest key, or is the first if there is none.</summary>
    private static Errno Holds(MapCursor cursor, ReadOnlySpan<byte> prefix, out bool isThere)
    {
        Span<byte> found = stackalloc byte[prefix.Length];
        fixed (byte* before = cursor.Recent.Newest, next = found)
        {
            Errno error = cursor.Map.Kernel.GetNextKey(cursor.Map.Handle, before, next);
            isThere = error == Errno.None && PrefixOrder.Compare(found, prefix) == 0;
            return error == Errno.ENOENT ? Errno.None : error;
        }
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
                // shorter prefix in the place of a deleted one.
                Errno error = isTrie ? map.Kernel.LookupElement(map.Handle, key, value, (ulong)flags) : Errno.None;
                Errno next = map.Kernel.GetNextKey(map.Handle, key, position);
                if (!isTrie) error = map.Kernel.LookupElement(map.Handle, key, value, (ulong)flags);
                if (error is not (Errno.None or Errno.ENOENT)) return error;
                if (next is not (Errno.None or Errno.ENOENT)) return next;
                bool isThere = error == Errno.None || map.Type.IsIndexed();
                if (isTrie && CheckPrefix(cursor, current, next, out isThere) is not Errno.None and var unknown) return unknown;
                if (!isThere)
                {
                    if (StepBack(cursor, key, value) is not Errno.None and var failure) return failure;
                    continue;
                }

                if (next == Errno.ENOENT) cursor.AtEnd = true;
                bool isNew = !isTrie || deletes || cursor.Recent.Last.IsEmpty || PrefixOrder.Compare(current, cursor.Recent.Last) > 0;

                // Of a trie that is emptied, each that is found is the first.
                if (!map.Type.IsIndexed() && !(isTrie && deletes)) cursor.Recent.Add(current, isNew);
                if (!isNew) continue;
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
                    if (CheckPrefix(cursor, older, next, out isThere) is not Errno.None and var unknown) return unknown;
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
