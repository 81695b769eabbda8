using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;

namespace Ebpf.CoRe;

/// <summary>Writes types with only that in them which is used.</summary>
/// <param name="uses">What is used.</param>
/// <param name="specs">Where types come from; those of an earlier one are written first, each in the order of its ids.</param>
internal sealed class TypeReduction(TypeUses uses, IReadOnlyList<BtfSpec> specs)
{
    private readonly Dictionary<BtfType, uint> _ids = [];
    private readonly Dictionary<BtfSpec, NameImport> _names = [];
    private readonly StringPool _strings = new(null);
    private readonly List<uint> _words = [];

    /// <summary>Writes them.</summary>
    /// <exception cref="ObjectFormatException">A type is malformed.</exception>
    public BtfSpec Write(ByteOrder order)
    {
        (int Rank, BtfType Type)[] kept = [.. uses.All.Keys.Select(type => (RankOf(type.Owner), type))];
        Array.Sort(kept, static (a, b) => a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : a.Type.Id.CompareTo(b.Type.Id));
        foreach ((_, BtfType type) in kept) _ids.Add(type, (uint)_ids.Count + 1);

        TypeStore store = new(1);
        foreach ((_, BtfType type) in kept) store.Add(Reduce(type, uses.All[type]));
        return BtfSpec.Parse(BtfWriter.Write(order, store.ToWords(), _strings.Bytes, withLayout: false));
    }

    private int RankOf(BtfSpec owner)
    {
        for (int i = 0; i < specs.Count; i++)
        {
            if (ReferenceEquals(specs[i], owner)) return i;
        }

        return specs.Count;
    }

    private ReadOnlySpan<uint> Reduce(BtfType type, TypeUse use)
    {
        _words.Clear();
        type.Owner.CopyWords(type.Id.Value, _words);
        Span<uint> record = CollectionsMarshal.AsSpan(_words);
        record = type switch
        {
            CompositeType when !use.HasAllMembers => KeepElements(record, use.Kept),
            EnumType when !use.HasAllValues => KeepElements(record, use.Kept),
            FunctionPrototypeType when !use.HasTarget => KeepElements(record, []),
            DataSectionType => KeepElements(record, []),
            _ => record,
        };
        ref NameImport? names = ref CollectionsMarshal.GetValueRefOrAddDefault(_names, type.Owner, out _);
        names ??= new NameImport(type.Owner.Strings, _strings);
        names.Import(record);
        bool isCut = type is PointerType or FunctionPrototypeType && !use.HasTarget;
        foreach (int at in RecordWords.TypeIds(record)) record[at] = isCut ? 0 : IdOf(type.Owner[record[at]]);
        return record;
    }

    /// <summary>What a reference to a type becomes: one to what is behind typedefs and qualifiers; <c>void</c> for what is not needed.</summary>
    private uint IdOf(BtfType type) => _ids.GetValueOrDefault(type.Resolve());

    private static Span<uint> KeepElements(Span<uint> record, IReadOnlyCollection<int> kept)
    {
        BtfKind kind = RecordWords.KindOf(record);
        int stride = RecordWords.ElementWords(kind);
        int end = RecordWords.HeadWords;
        foreach (int index in kept)
        {
            record.Slice(RecordWords.HeadWords + (index * stride), stride).CopyTo(record[end..]);
            end += stride;
        }

        record[1] = RecordWords.Info(kind, (uint)kept.Count, (record[1] & RecordWords.Flag) != 0);
        return record[..end];
    }
}
