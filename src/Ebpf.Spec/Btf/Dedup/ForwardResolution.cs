using System.Runtime.InteropServices;
using Ebpf.Common;

namespace Ebpf.Btf.Dedup;

/// <summary>
/// Finds the definitions of what is only declared (<c>struct foo;</c>), and so structures that differ in nothing but that
/// one of them has the declaration and the other the definition.
/// </summary>
/// <param name="graph">The types.</param>
/// <param name="targets">What stands for every type: the first that is the same.</param>
internal sealed class ForwardResolution(TypeGraph graph, uint[] targets)
{
    /// <summary>How many pointers, qualifiers and arrays are looked through before structures are compared.</summary>
    private const int OutlineDepth = 4;

    private readonly uint[] _replacements = Identity(graph.Count);
    private readonly uint[] _hypotheses = new uint[graph.Count];
    private readonly List<uint> _supposed = [];
    private readonly Stack<(uint Candidate, uint Canonical)> _pending = new();
    private long _steps = (long)Limits.MaxDedupStepsPerType * graph.Count;
    private bool _isChanged;

    /// <summary>Finds what can be found in one go.</summary>
    /// <param name="isResolved">The declarations whose definitions are known; completed here.</param>
    /// <returns>What to put instead of every type; <c>null</c> if there is nothing (more).</returns>
    public uint[]? Resolve(bool[] isResolved)
    {
        List<uint> forwards = [];
        for (uint id = 1; id < (uint)graph.Count; id++)
        {
            if (targets[id] == id && !isResolved[id] && graph.IsForward(id)) forwards.Add(id);
        }

        if (forwards.Count == 0) return null;
        ResolveByName(forwards);
        if (!_isChanged) MergeSimilar();
        if (!_isChanged) return null;
        foreach (uint forward in forwards) isResolved[forward] = Replacement(forward) != forward;
        for (uint id = 1; id < (uint)graph.Count; id++) _replacements[id] = Replacement(id);
        return _replacements;
    }

    private static uint[] Identity(int count)
    {
        uint[] ids = new uint[count];
        for (int id = 0; id < count; id++) ids[id] = (uint)id;
        return ids;
    }

    /// <summary>A declaration means the only definition of its name.</summary>
    private void ResolveByName(List<uint> forwards)
    {
        const uint several = 0;
        Dictionary<(BtfKind, uint), uint> definitions = [];
        foreach (uint forward in forwards) definitions.TryAdd((graph.DeclaredKind(forward), graph.NameOf(forward)), forward);
        for (uint id = 1; id < (uint)graph.Count; id++)
        {
            if (targets[id] != id || graph.KindOf(id) is not (BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64) || graph.IsForward(id)) continue;
            ref uint definition = ref CollectionsMarshal.GetValueRefOrNullRef(definitions, (graph.DeclaredKind(id), graph.NameOf(id)));
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref definition)) continue;
            definition = definition != several && graph.IsForward(definition) ? id : several;
        }

        foreach (uint forward in forwards)
        {
            uint definition = definitions[(graph.DeclaredKind(forward), graph.NameOf(forward))];
            if (definition == several || graph.IsForward(definition)) continue;
            _replacements[forward] = definition;
            _isChanged = true;
        }
    }

    /// <summary>Compares structures that could be the same but for declarations.</summary>
    private void MergeSimilar()
    {
        foreach (List<uint> similar in SimilarStructures())
        {
            List<uint> canonical = [];
            foreach (uint id in similar)
            {
                if (graph.IsFixed(id) || !canonical.Exists(other => TryMerge(id, other))) canonical.Add(id);
                if (_steps < 0) return;
            }
        }
    }

    /// <summary>Structures whose members could be the same, going by names only where there are names.</summary>
    private List<List<uint>> SimilarStructures()
    {
        int[] outlines = Outlines();
        Dictionary<(int Shape, int Outline), List<uint>> byShape = [];
        List<List<uint>> groups = [];
        for (uint id = 1; id < (uint)graph.Count; id++)
        {
            if (targets[id] != id || graph.KindOf(id) is not (BtfKind.Struct or BtfKind.Union)) continue;
            (int, int) key = (graph.ShapeOf[id], OutlineOf(id, outlines));
            ref List<uint>? group = ref CollectionsMarshal.GetValueRefOrAddDefault(byShape, key, out _);
            (group ??= []).Add(id);
            if (group.Count == 2) groups.Add(group);
        }

        return groups;
    }

    /// <summary>
    /// A hash of each type as far as it can be seen without looking into what has a name: where those differ, declarations
    /// cannot be the reason.
    /// </summary>
    private int[] Outlines()
    {
        int[] outlines = new int[graph.Count];
        int[] deeper = new int[graph.Count];
        for (int round = 0; round < OutlineDepth; round++)
        {
            for (uint id = 1; id < (uint)graph.Count; id++)
            {
                bool named = graph.NameOf(id) != 0
                    && graph.DeclaredKind(id) is BtfKind.Struct or BtfKind.Union or BtfKind.Enum;
                deeper[id] = named ? HashCode.Combine(graph.DeclaredKind(id), graph.NameOf(id)) : OutlineOf(id, outlines);
            }

            (outlines, deeper) = (deeper, outlines);
        }

        return outlines;
    }

    private int OutlineOf(uint id, int[] outlines)
    {
        HashCode hash = default;
        hash.Add(graph.ShapeOf[id]);
        foreach (uint child in graph.Children(id)) hash.Add(outlines[child]);
        return hash.ToHashCode();
    }

    /// <summary>
    /// Goes through both types side by side, supposing that what was met before is the same, until something contradicts or
    /// nothing is left.
    /// </summary>
    private bool TryMerge(uint candidate, uint canonical)
    {
        foreach (uint id in _supposed) _hypotheses[id] = 0;
        _supposed.Clear();
        _pending.Clear();
        _pending.Push((candidate, canonical));
        while (_pending.TryPop(out (uint Candidate, uint Canonical) pair))
        {
            uint a = Replacement(pair.Candidate), b = Replacement(pair.Canonical);
            if (--_steps < 0) return false;
            if (a == b) continue;
            if (a == 0 || b == 0) return false;
            if (_hypotheses[b] == a) continue;
            if (_hypotheses[b] != 0) return false;
            _hypotheses[b] = a;
            _supposed.Add(b);
            if (IsDeclarationOf(a, b) || IsDeclarationOf(b, a)) continue;
            if (graph.ShapeOf[a] != graph.ShapeOf[b] || (graph.IsFixed(a) && graph.IsFixed(b))) return false;

            ReadOnlySpan<uint> children = graph.Children(a), others = graph.Children(b);
            _steps -= children.Length;
            for (int i = children.Length - 1; i >= 0; i--) _pending.Push((children[i], others[i]));
        }

        foreach (uint other in _supposed) Unite(_hypotheses[other], other);
        return true;
    }

    private bool IsDeclarationOf(uint forward, uint definition) =>
        graph.IsForward(forward)
        && !graph.IsForward(definition)
        && !(graph.IsFixed(forward) && !graph.IsFixed(definition))
        && graph.DeclaredKind(forward) == graph.DeclaredKind(definition)
        && graph.NameOf(forward) == graph.NameOf(definition);

    private void Unite(uint a, uint b)
    {
        a = Replacement(a);
        b = Replacement(b);
        if (a == b || graph.KindOf(a) is not (BtfKind.Struct or BtfKind.Union or BtfKind.Forward or BtfKind.Enum or BtfKind.Enum64)) return;
        bool keepsB = graph.IsForward(a) == graph.IsForward(b) ? b < a : graph.IsForward(a);
        (uint kept, uint replaced) = keepsB ? (b, a) : (a, b);
        if (graph.IsFixed(replaced)) return;
        _replacements[replaced] = kept;
        _isChanged = true;
    }

    /// <summary>What stands for a type by now; shortens the way for the next time.</summary>
    private uint Replacement(uint id)
    {
        uint end = id;
        while (_replacements[end] != end) end = _replacements[end];
        while (_replacements[id] != end) (_replacements[id], id) = (end, _replacements[id]);
        return end;
    }
}
