using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Building;

/// <summary>The strings of a BTF that is being made: each is there once, and those of the base are used, not repeated.</summary>
internal sealed class StringPool
{
    private readonly BtfStrings? _base;
    private readonly uint _first;
    private readonly List<byte> _bytes = [];

    // A table of offsets, open addressing; 0 is an empty slot, since the empty string needs none.
    private uint[] _slots = new uint[64];
    private int _count;

    /// <param name="baseStrings">What split BTF builds on.</param>
    /// <param name="existing">The strings that are there already, at the offsets that they have; none to begin anew.</param>
    public StringPool(BtfStrings? baseStrings, ReadOnlySpan<byte> existing = default)
    {
        _base = baseStrings;
        _first = baseStrings?.End ?? 0;
        for (BtfStrings? strings = baseStrings; strings is not null; strings = strings.Base)
            Index(strings.Bytes, strings.First);
        if (existing.IsEmpty && baseStrings is null) existing = [0];
        _bytes.AddRange(existing);
        Index(existing, _first);
    }

    /// <summary>The section, without the base's.</summary>
    public ReadOnlySpan<byte> Bytes => CollectionsMarshal.AsSpan(_bytes);

    /// <summary>The offset behind the last string.</summary>
    public uint End => _first + (uint)_bytes.Count;

    /// <summary>The offset of a string, which is added if it is not there.</summary>
    /// <exception cref="InvalidOperationException">There are 2 GiB of strings.</exception>
    public uint Add(string text)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int length = Encoding.UTF8.GetBytes(text, buffer);
        uint offset = Add(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return offset;
    }

    /// <summary>The offset of a string, which is added if it is not there.</summary>
    /// <exception cref="InvalidOperationException">There are 2 GiB of strings.</exception>
    public uint Add(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return 0;
        ref uint slot = ref Slot(utf8);
        if (slot != 0) return slot;
        if (_bytes.Count + (long)utf8.Length + 1 > Array.MaxLength - _first)
            throw new InvalidOperationException("The strings take more than 2 GiB, which BTF cannot refer to.");
        uint offset = End;
        _bytes.AddRange(utf8);
        _bytes.Add(0);
        Occupy(ref slot, offset);
        return offset;
    }

    /// <summary>The offset of a string; 0 if it is not there.</summary>
    public uint Find(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? 0 : Slot(utf8);

    /// <summary>The string at an offset that this pool gave.</summary>
    public ReadOnlySpan<byte> Utf8(uint offset)
    {
        if (offset < _first) return _base!.Utf8(offset);
        ReadOnlySpan<byte> tail = Bytes[(int)(offset - _first)..];
        return tail[..tail.IndexOf((byte)0)];
    }

    private void Index(ReadOnlySpan<byte> section, uint first)
    {
        for (int at = 0; at < section.Length;)
        {
            int length = section[at..].IndexOf((byte)0);
            if (length > 0)
            {
                ref uint slot = ref Slot(section.Slice(at, length));
                if (slot == 0) Occupy(ref slot, first + (uint)at);
            }

            at += length + 1;
        }
    }

    private void Occupy(ref uint slot, uint offset)
    {
        slot = offset;
        _count++;
        if (_count <= _slots.Length / 2) return;

        uint[] old = _slots;
        _slots = new uint[old.Length * 2];
        foreach (uint moved in old)
        {
            if (moved != 0) Slot(StoredAt(moved)) = moved;
        }
    }

    /// <summary>Where a string is in the table, or would be.</summary>
    private ref uint Slot(ReadOnlySpan<byte> utf8)
    {
        // HashCode is seeded for each process: nobody can prepare strings that collide.
        HashCode hash = default;
        hash.AddBytes(utf8);
        uint mask = (uint)_slots.Length - 1;
        for (uint at = (uint)hash.ToHashCode() & mask; ; at = (at + 1) & mask)
        {
            ref uint slot = ref _slots[at];
            if (slot == 0 || IsStoredAt(slot, utf8)) return ref slot;
        }
    }

    private bool IsStoredAt(uint offset, ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> tail = offset < _first ? _base!.Tail(offset) : Bytes[(int)(offset - _first)..];
        return tail.Length > utf8.Length && tail[utf8.Length] == 0 && tail[..utf8.Length].SequenceEqual(utf8);
    }

    // Offsets in the table are those of whole strings.
    private ReadOnlySpan<byte> StoredAt(uint offset)
    {
        ReadOnlySpan<byte> tail = offset < _first ? _base!.Tail(offset) : Bytes[(int)(offset - _first)..];
        return tail[..tail.IndexOf((byte)0)];
    }
}

/// <summary>Takes names from a BTF into a pool. Each is looked at once, however many types have it.</summary>
internal sealed class NameImport(BtfStrings source, StringPool target)
{
    private readonly Dictionary<uint, uint> _known = [];

    /// <summary>The offset in the pool of the string at an offset of the source.</summary>
    /// <exception cref="ObjectFormatException">The offset lies outside, or inside a long string.</exception>
    public uint Import(uint offset)
    {
        if (offset == 0) return 0;
        ref uint known = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, offset, out bool exists);
        if (!exists) known = target.Add(source.Utf8(offset));
        return known;
    }

    /// <summary>Does so for all names of a record.</summary>
    public void Import(Span<uint> record)
    {
        foreach (int at in RecordWords.Names(record)) record[at] = Import(record[at]);
    }
}
