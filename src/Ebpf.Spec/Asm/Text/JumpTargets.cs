using System.Globalization;

namespace Ebpf.Asm.Text;

/// <summary>The names under which a listing shows the places that instructions lead to.</summary>
internal sealed class JumpTargets
{
    private readonly InstructionList _list;
    private readonly int[] _indexBySlot;
    private readonly int[] _slotByIndex;
    private readonly Kind[] _kinds;

    public JumpTargets(InstructionList list)
    {
        _list = list;
        _indexBySlot = list.IndexBySlot();
        _slotByIndex = new int[list.Count];
        _kinds = new Kind[list.Count];
        HashSet<string> called = SymbolScopes.CalledFunctions(list);
        foreach (InstructionSlot item in list.Slots())
        {
            ref readonly Instruction instruction = ref item.Instruction;
            _slotByIndex[item.Index] = item.Slot;
            if (SymbolScopes.IsFunctionStart(in instruction, item.Index, called)) _kinds[item.Index] |= Kind.Function;
            int target = IndexOfTarget(item);
            if (target >= 0) _kinds[target] |= instruction.IsJump ? Kind.Label : Kind.Called | Kind.Function;
        }
    }

    [Flags]
    private enum Kind : byte
    {
        /// <summary>A jump leads here.</summary>
        Label = 1,

        /// <summary>A function begins here.</summary>
        Function = 2,

        /// <summary>A call by distance leads here.</summary>
        Called = 4,
    }

    /// <summary>Whether a function begins with this instruction.</summary>
    public bool IsFunction(int index) => (_kinds[index] & Kind.Function) != 0;

    /// <summary>
    /// The symbol of an instruction, or a name made of its slot if others lead to it; otherwise <c>null</c>.
    /// </summary>
    public string? NameOf(int index)
    {
        if (_list[index].Symbol is { } symbol) return symbol;
        int slot = _slotByIndex[index];
        if ((_kinds[index] & Kind.Called) != 0) return string.Create(CultureInfo.InvariantCulture, $"func_{slot}");
        return (_kinds[index] & Kind.Label) != 0 ? string.Create(CultureInfo.InvariantCulture, $"L{slot}") : null;
    }

    /// <summary>
    /// The name of the place that an instruction leads to by its distance; <c>null</c> if there is none.
    /// </summary>
    public string? NameOfTarget(InstructionSlot item)
    {
        int target = IndexOfTarget(item);
        return target < 0 ? null : NameOf(target);
    }

    private int IndexOfTarget(InstructionSlot item)
    {
        ref readonly Instruction instruction = ref item.Instruction;
        if (!instruction.HasDistance || instruction.Reference is not null) return -1;
        long slot = item.Slot + 1L + instruction.Distance;
        return slot >= 0 && slot < _indexBySlot.Length ? _indexBySlot[slot] : -1;
    }
}
