using Ebpf.Btf;

namespace Ebpf.Asm.Editing;

/// <summary>
/// What an edit passes on: the symbols, functions and lines of source that start at the place of the edit.
/// </summary>
/// <remarks>Made before the edit, and asked to pass on after it.</remarks>
internal readonly struct Heritage
{
    private readonly InstructionList _list;
    private readonly int _index;
    private readonly HashSet<string> _called;
    private readonly Instruction[] _removed;

    /// <summary>Remembers what stands where an edit is going to be.</summary>
    /// <param name="list">What is edited.</param>
    /// <param name="index">Where.</param>
    /// <param name="removed">How many instructions are going to go.</param>
    public Heritage(InstructionList list, int index, int removed)
    {
        _list = list;
        _index = index;
        _called = SymbolScopes.CalledFunctions(list);
        _removed = list.AsSpan().Slice(index, removed).ToArray();
    }

    /// <summary>Passes on, after the edit.</summary>
    /// <param name="added">How many instructions are new.</param>
    public void PassOn(int added)
    {
        if (_index == _list.Count) return;
        if (_removed.Length == 0) MoveStart(added);
        else Bequeath(added);
    }

    /// <summary>
    /// Lets a function start with what was inserted at its start: the kernel wants the type of a function and a line at
    /// its first slot.
    /// </summary>
    private void MoveStart(int added)
    {
        ref Instruction first = ref _list[_index];
        ref Instruction old = ref _list[_index + added];
        if (!SymbolScopes.IsFunctionStart(in old, _index, _called)) return;
        if (first.Symbol is not null || first.Function is not null) return;

        string? symbol = old.Symbol;
        LineInfo? ownLine = first.Line;
        first.Annotate(symbol, ownLine ?? old.Line, old.Function, first.Relocation);
        old.Annotate(null, ownLine is null ? null : old.Line, null, old.Relocation);
        if (symbol is null) return;

        // Jumps by the function's name go on going to its old first instruction, which needs a name of its own.
        string label = UnusedSymbol(symbol);
        if (RenameLabels([symbol], label)) old.Symbol = label;
    }

    /// <summary>Gives what the removed instructions had to the one that follows them.</summary>
    private void Bequeath(int added)
    {
        ref Instruction heir = ref _list[_index];
        if (added == 0 && SymbolScopes.IsFunctionStart(in heir, int.MaxValue, _called)) return;

        string? symbol = heir.Symbol;
        FunctionType? function = heir.Function;
        LineInfo? line = null;
        bool named = added != 0 && symbol is not null;
        HashSet<string> others = new(StringComparer.Ordinal);
        if (symbol is not null) others.Add(symbol);
        for (int i = 0; i < _removed.Length; i++)
        {
            ref readonly Instruction gone = ref _removed[i];
            if (line is null || added == 0) line = gone.Line ?? line;
            if (gone.Symbol is not null) others.Add(gone.Symbol);
            bool starts = SymbolScopes.IsFunctionStart(in gone, _index + i, _called);
            if (starts && !named && gone.Symbol is not null) symbol = gone.Symbol;
            if (starts && gone.Function is not null) function = gone.Function;
            symbol ??= gone.Symbol;
        }

        heir.Annotate(symbol, heir.Line ?? line, function, heir.Relocation);
        if (symbol is null) return;
        others.Remove(symbol);
        RenameLabels(others, symbol);
    }

    /// <summary>Changes the names to which jumps of the function at the place of the edit refer.</summary>
    /// <returns>Whether there was any such jump.</returns>
    private bool RenameLabels(HashSet<string> from, string to)
    {
        if (from.Count == 0) return false;
        int start = _index;
        while (!SymbolScopes.IsFunctionStart(in _list[start], start, _called)) start--;

        bool any = false;
        for (int i = start; i < _list.Count; i++)
        {
            ref Instruction instruction = ref _list[i];
            if (i > start && SymbolScopes.IsFunctionStart(in instruction, i, _called)) break;
            if (instruction.Reference is not { } reference) continue;
            Reference renamed = reference.RenameLabels(from, to);
            if (ReferenceEquals(renamed, reference)) continue;
            instruction.Reference = renamed;
            any = true;
        }

        return any;
    }

    private string UnusedSymbol(string symbol)
    {
        int number = 1;
        string name;
        do
        {
            name = $"{symbol}.{number++}";
        }
        while (_list.IndexOfSymbol(name) >= 0);
        return name;
    }
}
