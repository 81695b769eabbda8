using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Building;

/// <summary>Type records that can be changed, as words in this machine's byte order.</summary>
/// <remarks>Records that still grow are lists of their own; the others stand one behind the other.</remarks>
internal sealed class TypeStore(uint firstId)
{
    /// <summary>What stands in the table of places for a record that is a list of its own.</summary>
    private const int Open = -1;

    private readonly Dictionary<uint, List<uint>> _open = [];
    private readonly List<int> _starts = [];
    private readonly List<uint> _words = [];

    /// <summary>The id of the first type here.</summary>
    public uint FirstId => firstId;

    /// <summary>The id behind the last type.</summary>
    public uint EndId => firstId + (uint)_starts.Count;

    /// <summary>The record of a type that is here. No longer valid when another is added.</summary>
    public Span<uint> this[uint id]
    {
        get
        {
            int start = _starts[(int)(id - firstId)];
            if (start == Open) return CollectionsMarshal.AsSpan(_open[id]);
            Span<uint> tail = CollectionsMarshal.AsSpan(_words)[start..];
            return tail[..RecordWords.WordsOf(tail[1])];
        }
    }

    /// <summary>All own types of a BTF.</summary>
    /// <exception cref="ObjectFormatException">There is a kind that is not known.</exception>
    public static TypeStore Of(BtfSpec spec)
    {
        TypeStore store = new(spec.FirstId);
        CollectionsMarshal.SetCount(store._words, spec.OwnWords);
        spec.CopyOwnWords(CollectionsMarshal.AsSpan(store._words));
        CollectionsMarshal.SetCount(store._starts, spec.Count - (int)spec.FirstId);
        Span<int> starts = CollectionsMarshal.AsSpan(store._starts);
        for (int i = 0; i < starts.Length; i++) starts[i] = spec.OwnWordOf(spec.FirstId + (uint)i);
        return store;
    }

    /// <summary>Adds a type.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="InvalidOperationException">There are 2 GiB of types.</exception>
    public uint Add(ReadOnlySpan<uint> record)
    {
        if (_words.Count + (long)record.Length > Array.MaxLength / sizeof(uint))
            throw new InvalidOperationException("The types take more than 2 GiB, which BTF cannot hold.");
        _starts.Add(_words.Count);
        _words.AddRange(record);
        return EndId - 1;
    }

    /// <summary>Adds a type whose record will grow.</summary>
    /// <returns>Its id.</returns>
    public uint AddOpen(ReadOnlySpan<uint> record)
    {
        List<uint> words = [];
        words.AddRange(record);
        _starts.Add(Open);
        _open.Add(EndId - 1, words);
        return EndId - 1;
    }

    /// <summary>The record of a type, to grow or shrink.</summary>
    public List<uint> Edit(uint id)
    {
        if (_open.TryGetValue(id, out List<uint>? words)) return words;
        words = [];
        words.AddRange(this[id]);
        _open.Add(id, words);
        _starts[(int)(id - firstId)] = Open;
        return words;
    }

    /// <summary>Writes all records one behind the other.</summary>
    /// <exception cref="InvalidOperationException">There are 2 GiB of types.</exception>
    public uint[] ToWords()
    {
        long total = 0;
        for (uint id = firstId; id < EndId; id++) total += this[id].Length;
        if (total > Array.MaxLength / sizeof(uint))
            throw new InvalidOperationException("The types take more than 2 GiB, which BTF cannot hold.");
        uint[] words = new uint[total];
        Span<uint> rest = words;
        for (uint id = firstId; id < EndId; id++)
        {
            Span<uint> record = this[id];
            record.CopyTo(rest);
            rest = rest[record.Length..];
        }

        return words;
    }
}
