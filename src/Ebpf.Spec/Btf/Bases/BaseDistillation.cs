using System.Runtime.InteropServices;
using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Bases;

/// <summary>
/// Makes a distilled base: of all that split BTF needs of its base only names, kinds and sizes, so that the right types can
/// be found again in another version of the base. What has no name moves into the split BTF.
/// </summary>
/// <remarks>The result is that of libbpf's <c>btf__distill_base</c>, in the same order.</remarks>
internal sealed class BaseDistillation(BtfSpec split)
{
    private readonly bool[] _isNeeded = new bool[split.FirstId];
    private readonly uint[] _ids = new uint[split.Count];
    private readonly List<uint> _words = [];

    /// <summary>Makes the split BTF on its distilled base.</summary>
    /// <returns>The split BTF, whose base is the distilled one.</returns>
    /// <exception cref="ObjectFormatException">
    /// The split BTF refers to a function, variable or tag of its base, or is malformed.
    /// </exception>
    public BtfSpec Distill()
    {
        TypeStore own = TypeStore.Of(split);
        FindNeeded(own);

        TypeStore baseTypes = new(1);
        StringPool baseStrings = new(null);
        NameImport baseNames = new(split.Strings, baseStrings);
        for (uint id = 1; id < split.FirstId; id++)
        {
            if (_isNeeded[id] && IsKeptInBase(id)) _ids[id] = baseTypes.Add(Distilled(id, baseNames));
        }

        bool layout = split.HasLayout;
        BtfSpec distilled = BtfSpec.Parse(BtfWriter.Write(split.ByteOrder, baseTypes.ToWords(), baseStrings.Bytes, layout));
        uint next = (uint)distilled.Count;
        for (uint id = split.FirstId; id < (uint)split.Count; id++) _ids[id] = next++;
        for (uint id = 1; id < split.FirstId; id++)
        {
            if (_isNeeded[id] && !IsKeptInBase(id)) _ids[id] = next++;
        }

        TypeStore types = new((uint)distilled.Count);
        StringPool strings = new(distilled.Strings);
        NameImport names = new(split.Strings, strings);
        for (uint id = split.FirstId; id < (uint)split.Count; id++) types.Add(Moved(own[id], names));
        for (uint id = 1; id < split.FirstId; id++)
        {
            if (_isNeeded[id] && !IsKeptInBase(id)) types.Add(Moved(Words(id), names));
        }

        return BtfSpec.Parse(BtfWriter.Write(split.ByteOrder, types.ToWords(), strings.Bytes, layout), distilled);
    }

    private void FindNeeded(TypeStore own)
    {
        List<uint> pending = [];
        for (uint id = own.FirstId; id < own.EndId; id++) Need(own[id], pending);
        while (pending.Count > 0)
        {
            uint id = pending[^1];
            pending.RemoveAt(pending.Count - 1);
            if (!IsKeptInBase(id)) Need(Words(id), pending);
        }
    }

    private void Need(ReadOnlySpan<uint> record, List<uint> pending)
    {
        foreach (int at in RecordWords.TypeIds(record))
        {
            uint id = record[at];
            if (id >= (uint)split.Count)
                throw new ObjectFormatException($"there is no type {id}: the last one is {split.Count - 1}", BtfHeader.Section);
            if (id == 0 || id >= split.FirstId || _isNeeded[id]) continue;
            BtfKind kind = RecordOf(id).Kind;
            if (kind is BtfKind.Function or BtfKind.Variable or BtfKind.DataSection or BtfKind.DeclTag)
                throw new ObjectFormatException($"type {id} of the base is of kind {kind}, which cannot be distilled", BtfHeader.Section);
            _isNeeded[id] = true;
            pending.Add(id);
        }
    }

    /// <summary>Whether a type can be found again by its name.</summary>
    private bool IsKeptInBase(uint id)
    {
        BtfRecord record = RecordOf(id);
        return record.NameOffset != 0
            && record.Kind is BtfKind.Int or BtfKind.Float or BtfKind.Forward or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64;
    }

    private ReadOnlySpan<uint> Distilled(uint id, NameImport names)
    {
        Span<uint> words = Words(id);
        words[0] = names.Import(words[0]);
        switch (RecordWords.KindOf(words))
        {
            case BtfKind.Struct or BtfKind.Union:
                words[1] = RecordWords.Info(RecordWords.KindOf(words));
                return words[..RecordWords.HeadWords];
            case BtfKind.Enum or BtfKind.Enum64:
                words[1] = RecordWords.Info(BtfKind.Enum);
                return words[..RecordWords.HeadWords];
            default:
                return words;
        }
    }

    private Span<uint> Moved(Span<uint> record, NameImport names)
    {
        names.Import(record);
        foreach (int at in RecordWords.TypeIds(record)) record[at] = _ids[record[at]];
        return record;
    }

    private Span<uint> Words(uint id)
    {
        _words.Clear();
        split.OwnerOf(id).CopyWords(id, _words);
        return CollectionsMarshal.AsSpan(_words);
    }

    private BtfRecord RecordOf(uint id) => split.OwnerOf(id).Record(id);
}
