namespace Ebpf.Asm.Flow;

/// <summary>Which registers are live behind each instruction: read on some path before they are overwritten.</summary>
/// <remarks>
/// Takes time in proportion to the list: each instruction is looked at again only when a register more is live behind it.
/// Where a path cannot be followed, all is live.
/// </remarks>
internal sealed class RegisterLiveness
{
    private const int None = -1;

    private readonly InstructionList _list;
    private readonly ushort[] _before;
    private readonly int[] _targets;

    /// <summary>The last jump that leads to an instruction; <see cref="_nextJump"/> has the others.</summary>
    private readonly int[] _firstJump;

    /// <summary>To each jump, another that leads where it leads.</summary>
    private readonly int[] _nextJump;

    private RegisterLiveness(InstructionList list)
    {
        _list = list;
        _before = new ushort[list.Count];
        _targets = new int[list.Count];
        _firstJump = new int[list.Count];
        _nextJump = new int[list.Count];
        FindTargets();
        Settle();
    }

    /// <summary>Analyzes a program with all its functions.</summary>
    /// <exception cref="BpfException">A symbol is there twice, so that it is not known where jumps lead.</exception>
    public static RegisterLiveness Of(InstructionList list) => new(list);

    /// <summary>Whether a register may be read behind an instruction, before it is overwritten.</summary>
    public bool IsLiveAfter(int index, Register register) => (After(index) & RegisterUse.Bit(register)) != 0;

    private static bool FallsThrough(in Instruction instruction) =>
        !instruction.IsExit && instruction.OpCode != OpCode.Goto && instruction.OpCode != OpCode.GotoLong;

    private void FindTargets()
    {
        Array.Fill(_firstJump, None);
        int[] indexBySlot = _list.IndexBySlot();
        SymbolScopes? symbols = SymbolScopes.IfNeeded(_list);
        foreach (InstructionSlot item in _list.Slots())
        {
            int target = _targets[item.Index] = item.Instruction.IsJump ? TargetOf(item, indexBySlot, symbols) : None;
            if (target == None) continue;
            _nextJump[item.Index] = _firstJump[target];
            _firstJump[target] = item.Index;
        }
    }

    private static int TargetOf(InstructionSlot jump, int[] indexBySlot, SymbolScopes? symbols)
    {
        long slot = jump.Slot + 1L + jump.Instruction.Distance;
        if (jump.Instruction.Reference is { } reference)
        {
            if (symbols?.TryFindLabel(jump.Index, reference.Name, out int labelled) != true) return None;
            slot = labelled;
        }

        return slot >= 0 && slot < indexBySlot.Length ? indexBySlot[slot] : None;
    }

    /// <summary>Goes from the last instruction to the first, and back again to where more turned out to be live.</summary>
    private void Settle()
    {
        ReadOnlySpan<Instruction> all = _list.AsSpan();
        int[] waiting = new int[all.Length];
        bool[] waits = new bool[all.Length];
        int count = 0;
        for (int i = 0; i < all.Length; i++) Add(i);
        while (count > 0)
        {
            int index = waiting[--count];
            waits[index] = false;
            RegisterUse use = RegisterUse.Of(in all[index]);
            ushort before = (ushort)((After(index) & ~use.Writes) | use.Reads);
            if (before == _before[index]) continue;
            _before[index] = before;
            if (index > 0 && FallsThrough(in all[index - 1])) Add(index - 1);
            for (int jump = _firstJump[index]; jump != None; jump = _nextJump[jump]) Add(jump);
        }

        void Add(int index)
        {
            if (waits[index]) return;
            waits[index] = true;
            waiting[count++] = index;
        }
    }

    private ushort After(int index)
    {
        ref readonly Instruction instruction = ref _list.AsSpan()[index];
        ushort live = 0;
        if (FallsThrough(in instruction)) live |= index + 1 < _before.Length ? _before[index + 1] : RegisterUse.All;
        if (instruction.IsJump) live |= _targets[index] == None ? RegisterUse.All : _before[_targets[index]];
        return live;
    }
}
