namespace Ebpf.Btf.Dedup;

/// <summary>Finds types that are the same: equal by themselves, and referring to types that are the same, however deep.</summary>
/// <remarks>
/// That is what makes states of an automaton equivalent, and is found in the same way, in time proportional to n log n:
/// types are states, references are transitions. Circles need no special care, and no type is compared with another.
/// </remarks>
internal static class TypeClasses
{
    /// <summary>Gives every type the first type that is the same.</summary>
    public static uint[] Find(TypeGraph graph)
    {
        RefinablePartition types = new(graph.ShapeOf, graph.ShapeCount);
        Transitions transitions = new(graph);
        RefinablePartition splitters = new(transitions.Labels, transitions.LabelCount);

        for (int block = 1, splitter = 0; splitter < splitters.Count; splitter++)
        {
            foreach (int transition in splitters.Elements(splitter)) types.Mark(transitions.Sources[transition]);
            types.Split();
            for (; block < types.Count; block++)
            {
                foreach (int type in types.Elements(block))
                {
                    foreach (int transition in transitions.Into(type)) splitters.Mark(transition);
                }

                splitters.Split();
            }
        }

        uint[] first = new uint[types.Count];
        uint[] same = new uint[graph.Count];
        for (int id = graph.Count - 1; id >= 0; id--) first[types.SetOf(id)] = (uint)id;
        for (int id = 0; id < same.Length; id++) same[id] = first[types.SetOf(id)];
        return same;
    }

    /// <summary>The references, by number, by the type that they come from, and by the type that they go to.</summary>
    private sealed class Transitions
    {
        private readonly int[] _firstInto;
        private readonly int[] _into;

        public Transitions(TypeGraph graph)
        {
            Sources = new int[graph.ReferenceCount];
            Labels = new int[graph.ReferenceCount];
            _firstInto = new int[graph.Count + 1];
            _into = new int[graph.ReferenceCount];
            int next = 0;
            for (uint id = 0; id < (uint)graph.Count; id++)
            {
                ReadOnlySpan<uint> children = graph.Children(id);
                for (int label = 0; label < children.Length; label++)
                {
                    Sources[next] = (int)id;
                    Labels[next++] = label;
                    _firstInto[children[label] + 1]++;
                }

                LabelCount = Math.Max(LabelCount, children.Length);
            }

            for (int id = 0; id < graph.Count; id++) _firstInto[id + 1] += _firstInto[id];
            int[] fill = [.. _firstInto];
            next = 0;
            for (uint id = 0; id < (uint)graph.Count; id++)
            {
                foreach (uint child in graph.Children(id)) _into[fill[child]++] = next++;
            }
        }

        public int[] Sources { get; }

        /// <summary>Which reference of its type it is.</summary>
        public int[] Labels { get; }

        public int LabelCount { get; }

        public ReadOnlySpan<int> Into(int type) => _into.AsSpan(_firstInto[type].._firstInto[type + 1]);
    }
}
