using System.Diagnostics.CodeAnalysis;

namespace Ebpf.Asm.Editing;

/// <summary>New names for labels, each in its function, to which jumps are changed all at once.</summary>
/// <param name="list">The list after the edit.</param>
/// <param name="starts">Where functions of the list before the edit start now, in ascending order.</param>
/// <param name="called">The functions that are called by name.</param>
internal sealed class LabelRenames(InstructionList list, List<int> starts, HashSet<string> called)
{
    private readonly Dictionary<int, Names> _byFunction = [];
    private HashSet<string>? _symbols;
    private List<int>? _bounds;

    /// <summary>Where functions start: those of before, and those that came.</summary>
    private List<int> Bounds => _bounds ??= FindBounds();

    /// <summary>Notes that a function starts earlier, with what was inserted at its start.</summary>
    public void MoveStart(int from, int to)
    {
        int index = Bounds.BinarySearch(from);
        if (index < 0) return;
        Bounds.RemoveAt(index);
        int place = Bounds.BinarySearch(to);
        if (place < 0) Bounds.Insert(~place, to);
        if (!_byFunction.Remove(from, out Names? names)) return;
        names.Add(list.AsSpan()[to..from]);
        _byFunction.Add(to, names);
    }

    /// <summary>Leads the jumps of a function to one label to another.</summary>
    /// <param name="position">A position in the function.</param>
    /// <param name="from">The label.</param>
    /// <param name="to">The other.</param>
    public void Rename(int position, string from, string to) => NamesOf(position).Rename(from, to);

    /// <summary>Leads the jumps of a function to a label to one that nothing is called yet.</summary>
    /// <param name="position">A position in the function.</param>
    /// <param name="from">The label.</param>
    /// <param name="to">The other.</param>
    /// <returns>Whether there are such jumps.</returns>
    public bool TryRenameToUnused(int position, string from, [NotNullWhen(true)] out string? to)
    {
        to = null;
        Names names = NamesOf(position);
        if (!names.IsUsed(from)) return false;
        _symbols ??= [.. list.Select(instruction => instruction.Symbol).OfType<string>()];
        int number = 1;
        do to = $"{from}.{number++}";
        while (!_symbols.Add(to));
        names.Rename(from, to);
        return true;
    }

    /// <summary>Changes the jumps.</summary>
    public void Apply()
    {
        foreach ((int start, Names names) in _byFunction)
        {
            Dictionary<string, string> changes = names.Changes();
            if (changes.Count == 0) continue;
            foreach (ref Instruction instruction in list.AsSpan()[start..names.End])
            {
                if (instruction.Reference is { } reference) instruction.Reference = reference.RenameLabels(changes);
            }
        }
    }

    private Names NamesOf(int position)
    {
        int index = Bounds.BinarySearch(position);
        if (index < 0) index = ~index - 1;
        int start = index < 0 ? 0 : Bounds[index];
        if (_byFunction.TryGetValue(start, out Names? names)) return names;
        int end = index + 1 < Bounds.Count ? Bounds[index + 1] : list.Count;
        names = new Names(list.AsSpan()[start..end], end);
        _byFunction.Add(start, names);
        return names;
    }

    private List<int> FindBounds()
    {
        SortedSet<int> bounds = [.. starts];
        for (int i = 0; i < list.Count; i++)
        {
            if (SymbolScopes.IsFunctionStart(in list[i], i, called)) bounds.Add(i);
        }

        return [.. bounds];
    }

    /// <summary>The labels to which jumps of one function refer.</summary>
    private sealed class Names
    {
        /// <summary>To each name as it is now, those of before that lead there.</summary>
        private readonly Dictionary<string, List<string>> _before = new(StringComparer.Ordinal);

        private readonly HashSet<string> _known = new(StringComparer.Ordinal);

        public Names(ReadOnlySpan<Instruction> function, int end)
        {
            End = end;
            Add(function);
        }

        /// <summary>Where the function ends.</summary>
        public int End { get; }

        /// <summary>Adds the labels to which instructions refer.</summary>
        public void Add(ReadOnlySpan<Instruction> instructions)
        {
            foreach (ref readonly Instruction instruction in instructions)
            {
                if (instruction.Reference is not { } reference) continue;
                if (reference.Kind == ReferenceKind.Label) Add(reference.Name);
                foreach (string target in reference.Targets) Add(target);
            }
        }

        public bool IsUsed(string name) => _before.ContainsKey(name);

        public void Rename(string from, string to)
        {
            if (!_before.Remove(from, out List<string>? moved)) return;
            if (_before.TryGetValue(to, out List<string>? there))
            {
                (List<string> large, List<string> small) = moved.Count > there.Count ? (moved, there) : (there, moved);
                large.AddRange(small);
                moved = large;
            }

            _before[to] = moved;
        }

        private void Add(string name)
        {
            if (!_known.Add(name)) return;
            if (_before.TryGetValue(name, out List<string>? there)) there.Add(name);
            else _before.Add(name, [name]);
        }

        /// <summary>The names that have changed, and what they have become.</summary>
        public Dictionary<string, string> Changes()
        {
            Dictionary<string, string> changes = new(StringComparer.Ordinal);
            foreach ((string now, List<string> before) in _before)
            {
                foreach (string name in before.Where(name => name != now)) changes[name] = now;
            }

            return changes;
        }
    }
}
