namespace Ebpf.Asm;

/// <summary>Represents an instruction of a list, with the slot at which it begins.</summary>
public readonly ref struct InstructionSlot
{
    private readonly ref Instruction _instruction;

    internal InstructionSlot(int index, int slot, ref Instruction instruction)
    {
        Index = index;
        Slot = slot;
        _instruction = ref instruction;
    }

    /// <summary>Gets the position in the list.</summary>
    public int Index { get; }

    /// <summary>Gets the first slot: the number of slots of all instructions before it.</summary>
    public int Slot { get; }

    /// <summary>Gets the instruction, to be read or changed in place.</summary>
    public ref Instruction Instruction => ref _instruction;
}

/// <summary>Enumerates instructions with their slots.</summary>
public ref struct InstructionSlots
{
    private readonly Span<Instruction> _instructions;
    private int _index;
    private int _slot;
    private int _next;

    internal InstructionSlots(Span<Instruction> instructions)
    {
        _instructions = instructions;
        _index = -1;
    }

    /// <summary>Gets the current instruction.</summary>
    public readonly InstructionSlot Current => new(_index, _slot, ref _instructions[_index]);

    /// <summary>Advances to the next instruction.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        if (++_index >= _instructions.Length) return false;
        _slot = _next;
        _next += _instructions[_index].Slots;
        return true;
    }

    /// <summary>Returns this enumerator, for <c>foreach</c>.</summary>
    public readonly InstructionSlots GetEnumerator() => this;
}
