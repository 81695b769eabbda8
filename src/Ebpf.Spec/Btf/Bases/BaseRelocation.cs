using System.Runtime.InteropServices;
using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf.Bases;

/// <summary>
/// Moves split BTF from its distilled base onto the base that is really there: the types of the one are looked for in the
/// other by kind, name and size.
/// </summary>
/// <remarks>The rules are those of libbpf's <c>btf__relocate</c> and of the kernel, when it loads a module.</remarks>
internal sealed class BaseRelocation
{
    /// <summary>The section that holds a distilled base, in errors.</summary>
    public const string Section = ".BTF.base";

    private readonly BtfSpec _split;
    private readonly BtfSpec _distilled;
    private readonly BtfSpec _target;
    private readonly StringPool _names = new(null);
    private readonly Dictionary<(uint Name, Group Group), Match> _byName = [];
    private readonly Dictionary<(uint Name, Group Group, uint Size, uint Encoding), Match> _bySize = [];
    private readonly bool[] _isEmbedded;

    public BaseRelocation(BtfSpec split, BtfSpec target)
    {
        _split = split;
        _distilled = split.Base!;
        _target = target;
        _isEmbedded = new bool[_distilled.Count];
    }

    /// <summary>Kinds that can stand for one another. Enumerations of both kinds are one in a distilled base.</summary>
    private enum Group
    {
        None,
        Int,
        Float,
        Enum,
        Struct,
        Union,
        ForwardStruct,
        ForwardUnion,
    }

    /// <summary>Makes the split BTF on the real base.</summary>
    /// <exception cref="ObjectFormatException">The base is no distilled one, or does not fit the target.</exception>
    public BtfSpec Relocate()
    {
        TypeStore types = TypeStore.Of(_split);
        MarkEmbedded(types);
        uint[] ids = MapBase();
        uint shift = (uint)_target.Count - (uint)_distilled.Count;
        StringPool strings = new(_target.Strings);
        NameImport names = new(_split.Strings, strings);
        for (uint id = types.FirstId; id < types.EndId; id++)
        {
            Span<uint> record = types[id];
            names.Import(record);
            foreach (int at in RecordWords.TypeIds(record))
            {
                uint old = record[at];
                record[at] = old < (uint)ids.Length ? ids[old] : old + shift;
            }
        }

        return BtfSpec.Parse(BtfWriter.Write(_split.ByteOrder, types.ToWords(), strings.Bytes, _split.HasLayout), _target);
    }

    private static Group GroupOf(BtfRecord record) => record.Kind switch
    {
        BtfKind.Int => Group.Int,
        BtfKind.Float => Group.Float,
        BtfKind.Enum or BtfKind.Enum64 => Group.Enum,
        BtfKind.Struct => Group.Struct,
        BtfKind.Union => Group.Union,
        BtfKind.Forward => record.KindFlag ? Group.ForwardUnion : Group.ForwardStruct,
        _ => Group.None,
    };

    /// <summary>Structures of the base that are members, not behind pointers: for them the size must be the same.</summary>
    private void MarkEmbedded(TypeStore types)
    {
        bool[] seen = new bool[_split.Count];
        for (uint id = types.FirstId; id < types.EndId; id++)
        {
            ReadOnlySpan<uint> record = types[id];
            if (RecordWords.KindOf(record) is not (BtfKind.Struct or BtfKind.Union)) continue;
            foreach (int at in RecordWords.TypeIds(record)) MarkEmbedded(types, record[at], seen);
        }
    }

    private void MarkEmbedded(TypeStore types, uint id, bool[] seen)
    {
        while (id != 0 && id < (uint)seen.Length && !seen[id])
        {
            seen[id] = true;
            if (id < types.FirstId)
            {
                _isEmbedded[id] = true;
                return;
            }

            ReadOnlySpan<uint> record = types[id];
            switch (RecordWords.KindOf(record))
            {
                case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.Typedef or BtfKind.TypeTag:
                    id = record[2];
                    break;
                case BtfKind.Array:
                    id = record[RecordWords.HeadWords];
                    break;
                default:
                    return;
            }
        }
    }

    private uint[] MapBase()
    {
        NameImport names = new(_distilled.Strings, _names);
        uint[] nameOf = new uint[_distilled.Count];
        for (uint id = 1; id < (uint)nameOf.Length; id++)
        {
            BtfRecord record = RecordOf(_distilled, id);
            if (GroupOf(record) == Group.None || record.Kind == BtfKind.Enum64 || record.NameOffset == 0)
            {
                throw new ObjectFormatException(
                    $"type {id} does not belong in a distilled base: it is of kind {record.Kind}{(record.NameOffset == 0 ? " and has no name" : "")}",
                    Section);
            }

            nameOf[id] = names.Import(record.NameOffset);
        }

        IndexTarget();
        uint[] ids = new uint[_distilled.Count];
        for (uint id = 1; id < (uint)ids.Length; id++) ids[id] = Find(id, nameOf[id], RecordOf(_distilled, id));
        return ids;
    }

    private void IndexTarget()
    {
        Dictionary<uint, uint> known = [];
        for (uint id = 1; id < (uint)_target.Count; id++)
        {
            BtfSpec owner = _target.OwnerOf(id);
            BtfRecord record = owner.Record(id);
            Group group = GroupOf(record);
            if (group == Group.None || record.NameOffset == 0) continue;
            ref uint name = ref CollectionsMarshal.GetValueRefOrAddDefault(known, record.NameOffset, out bool exists);
            if (!exists) name = _names.Find(owner.Strings.Utf8(record.NameOffset));
            if (name == 0) continue;

            Note(ref CollectionsMarshal.GetValueRefOrAddDefault(_byName, (name, group), out _), id);
            (uint, Group, uint, uint) key = (name, group, SizeOf(record), EncodingOf(record));
            Note(ref CollectionsMarshal.GetValueRefOrAddDefault(_bySize, key, out _), id);
        }
    }

    private static void Note(ref Match match, uint id) => match = match.Count == 0 ? new Match(id, id, 1) : match with { Last = id, Count = match.Count + 1 };

    private uint Find(uint id, uint name, BtfRecord record)
    {
        Group group = GroupOf(record);
        Match match;
        switch (group)
        {
            case Group.Struct or Group.Union:
                // Behind a pointer, the size may have changed; it only tells several of one name apart.
                match = _byName.GetValueOrDefault((name, group));
                if (match.Count > 1 || (match.Count == 1 && _isEmbedded[id]))
                    match = _bySize.GetValueOrDefault((name, group, SizeOf(record), 0u));
                else if (match.Count == 0 && !_isEmbedded[id])
                    match = _byName.GetValueOrDefault((name, group == Group.Struct ? Group.ForwardStruct : Group.ForwardUnion));
                break;
            case Group.ForwardStruct or Group.ForwardUnion:
                match = _byName.GetValueOrDefault((name, group == Group.ForwardStruct ? Group.Struct : Group.Union));
                if (match.Count != 1 && _byName.TryGetValue((name, group), out Match forward)) match = forward;
                break;
            default:
                match = _bySize.GetValueOrDefault((name, group, SizeOf(record), EncodingOf(record)));
                break;
        }

        // Forward declarations of one name are all the same.
        if (match.Count == 1 || (match.Count > 1 && RecordOf(_target, match.First).Kind == BtfKind.Forward)) return match.First;
        throw new ObjectFormatException(Problem(id, match), Section, _distilled.Strings.Excerpt(record.NameOffset, Limits.MaxNameInText));
    }

    private string Problem(uint id, Match match)
    {
        string size = _distilled[id].TryGetSize(out uint bytes) ? $" of {bytes} bytes" : "";
        string type = $"{_distilled[id]}{size} (type {id})";
        return match.Count == 0
            ? $"{type} is not in the base, or not as this: the module was built for another kernel"
            : $"{type} cannot be told apart in the base: types {match.First} and {match.Last} both fit";
    }

    private static uint SizeOf(BtfRecord record) => record.Kind == BtfKind.Forward ? 0 : record.SizeOrType;

    private static uint EncodingOf(BtfRecord record) => record.Kind == BtfKind.Int ? record.Word(0) : 0;

    private static BtfRecord RecordOf(BtfSpec spec, uint id) => spec.OwnerOf(id).Record(id);

    private readonly record struct Match(uint First, uint Last, int Count);
}
