using Ebpf.Asm.Editing;

namespace Ebpf.Asm;

// Edits that move instructions, and what they do to distances.
public sealed partial class InstructionList
{
    /// <summary>Inserts an instruction before another.</summary>
    /// <remarks>
    /// Jumps to the instruction that stood here still go to that one, past the new. A function that started here now
    /// starts with the new instruction, and so does its first line of source, unless the new instruction has a symbol
    /// itself.
    /// </remarks>
    /// <param name="index">Where; <see cref="Count"/> for the end.</param>
    /// <param name="instruction">The instruction.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    /// <exception cref="BpfException">
    /// A jump would have to go farther than its bits allow. Nothing was changed.
    /// </exception>
    public void Insert(int index, Instruction instruction) =>
        InsertRange(index, new ReadOnlySpan<Instruction>(in instruction));

    /// <summary>Inserts instructions before another; see <see cref="Insert"/>.</summary>
    /// <param name="index">Where; <see cref="Count"/> for the end.</param>
    /// <param name="instructions">The instructions. Distances among them are kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    /// <exception cref="BpfException">
    /// A jump would have to go farther than its bits allow. Nothing was changed.
    /// </exception>
    public void InsertRange(int index, params ReadOnlySpan<Instruction> instructions)
    {
        CheckRange(index, 0);
        Splice(index, 0, instructions);
    }

    /// <summary>Inserts all instructions of another list before an instruction; see <see cref="Insert"/>.</summary>
    /// <param name="index">Where; <see cref="Count"/> for the end.</param>
    /// <param name="instructions">The list. Distances in it are kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    /// <exception cref="BpfException">
    /// A jump would have to go farther than its bits allow. Nothing was changed.
    /// </exception>
    public void InsertRange(int index, InstructionList instructions)
    {
        ArgumentNullException.ThrowIfNull(instructions);
        InsertRange(index, instructions.AsSpan());
    }

    /// <summary>Removes an instruction; see <see cref="RemoveRange"/>.</summary>
    /// <param name="index">Which.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instruction.</exception>
    public void RemoveAt(int index) => RemoveRange(index, 1);

    /// <summary>Removes instructions.</summary>
    /// <remarks>
    /// Jumps to them go to the instruction that follows. It also takes over a label, the start of a function or a line
    /// of source, unless it is itself the start of another function: then labels that stood here are gone.
    /// </remarks>
    /// <param name="index">The first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The list has no such part.</exception>
    public void RemoveRange(int index, int count)
    {
        CheckRange(index, count);
        Splice(index, count, []);
    }

    /// <summary>Puts instructions, none or more, in the place of one.</summary>
    /// <remarks>
    /// Jumps to the old instruction go to the first of the new. That one also takes over a label, the start of a
    /// function or a line of source. A CO-RE relocation is not taken over.
    /// </remarks>
    /// <param name="index">Which instruction is replaced.</param>
    /// <param name="instructions">What it is replaced by. Distances among them are kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instruction.</exception>
    /// <exception cref="BpfException">
    /// A jump would have to go farther than its bits allow. Nothing was changed.
    /// </exception>
    public void Replace(int index, params ReadOnlySpan<Instruction> instructions)
    {
        CheckRange(index, 1);
        Splice(index, 1, instructions);
    }

    private void Splice(int index, int removed, ReadOnlySpan<Instruction> added)
    {
        if (index == Count)
        {
            AddRange(added);
            return;
        }

        if (removed == 0 && added.IsEmpty) return;
        if (added.Overlaps(_items)) added = added.ToArray();
        Span<Instruction> old = _items.AsSpan(index, removed);
        Shift shift = new(SlotOf(index), CountSlots(old), CountSlots(added), SlotCount);
        if (shift.Difference > 0) Retarget(in shift, index, removed, apply: false);
        Retarget(in shift, index, removed, apply: true);

        Heritage heritage = new(this, index, removed);
        int tail = Count - index - removed;
        int count = checked(Count - removed + added.Length);
        EnsureCapacity(count);
        Array.Copy(_items, index + removed, _items, index + added.Length, tail);
        added.CopyTo(_items.AsSpan(index));
        if (count < Count) Array.Clear(_items, count, Count - count);
        Count = count;
        heritage.PassOn(added.Length);
    }

    /// <summary>Changes the distances of all instructions that stay so that they lead where they led.</summary>
    /// <param name="shift">What is going to happen to the slots.</param>
    /// <param name="index">The first instruction that goes.</param>
    /// <param name="removed">How many go.</param>
    /// <param name="apply">Whether distances are changed; otherwise it is only checked that they can be.</param>
    private void Retarget(in Shift shift, int index, int removed, bool apply)
    {
        foreach (InstructionSlot item in Slots())
        {
            ref Instruction instruction = ref item.Instruction;
            if (!instruction.HasDistance || instruction.Reference is not null) continue;
            if (item.Index >= index && item.Index < index + removed) continue;
            long target = item.Slot + 1L + instruction.Distance;
            if (!shift.IsInList(target)) continue;
            long distance = shift.Map(target) - shift.Map(item.Slot) - 1;
            if (distance == instruction.Distance) continue;
            Instruction changed = instruction;
            if (!changed.TrySetDistance(distance))
            {
                throw new BpfException(
                    $"Edit: instruction {item.Index} (`{instruction}`) would have to go {distance} slots, "
                    + "and 16 bits are for -32768 to 32767; use gotol (Linux 6.6).");
            }

            if (apply) instruction = changed;
        }
    }

    /// <summary>What an edit does to the numbers of slots.</summary>
    private readonly struct Shift(int start, int removed, int added, int total)
    {
        public int Difference => added - removed;

        /// <summary>Whether a slot, or the end, is in the list before the edit.</summary>
        public bool IsInList(long slot) => slot >= 0 && slot <= total;

        /// <summary>Where a slot is after the edit; for one that goes, where the new ones begin.</summary>
        public long Map(long slot)
        {
            if (slot < start) return slot;
            return slot < start + removed ? start : slot + Difference;
        }
    }
}
