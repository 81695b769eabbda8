using Ebpf.Btf;

namespace Ebpf.Asm.Editing;

/// <summary>
/// Passes on, in an edit, the starts of functions, the labels and the lines of source that stand where instructions are inserted or
/// removed. Made before the edit, and applied after it.
/// </summary>
/// <remarks>
/// From the last step to the first, so that what follows a step is as it is going to be. Renamed labels are only noted, and the jumps
/// to them are changed at the end, all at once.
/// </remarks>
internal readonly ref struct AnnotationTransfer
{
    private readonly InstructionList _list;
    private readonly ReadOnlySpan<EditStep> _steps;
    private readonly HashSet<string> _called;
    private readonly Instruction[] _removed;
    private readonly List<int> _starts;

    /// <summary>Remembers what goes, and where functions are going to start.</summary>
    /// <param name="list">What is edited.</param>
    /// <param name="steps">What is done.</param>
    public AnnotationTransfer(InstructionList list, ReadOnlySpan<EditStep> steps)
    {
        _list = list;
        _steps = steps;
        _called = SymbolScopes.CalledFunctions(list);
        int removed = 0;
        foreach (EditStep step in steps) removed += step.Removed;
        _removed = new Instruction[removed];
        removed = 0;
        foreach (EditStep step in steps)
        {
            list.AsSpan().Slice(step.Index, step.Removed).CopyTo(_removed.AsSpan(removed));
            removed += step.Removed;
        }

        _starts = FindStarts();
    }

    /// <summary>Passes on, after the edit.</summary>
    public void Apply()
    {
        LabelRenames renames = new(_list, _starts, _called);
        int position = _list.Count, behind = _removed.Length, after = _list.Count;
        int old = OldCount();
        for (int i = _steps.Length - 1; i >= 0; i--)
        {
            EditStep step = _steps[i];
            position = after - (old - step.Index - step.Removed) - step.Added;
            after = position;
            old = step.Index;
            behind -= step.Removed;
            if (step.Removed > 0)
            {
                PassOn(step, position, _removed.AsSpan(behind, step.Removed), renames);
                continue;
            }

            // All insertions at one position are one.
            int added = step.Added;
            for (; i > 0 && _steps[i - 1].Index == step.Index; i--) added += _steps[i - 1].Added;
            position -= added - step.Added;
            after = position;
            MoveStart(step.Index, position, added, renames);
        }

        renames.Apply();
    }

    private int OldCount()
    {
        int count = _list.Count;
        foreach (EditStep step in _steps) count += step.Removed - step.Added;
        return count;
    }

    /// <summary>Where functions that start in the list before the edit start after it.</summary>
    private List<int> FindStarts()
    {
        List<int> starts = [];
        ReadOnlySpan<Instruction> items = _list.AsSpan();
        int next = 0, difference = 0;
        for (int i = 0; i < items.Length; i++)
        {
            while (next < _steps.Length && _steps[next].Index == i && _steps[next].Removed == 0) difference += _steps[next++].Added;
            bool isRemoved = next < _steps.Length && _steps[next].Index <= i;
            int position = isRemoved ? _steps[next].Index + difference : i + difference;
            if (SymbolScopes.IsFunctionStart(in items[i], i, _called) && (starts.Count == 0 || starts[^1] != position)) starts.Add(position);
            if (isRemoved && i + 1 == _steps[next].Index + _steps[next].Removed) difference += _steps[next].Added - _steps[next++].Removed;
        }

        return starts;
    }

    /// <summary>
    /// Lets a function start with what was inserted at its start: the kernel wants the type of a function and a line at
    /// its first slot.
    /// </summary>
    private void MoveStart(int index, int position, int added, LabelRenames renames)
    {
        if (position + added == _list.Count) return;
        ref Instruction first = ref _list[position];
        ref Instruction old = ref _list[position + added];
        if (!SymbolScopes.IsFunctionStart(in old, index, _called)) return;
        if (first.Symbol is not null || first.Function is not null) return;

        string? symbol = old.Symbol;
        LineInfo? ownLine = first.Line;
        first.Annotate(symbol, ownLine ?? old.Line, old.Function, first.Relocation);
        old.Annotate(null, ownLine is null ? null : old.Line, null, old.Relocation);
        renames.MoveStart(position + added, position);

        // Jumps by the function's name go on going to its old first instruction, which needs a name of its own.
        if (symbol is not null && renames.TryRenameToUnused(position, symbol, out string? label)) old.Symbol = label;
    }

    /// <summary>Gives what the removed instructions had to the one that follows them, or to the first in their place.</summary>
    private void PassOn(EditStep step, int position, ReadOnlySpan<Instruction> removed, LabelRenames renames)
    {
        if (position == _list.Count) return;
        ref Instruction next = ref _list[position];
        if (step.Added == 0 && SymbolScopes.IsFunctionStart(in next, int.MaxValue, _called)) return;

        string? symbol = next.Symbol;
        FunctionType? function = next.Function;
        LineInfo? line = null;
        bool named = step.Added != 0 && symbol is not null;
        HashSet<string> others = new(StringComparer.Ordinal);
        if (symbol is not null) others.Add(symbol);
        for (int i = 0; i < removed.Length; i++)
        {
            ref readonly Instruction gone = ref removed[i];
            if (line is null || step.Added == 0) line = gone.Line ?? line;
            if (gone.Symbol is not null) others.Add(gone.Symbol);
            bool starts = SymbolScopes.IsFunctionStart(in gone, step.Index + i, _called);
            if (starts && !named && gone.Symbol is not null) symbol = gone.Symbol;
            if (starts && gone.Function is not null) function = gone.Function;
            symbol ??= gone.Symbol;
        }

        next.Annotate(symbol, next.Line ?? line, function, next.Relocation);
        if (symbol is null) return;
        others.Remove(symbol);
        foreach (string other in others) renames.Rename(position, other, symbol);
    }
}
