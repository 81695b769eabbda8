using Ebpf.Asm;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.Asm;

public sealed class InstructionListTests
{
    [Fact]
    public void Indexer_ChangesInPlace()
    {
        InstructionList list = [Mov(R0, 0), Exit()];

        list[0].Immediate = 5;
        ref Instruction exit = ref list[1];
        exit.Symbol = "out";

        Assert.Equal([Mov(R0, 5), Exit().WithSymbol("out")], list);
    }

    [Fact]
    public void Indexer_NoSuchPosition_Throws()
    {
        InstructionList list = new(capacity: 8) { Exit() };

        Assert.Throws<ArgumentOutOfRangeException>(() => list[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[-1]);
    }

    [Fact]
    public void Enumeration_ByReference_ChangesInPlace()
    {
        InstructionList list = [Mov(R0, 1), Mov(R0, 2)];

        foreach (ref Instruction instruction in list) instruction.Immediate *= 10;

        Assert.Equal([10, 20], list.Select(instruction => instruction.Immediate));
    }

    [Fact]
    public void Clone_Changed_LeavesTheOriginalAlone()
    {
        InstructionList list = [Mov(R0, 1).WithSymbol("main")];
        InstructionList copy = list.Clone();

        copy[0].Immediate = 2;
        copy[0].Symbol = "copy";
        copy.Add(Exit());

        Assert.Equal([Mov(R0, 1).WithSymbol("main")], list);
    }

    [Fact]
    public void GetRange_CopiesThePart()
    {
        InstructionList list = [Mov(R0, 0), Mov(R0, 1), Mov(R0, 2)];

        Assert.Equal([Mov(R0, 1), Mov(R0, 2)], list.GetRange(1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.GetRange(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.GetRange(4, 0));
    }

    [Fact]
    public void Slots_CountWideLoadsTwice()
    {
        InstructionList list = [Mov(R0, 0), LoadImmediate64(R1, 1), LoadMap(R2, 3), Exit()];

        List<(int, int, OpCode)> slots = [];
        foreach (InstructionSlot item in list.Slots()) slots.Add((item.Index, item.Slot, item.Instruction.OpCode));

        Assert.Equal([0, 1, 3, 5], slots.Select(item => item.Item2));
        Assert.Equal([0, 1, 2, 3], slots.Select(item => item.Item1));
        Assert.Equal(OpCode.Exit, slots[3].Item3);
        Assert.Equal(6, list.SlotCount);
        Assert.Equal([0, 1, -1, 2, -1, 3, -1, -1], Enumerable.Range(0, 8).Select(list.IndexAtSlot));
        Assert.Equal([0, 1, -1, 2, -1, 3], list.IndexBySlot());
        Assert.Equal([0, 1, 3, 5, 6], Enumerable.Range(0, 5).Select(list.SlotOf));
        Assert.Equal(-1, list.IndexAtSlot(-1));
    }

    [Fact]
    public void IndexOfSymbol_FindsFunctionsAndLabels()
    {
        InstructionList list = [Mov(R0, 0).WithSymbol("main"), Exit().WithSymbol("out")];

        Assert.Equal((0, 1, -1), (list.IndexOfSymbol("main"), list.IndexOfSymbol("out"), list.IndexOfSymbol("Main")));
    }

    [Fact]
    public void AddRange_Itself_Doubles()
    {
        InstructionList list = [Mov(R0, 1), Exit()];

        list.AddRange(list);
        list.InsertRange(1, list.AsSpan()[2..]);

        Assert.Equal([Mov(R0, 1), Mov(R0, 1), Exit(), Exit(), Mov(R0, 1), Exit()], list);
    }

    [Fact]
    public void Clear_ThenAdd_StartsAnew()
    {
        InstructionList list = [Mov(R0, 1).WithSymbol("main"), Exit()];

        list.Clear();
        Assert.Empty(list);
        list.Add(Exit());

        Assert.Equal([Exit()], list);
        Assert.Equal(1, list.SlotCount);
    }

    [Fact]
    public void Edits_NoSuchPosition_Throw()
    {
        InstructionList list = [Exit()];

        Assert.Throws<ArgumentOutOfRangeException>(() => list.Insert(2, Exit()));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Insert(-1, Exit()));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.RemoveAt(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.RemoveRange(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.RemoveRange(1, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Replace(1, Exit()));
        Assert.Equal([Exit()], list);
    }
}
