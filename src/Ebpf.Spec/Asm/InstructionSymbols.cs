using System.Diagnostics.CodeAnalysis;

namespace Ebpf.Asm;

/// <summary>Represents the functions, labels and references of a list of instructions, as tables.</summary>
/// <remarks>
/// Returned by <see cref="InstructionList.GetSymbols"/>; later changes of the list are not seen. Functions are known in the whole
/// list, labels only within their function. Safe for use by several threads at once.
/// </remarks>
public sealed class InstructionSymbols
{
    private readonly List<InstructionSymbol> _symbols = [];
    private readonly List<InstructionReference> _references = [];
    private readonly Dictionary<string, int> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Function, string Label), int> _labels = [];
    private readonly List<int> _starts = [];
    private readonly Dictionary<string, List<InstructionReference>> _byName = new(StringComparer.Ordinal);

    internal InstructionSymbols(InstructionList list)
    {
        HashSet<string> called = SymbolScopes.CalledFunctions(list);
        foreach (InstructionSlot item in list.Slots())
        {
            ref readonly Instruction instruction = ref item.Instruction;
            bool starts = SymbolScopes.IsFunctionStart(in instruction, item.Index, called);
            if (starts) _starts.Add(item.Index);
            if (instruction.Symbol is { } symbol)
            {
                int place = _symbols.Count;
                _symbols.Add(new InstructionSymbol { Name = symbol, Index = item.Index, Slot = item.Slot, IsFunction = starts });
                _labels.TryAdd((_starts.Count - 1, symbol), place);
                if (starts) _functions.TryAdd(symbol, place);
            }

            if (instruction.Reference is not { } reference) continue;
            InstructionReference use = new() { Reference = reference, Index = item.Index, Slot = item.Slot };
            _references.Add(use);
            if (!_byName.TryGetValue(reference.Name, out List<InstructionReference>? uses)) _byName.Add(reference.Name, uses = []);
            uses.Add(use);
        }
    }

    /// <summary>Gets all functions and labels, in the order of the instructions.</summary>
    public IReadOnlyList<InstructionSymbol> Symbols => _symbols;

    /// <summary>Gets all references, in the order of the instructions.</summary>
    public IReadOnlyList<InstructionReference> References => _references;

    /// <summary>Gets a function by its name, if there is such a function.</summary>
    /// <param name="name">The name of the function.</param>
    /// <param name="function">The function, the first if several have the name; <c>null</c> if there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFindFunction(string name, [NotNullWhen(true)] out InstructionSymbol? function)
    {
        ArgumentNullException.ThrowIfNull(name);
        function = _functions.TryGetValue(name, out int place) ? _symbols[place] : null;
        return function is not null;
    }

    /// <summary>Gets the label, or the function itself, to which a jump refers, if there is such a label.</summary>
    /// <param name="index">The position of the jump, which determines the function.</param>
    /// <param name="name">The name of the label.</param>
    /// <param name="label">The label, the first if several in the function have the name; <c>null</c> if there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFindLabel(int index, string name, [NotNullWhen(true)] out InstructionSymbol? label)
    {
        ArgumentNullException.ThrowIfNull(name);
        int function = _starts.BinarySearch(index);
        if (function < 0) function = ~function - 1;
        label = _labels.TryGetValue((function, name), out int place) ? _symbols[place] : null;
        return label is not null;
    }

    /// <summary>Returns all references to a name, of whatever kind.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The references, in the order of the instructions; empty if there are none.</returns>
    public IReadOnlyList<InstructionReference> ReferencesTo(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out List<InstructionReference>? uses) ? uses : [];
    }
}

/// <summary>Represents a function or a label of a list of instructions.</summary>
public sealed record InstructionSymbol
{
    /// <summary>Gets the name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the position of its first instruction.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the slot of its first instruction.</summary>
    public required int Slot { get; init; }

    /// <summary>Gets whether it is a function, as far as the list tells; otherwise, it is a label.</summary>
    public required bool IsFunction { get; init; }
}

/// <summary>Represents a reference of an instruction in a list.</summary>
public sealed record InstructionReference
{
    /// <summary>Gets what the instruction refers to.</summary>
    public required Reference Reference { get; init; }

    /// <summary>Gets the position of the instruction.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the slot of the instruction.</summary>
    public required int Slot { get; init; }
}
