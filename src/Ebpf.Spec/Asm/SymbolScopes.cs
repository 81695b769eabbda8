namespace Ebpf.Asm;

/// <summary>Where the labels and functions of a list are, by slot.</summary>
/// <remarks>
/// Functions are known in the whole list; labels only within their function, because no jump leaves one. So functions
/// that were written apart, each with its own "out", can stand in one list.
/// </remarks>
internal sealed class SymbolScopes
{
    private readonly Dictionary<string, int> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Scope, string Name), int> _labels = [];

    /// <summary>The positions at which functions begin, in ascending order. The first is 0.</summary>
    private readonly List<int> _starts = [];

    private SymbolScopes(InstructionList list)
    {
        HashSet<string> called = CalledFunctions(list);
        foreach (InstructionSlot item in list.Slots())
        {
            ref readonly Instruction instruction = ref item.Instruction;
            bool starts = IsFunctionStart(in instruction, item.Index, called);
            if (starts) _starts.Add(item.Index);
            if (instruction.Symbol is not { } symbol) continue;
            bool isNew = _labels.TryAdd((_starts.Count - 1, symbol), item.Slot);
            if (starts) isNew &= _functions.TryAdd(symbol, item.Slot);
            if (!isNew)
            {
                throw new BpfException($"Encode instruction {item.Index}: the symbol \"{symbol}\" is there twice.");
            }
        }
    }

    /// <summary>The symbols of a list; <c>null</c> if no instruction refers to any.</summary>
    /// <exception cref="BpfException">A symbol is there twice.</exception>
    public static SymbolScopes? IfNeeded(InstructionList list)
    {
        foreach (ref readonly Instruction instruction in list.AsSpan())
        {
            if (instruction.Reference is { IsDistance: true }) return new SymbolScopes(list);
        }

        return null;
    }

    /// <summary>The symbols of a list.</summary>
    /// <exception cref="BpfException">A symbol is there twice.</exception>
    public static SymbolScopes Of(InstructionList list) => new(list);

    /// <summary>The names of all functions of the program to which instructions of the list refer.</summary>
    public static HashSet<string> CalledFunctions(InstructionList list)
    {
        HashSet<string> called = new(StringComparer.Ordinal);
        foreach (ref readonly Instruction instruction in list.AsSpan())
        {
            if (instruction.Reference is { Kind: ReferenceKind.Function or ReferenceKind.FunctionAddress } reference)
            {
                called.Add(reference.Name);
            }
        }

        return called;
    }

    /// <summary>Whether a function begins with this instruction, as far as can be known.</summary>
    public static bool IsFunctionStart(in Instruction instruction, int index, HashSet<string> called) =>
        index == 0
        || instruction.Function is not null
        || (instruction.Symbol is { } symbol && called.Contains(symbol));

    /// <summary>Finds a label of the function in which an instruction stands.</summary>
    public bool TryFindLabel(int index, string name, out int slot)
    {
        int scope = _starts.BinarySearch(index);
        if (scope < 0) scope = ~scope - 1;
        return _labels.TryGetValue((scope, name), out slot);
    }

    /// <summary>Finds a function.</summary>
    public bool TryFindFunction(string name, out int slot) => _functions.TryGetValue(name, out slot);
}
