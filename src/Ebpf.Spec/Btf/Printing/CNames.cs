using System.Text;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Printing;

/// <summary>
/// Gives every type and value of an enumeration that is written a name that C allows and nothing else has: the second type
/// of a name is <c>name___2</c>, which CO-RE takes for a flavour of the same name.
/// </summary>
/// <remarks>
/// C has one space of names for structures, unions and enumerations, and another for typedefs, values and functions. The
/// types are numbered in the order of their ids, so that a kernel's header and those of its modules agree.
/// </remarks>
internal sealed class CNames
{
    private const uint WholeType = uint.MaxValue;

    private readonly TypeSource _source;
    private readonly CTypeState[] _states;
    private readonly Dictionary<ulong, byte[]> _renamed = [];
    private readonly List<Conflict> _conflicts = [];

    // What those are called that are not called as in BTF, by the entry of the name in BTF.
    private readonly Dictionary<(int Entry, BtfKind Kind), byte[]> _shared = [];
    private int[] _heads = new int[1 << 10];
    private Entry[] _entries = new Entry[1 << 10];
    private int _count;
    private long _budget;

    /// <param name="source">The types.</param>
    /// <param name="states">Which of them are written; those that get another name are marked.</param>
    public CNames(TypeSource source, CTypeState[] states)
    {
        _source = source;
        _states = states;
        _budget = source.Budget;
    }

    private enum Space : byte
    {
        Tags,
        Identifiers,
    }

    /// <summary>Keeps the name of a function, which must be the symbol's.</summary>
    /// <returns>Whether the name can be used: it is one in C, and no other function has it.</returns>
    public bool TryKeep(uint function)
    {
        uint name = _source.Record(function).NameOffset;
        return CIdentifiers.IsOrdinaryName(_source.Text(name)) && TryAdd(Space.Identifiers, name, BtfKind.Function, out _);
    }

    /// <summary>Names everything that is marked as seen, and all types before <paramref name="firstWritten"/>.</summary>
    public void Assign(uint firstWritten)
    {
        for (uint id = 1; id < _source.EndId; id++)
        {
            if (id < firstWritten || (_states[id] & CTypeState.Seen) != 0) Add(id);
        }

        // What is only declared is the type that has its name, if there is one of this kind.
        for (uint id = 1; id < _source.EndId; id++)
        {
            if ((_states[id] & CTypeState.Seen) == 0 && id >= firstWritten) continue;
            BtfRecord record = _source.Record(id);
            if (IsDeclaration(record)) Take(Space.Tags, id, WholeType, record.NameOffset, DeclaredKind(record), share: true);
        }

        foreach (Conflict conflict in _conflicts) Rename(conflict);
    }

    /// <summary>The name under which a type is written.</summary>
    public ReadOnlySpan<byte> Of(uint id, uint nameOffset) =>
        (_states[id] & CTypeState.Renamed) != 0 && _renamed.TryGetValue(Key(id, WholeType), out byte[]? name)
            ? name
            : _source.Text(nameOffset);

    /// <summary>The name under which a value of an enumeration is written.</summary>
    public ReadOnlySpan<byte> OfValue(uint id, int index, uint nameOffset) =>
        (_states[id] & CTypeState.Renamed) != 0 && _renamed.TryGetValue(Key(id, (uint)index), out byte[]? name)
            ? name
            : _source.Text(nameOffset);

    private static bool IsDeclaration(BtfRecord record) =>
        record.NameOffset != 0
        && (record.Kind == BtfKind.Forward || (record.Kind is BtfKind.Enum or BtfKind.Enum64 && record.Length == 0));

    private static BtfKind DeclaredKind(BtfRecord record) => record.Kind switch
    {
        BtfKind.Forward => record.KindFlag ? BtfKind.Union : BtfKind.Struct,
        BtfKind.Enum64 => BtfKind.Enum,
        _ => record.Kind,
    };

    private static ulong Key(uint id, uint value) => ((ulong)id << 32) | value;

    private void Add(uint id)
    {
        BtfRecord record = _source.Record(id);
        switch (record.Kind)
        {
            case BtfKind.Struct or BtfKind.Union when record.NameOffset != 0:
                Take(Space.Tags, id, WholeType, record.NameOffset, record.Kind);
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                if (record.NameOffset != 0 && record.Length > 0)
                    Take(Space.Tags, id, WholeType, record.NameOffset, BtfKind.Enum);
                int words = record.Kind == BtfKind.Enum64 ? 3 : 2;
                for (int i = 0; i < record.Length; i++)
                    Take(Space.Identifiers, id, (uint)i, record.Word(i * words), BtfKind.Enum);
                break;
            case BtfKind.Typedef:
            case BtfKind.Float when !CNumbers.IsFloatForBpf(record.SizeOrType):
                Take(Space.Identifiers, id, WholeType, record.NameOffset, record.Kind);
                break;
        }
    }

    private static bool CanStay(Space space, ReadOnlySpan<byte> name) =>
        space == Space.Tags ? CIdentifiers.IsName(name) : CIdentifiers.IsOrdinaryName(name);

    private void Take(Space space, uint id, uint value, uint nameOffset, BtfKind kind, bool share = false)
    {
        bool valid = CanStay(space, _source.Text(nameOffset));
        if (TryAdd(space, nameOffset, kind, out int entry) && valid) return;
        if (share && valid && _entries[entry].Kind == kind) return;
        _conflicts.Add(new Conflict(space, id, value, nameOffset, kind, entry, share));
    }

    /// <summary>Adds a name that is not there yet.</summary>
    private bool TryAdd(Space space, uint nameOffset, BtfKind kind, out int entry)
    {
        ReadOnlySpan<byte> name = _source.Text(nameOffset);
        uint hash = Hash(space, name);
        entry = Find(space, name, hash);
        if (entry != 0) return false;
        entry = Insert(new Entry { Hash = hash, Space = space, NameOffset = nameOffset, Kind = kind, Last = 1 });
        return true;
    }

    // All names as they stand in BTF are there by now, so that the new one is not another type's own.
    private void Rename(Conflict conflict)
    {
        (int, BtfKind) thing = (conflict.Entry, conflict.Kind);
        if (conflict.Share && _shared.TryGetValue(thing, out byte[]? name))
        {
            SetName(conflict, name);
            return;
        }

        ReadOnlySpan<byte> text = _source.Text(conflict.NameOffset);
        bool number = CanStay(conflict.Space, text);
        byte[] stem = number ? text.ToArray() : CIdentifiers.MakeName(text);
        number |= !CanStay(conflict.Space, stem);
        name = stem;
        uint hash;
        while (true)
        {
            if (number) name = [.. stem, .. Encoding.ASCII.GetBytes($"___{++_entries[conflict.Entry].Last}")];
            hash = Hash(conflict.Space, name);
            if (Find(conflict.Space, name, hash) == 0) break;
            number = true;
        }

        Insert(new Entry { Hash = hash, Space = conflict.Space, Text = name, Last = 1 });
        _shared.TryAdd(thing, name);
        SetName(conflict, name);
    }

    private void SetName(Conflict conflict, byte[] name)
    {
        _states[conflict.Id] |= CTypeState.Renamed;
        _renamed[Key(conflict.Id, conflict.Value)] = name;
    }

    private uint Hash(Space space, ReadOnlySpan<byte> name)
    {
        _budget -= name.Length;
        if (_budget < 0) throw new ObjectFormatException("the names are longer than those of any compiler", BtfHeader.Section);
        HashCode hash = default;
        hash.Add((int)space);
        hash.AddBytes(name);
        return (uint)hash.ToHashCode();
    }

    private int Find(Space space, ReadOnlySpan<byte> name, uint hash)
    {
        for (int i = _heads[hash & (uint)(_heads.Length - 1)]; i != 0; i = _entries[i].Next)
        {
            ref Entry entry = ref _entries[i];
            if (entry.Hash == hash && entry.Space == space && name.SequenceEqual(entry.Text ?? _source.Text(entry.NameOffset)))
                return i;
        }

        return 0;
    }

    private int Insert(Entry entry)
    {
        if (++_count == _entries.Length) Grow();
        ref int head = ref _heads[entry.Hash & (uint)(_heads.Length - 1)];
        entry.Next = head;
        _entries[_count] = entry;
        head = _count;
        return _count;
    }

    private void Grow()
    {
        Array.Resize(ref _entries, _entries.Length * 2);
        _heads = new int[_entries.Length];
        for (int i = 1; i < _count; i++)
        {
            ref int head = ref _heads[_entries[i].Hash & (uint)(_heads.Length - 1)];
            _entries[i].Next = head;
            head = i;
        }
    }

    /// <summary>A name that is taken. The first one stands at index 1: 0 ends a chain.</summary>
    private struct Entry
    {
        public uint Hash;
        public int Next;
        public uint NameOffset;
        public int Last;
        public Space Space;
        public BtfKind Kind;
        public byte[]? Text;
    }

    private readonly record struct Conflict(Space Space, uint Id, uint Value, uint NameOffset, BtfKind Kind, int Entry, bool Share);
}
