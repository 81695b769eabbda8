using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Dedup;

/// <summary>All types of a BTF and of its bases as a graph: what a type is by itself, and what it refers to.</summary>
internal sealed class TypeGraph
{
    private readonly uint[] _words;
    private readonly int[] _starts;
    private readonly int[] _firstChild;
    private readonly uint[] _children;

    /// <exception cref="ObjectFormatException">A type refers to one that does not exist, or is of a kind that is not known.</exception>
    public TypeGraph(BtfSpec spec)
    {
        Spec = spec;
        Count = spec.Count;
        _starts = new int[Count + 1];
        _words = new uint[RecordWords.HeadWords + TotalWords(spec)];
        Load(spec);
        _firstChild = new int[Count + 1];
        _children = FindChildren();
        ShapeOf = new int[Count];
        ShapeCount = FindShapes();
    }

    public BtfSpec Spec { get; }

    /// <summary>How many types there are, <c>void</c> included.</summary>
    public int Count { get; }

    /// <summary>Types that are equal but for what they refer to have the same number.</summary>
    public int[] ShapeOf { get; }

    public int ShapeCount { get; }

    /// <summary>How many references there are.</summary>
    public int ReferenceCount => _children.Length;

    /// <summary>Whether a type is the base's, and so cannot be changed.</summary>
    public bool IsFixed(uint id) => id < Spec.FirstId;

    /// <summary>The record of a type: names are offsets in a pool, so that equal ones have equal offsets.</summary>
    public ReadOnlySpan<uint> Record(uint id) => _words.AsSpan(_starts[id].._starts[id + 1]);

    public BtfKind KindOf(uint id) => id == 0 ? BtfKind.Void : BtfRecord.KindOf(_words[_starts[id] + 1]);

    public uint NameOf(uint id) => _words[_starts[id]];

    public bool FlagOf(uint id) => _words[_starts[id] + 1] >> 31 != 0;

    /// <summary>
    /// What a type refers to, in order. A variable also refers to its section: two are the same only in the same place.
    /// </summary>
    public Span<uint> Children(uint id) => _children.AsSpan(_firstChild[id].._firstChild[id + 1]);

    /// <summary>A structure or union that is only declared, or an enumeration without values, which has a name.</summary>
    public bool IsForward(uint id) => KindOf(id) switch
    {
        BtfKind.Forward => NameOf(id) != 0,
        BtfKind.Enum or BtfKind.Enum64 => NameOf(id) != 0 && BtfRecord.LengthOf(_words[_starts[id] + 1]) == 0,
        _ => false,
    };

    /// <summary>The kind that a forward declaration declares; enumerations of both kinds are one.</summary>
    public BtfKind DeclaredKind(uint id) => KindOf(id) switch
    {
        BtfKind.Forward => FlagOf(id) ? BtfKind.Union : BtfKind.Struct,
        BtfKind.Enum64 => BtfKind.Enum,
        BtfKind kind => kind,
    };

    private static int TotalWords(BtfSpec spec)
    {
        long words = 0;
        for (BtfSpec? part = spec; part is not null; part = part.Base) words += part.OwnWords;
        return words < Array.MaxLength / sizeof(uint)
            ? (int)words
            : throw new ObjectFormatException("the types of the BTF and its base take more than 2 GiB", BtfHeader.Section);
    }

    private void Load(BtfSpec spec)
    {
        // Void has a head of zeros.
        int at = _words.Length;
        _starts[Count] = at;
        for (BtfSpec? part = spec; part is not null; part = part.Base)
        {
            at -= part.OwnWords;
            part.CopyOwnWords(_words.AsSpan(at, part.OwnWords));
            for (uint id = part.FirstId; id < (uint)part.Count; id++) _starts[id] = at + part.OwnWordOf(id);
        }

        NameImport names = new(spec.Strings, new StringPool(null));
        for (uint id = 1; id < (uint)Count; id++) names.Import(_words.AsSpan(_starts[id].._starts[id + 1]));
    }

    /// <summary>Takes the references out of the records, where zeros stay.</summary>
    private uint[] FindChildren()
    {
        uint[] sectionOf = [];
        List<uint> children = new(Count * 2);
        for (uint id = 1; id < (uint)Count; id++)
        {
            _firstChild[id] = children.Count;
            Span<uint> record = _words.AsSpan(_starts[id].._starts[id + 1]);
            BtfKind kind = RecordWords.KindOf(record);

            // A base knows nothing of what builds on it.
            uint end = IsFixed(id) ? (uint)Spec.OwnerOf(id).Count : (uint)Count;
            foreach (int at in RecordWords.TypeIds(record))
            {
                uint child = record[at];
                if (child >= end)
                    throw new ObjectFormatException($"type {id} refers to type {child}: the last one is {end - 1}", BtfHeader.Section);
                children.Add(child);
                record[at] = 0;
                if (kind != BtfKind.DataSection) continue;
                if (sectionOf.Length == 0) sectionOf = new uint[Count];
                if (sectionOf[child] == 0) sectionOf[child] = id;
            }

            if (kind == BtfKind.Variable) children.Add(0);
        }

        _firstChild[Count] = children.Count;
        uint[] all = [.. children];
        for (uint id = 1; id < (uint)sectionOf.Length; id++)
        {
            if (sectionOf[id] != 0 && KindOf(id) == BtfKind.Variable) all[_firstChild[id + 1] - 1] = sectionOf[id];
        }

        return all;
    }

    private int FindShapes()
    {
        Dictionary<uint, int> shapes = new(Count, new ShapeComparer(this));
        for (uint id = 0; id < (uint)Count; id++)
        {
            if (!shapes.TryGetValue(id, out int shape)) shapes.Add(id, shape = shapes.Count);
            ShapeOf[id] = shape;
        }

        return shapes.Count;
    }

    private sealed class ShapeComparer(TypeGraph graph) : IEqualityComparer<uint>
    {
        public bool Equals(uint x, uint y) => graph.Record(x).SequenceEqual(graph.Record(y));

        // HashCode is seeded for each process: nobody can prepare types that collide.
        public int GetHashCode(uint id)
        {
            HashCode hash = default;
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(graph.Record(id)));
            return hash.ToHashCode();
        }
    }
}
