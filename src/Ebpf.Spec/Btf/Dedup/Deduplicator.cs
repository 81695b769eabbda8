using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf.Dedup;

/// <summary>Leaves one of each type, and no declaration whose definition is there.</summary>
/// <remarks>
/// What libbpf's <c>btf__dedup</c> does, in another way: types that are the same are found all at once
/// (<see cref="TypeClasses"/>); only for declarations are structures compared one with another
/// (<see cref="ForwardResolution"/>). What is found there makes more types the same, so both alternate until nothing changes.
/// </remarks>
internal sealed class Deduplicator(BtfSpec spec)
{
    private readonly TypeGraph _graph = new(spec);

    /// <summary>Deduplicates the types.</summary>
    /// <param name="newIds">The new id of every type, by its old one.</param>
    /// <exception cref="ObjectFormatException">
    /// A type refers to one that does not exist, or is of a kind that is not known.
    /// </exception>
    public BtfSpec Deduplicate(out BtfTypeIdMap newIds)
    {
        uint[] targets = FindClasses();
        bool[] isResolved = new bool[_graph.Count];
        Point(targets);
        KeepInBase(targets);
        for (int round = 1; round < Limits.MaxDedupRounds; round++)
        {
            if (new ForwardResolution(_graph, targets).Resolve(isResolved) is not { } replacements) break;
            Apply(targets, replacements);
            Point(replacements);
            uint[] same = FindClasses();
            Apply(targets, same);
            Point(same);
        }

        if (spec.Base is not null)
        {
            uint[] same = TypeClasses.Find(_graph);
            Apply(targets, same);
            Point(same);
        }

        return Write(targets, out newIds);
    }

    /// <summary>
    /// Finds types that are the same. What refers to others counts as the base's only in the end: there it may lead to a
    /// declaration that has its definition here.
    /// </summary>
    private uint[] FindClasses()
    {
        uint[] same = TypeClasses.Find(_graph);
        if (spec.Base is null) return same;
        uint[] firstOwn = new uint[spec.FirstId];
        for (uint id = spec.FirstId; id < (uint)same.Length; id++)
        {
            if (!_graph.IsFixed(same[id]) || _graph.Children(id).IsEmpty || _graph.KindOf(id) is BtfKind.Struct or BtfKind.Union) continue;
            ref uint first = ref firstOwn[same[id]];
            if (first == 0) first = id;
            same[id] = first;
        }

        return same;
    }

    /// <summary>Lets what is not the base's refer to what stands for a type.</summary>
    private void Point(uint[] targets)
    {
        for (uint id = spec.FirstId; id < (uint)_graph.Count; id++)
        {
            foreach (ref uint child in _graph.Children(id)) child = targets[child];
        }
    }

    /// <summary>Changes what stands for types that are not the base's.</summary>
    private void Apply(uint[] targets, uint[] replacements)
    {
        for (uint id = spec.FirstId; id < (uint)_graph.Count; id++) targets[id] = replacements[targets[id]];
    }

    /// <summary>
    /// Structures that the base has are the base's for good: a definition of something that they only declare makes no others.
    /// </summary>
    private void KeepInBase(uint[] targets)
    {
        for (uint id = spec.FirstId; id < (uint)_graph.Count; id++)
        {
            if (!_graph.IsFixed(targets[id]) || _graph.KindOf(id) is not (BtfKind.Struct or BtfKind.Union)) continue;
            foreach (ref uint child in _graph.Children(id)) child = 0;
        }
    }

    private BtfSpec Write(uint[] targets, out BtfTypeIdMap newIds)
    {
        uint[] ids = new uint[_graph.Count];
        uint count = spec.FirstId;
        for (uint id = 0; id < (uint)ids.Length; id++)
        {
            if (_graph.IsFixed(id)) ids[id] = id;
            else if (targets[id] == id) ids[id] = count++;
        }

        for (uint id = spec.FirstId; id < (uint)ids.Length; id++) ids[id] = ids[targets[id]];

        TypeStore own = TypeStore.Of(spec);
        TypeStore kept = new(spec.FirstId);
        StringPool strings = new(spec.Base?.Strings);
        NameImport names = new(spec.Strings, strings);
        for (uint id = spec.FirstId; id < (uint)ids.Length; id++)
        {
            if (targets[id] != id) continue;
            Span<uint> record = own[id];
            names.Import(record);
            ReadOnlySpan<uint> children = _graph.Children(id);
            int next = 0;
            foreach (int at in RecordWords.TypeIds(record)) record[at] = ids[children[next++]];
            kept.Add(record);
        }

        newIds = new BtfTypeIdMap(ids);
        return BtfSpec.Parse(BtfWriter.Write(spec.ByteOrder, kept.ToWords(), strings.Bytes, spec.HasLayout), spec.Base);
    }
}
