using Ebpf.Asm.Editing;

namespace Ebpf.Asm;

// Edits that move instructions, and what they do to distances.
public sealed partial class InstructionList
{
    /// <summary>Inserts an instruction before another.</summary>
    /// <remarks>
    /// Jumps to the instruction at this position still go to that instruction, not to the new one. If a function starts at this
    /// position, it starts with the new instruction then, and so does its first line of source, unless the new instruction has a
    /// symbol itself.
    /// </remarks>
    /// <param name="index">The position; <see cref="Count"/> for the end.</param>
    /// <param name="instruction">The instruction.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    /// <exception cref="BpfException">
    /// A jump would have to go farther than its bits allow. Nothing was changed.
    /// </exception>
    public void Insert(int index, Instruction instruction) =>
        InsertRange(index, new ReadOnlySpan<Instruction>(in instruction));

    /// <summary>Inserts instructions before another; see <see cref="Insert"/>.</summary>
    /// <param name="index">The position; <see cref="Count"/> for the end.</param>
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
    /// <param name="index">The position; <see cref="Count"/> for the end.</param>
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
    /// <param name="index">The position of the instruction.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instruction.</exception>
    public void RemoveAt(int index) => RemoveRange(index, 1);

    /// <summary>Removes instructions.</summary>
    /// <remarks>
    /// Jumps to them go to the instruction that follows. It also takes over a label, the start of a function or a line of source,
    /// unless it is the start of another function itself: then the labels of the removed instructions are lost.
    /// </remarks>
    /// <param name="index">The position of the first instruction.</param>
    /// <param name="count">The number of instructions.</param>
    /// <exception cref="ArgumentOutOfRangeException">The list has no such part.</exception>
    public void RemoveRange(int index, int count)
    {
        CheckRange(index, count);
        Splice(index, count, []);
    }

    /// <summary>Replaces an instruction by any number of others.</summary>
    /// <remarks>
    /// Jumps to the old instruction go to the first of the new ones, which also takes over a label, the start of a function or a
    /// line of source. A CO-RE relocation is not taken over.
    /// </remarks>
    /// <param name="index">The position of the instruction.</param>
    /// <param name="instructions">The replacement. Distances among the instructions are kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instruction.</exception>
    /// <exception cref="BpfException">
    /// A jump would have to go farther than its bits allow. Nothing was changed.
    /// </exception>
    public void Replace(int index, params ReadOnlySpan<Instruction> instructions)
    {
        CheckRange(index, 1);
        Splice(index, 1, instructions);
    }

    /// <summary>Makes many edits at once. The time is proportional to the length of the list and of what is inserted.</summary>
    /// <remarks>
    /// <para>
    /// All positions are those of the list before any of the edits. Each edit has the effect that the method of the same name of the
    /// list has: jumps and calls go on leading where they led; starts of functions, labels and lines of source are passed on.
    /// </para>
    /// <para>
    /// A distance of a new instruction that leads to another of the same call, or right behind them, is kept. Any other leads where it
    /// would lead if this were the only edit; references to labels are better.
    /// </para>
    /// </remarks>
    /// <param name="edits">Calls the methods of the editor. The list must not be edited in any other way meanwhile.</param>
    /// <exception cref="InvalidOperationException">
    /// An instruction is removed or replaced twice, or the list was edited in another way. Nothing was changed by the editor.
    /// </exception>
    /// <exception cref="BpfException">A jump would have to go farther than its bits allow. Nothing was changed.</exception>
    public void Edit(Action<InstructionEditor> edits)
    {
        ArgumentNullException.ThrowIfNull(edits);
        InstructionEditor editor = new(this);
        try
        {
            edits(editor);
            editor.Apply();
        }
        finally
        {
            editor.Close();
        }
    }

    /// <summary>Makes edits.</summary>
    /// <param name="steps">What is done, in order; insertions before removals at the same position.</param>
    /// <param name="added">All instructions that come.</param>
    internal void Apply(ReadOnlySpan<EditStep> steps, ReadOnlySpan<Instruction> added)
    {
        SlotMap slots = new(this, steps, added);
        Instruction[] moved = added.ToArray();
        RetargetAdded(in slots, steps, moved);
        RetargetKept(in slots, steps, apply: false);
        int count = Count;
        foreach (EditStep step in steps) count = checked(count + step.Added - step.Removed);
        AnnotationTransfer transfer = new(this, steps);
        RetargetKept(in slots, steps, apply: true);
        Version++;
        if (steps.Length == 1) MoveInPlace(steps[0], moved, count);
        else Rebuild(steps, moved, count);
        transfer.Apply();
    }

    private void MoveInPlace(EditStep step, Instruction[] added, int count)
    {
        EnsureCapacity(count);
        int behind = step.Index + step.Removed;
        Array.Copy(_items, behind, _items, step.Index + added.Length, Count - behind);
        added.CopyTo(_items, step.Index);
        if (count < Count) Array.Clear(_items, count, Count - count);
        Count = count;
    }

    private void Rebuild(ReadOnlySpan<EditStep> steps, Instruction[] added, int count)
    {
        Instruction[] items = new Instruction[count];
        int from = 0, to = 0;
        foreach (EditStep step in steps)
        {
            Array.Copy(_items, from, items, to, step.Index - from);
            to += step.Index - from;
            Array.Copy(added, step.Start, items, to, step.Added);
            to += step.Added;
            from = step.Index + step.Removed;
        }

        Array.Copy(_items, from, items, to, Count - from);
        _items = items;
        Count = count;
    }

    /// <summary>Changes the distances of the new instructions so that they lead where they should after all edits.</summary>
    private static void RetargetAdded(in SlotMap slots, ReadOnlySpan<EditStep> steps, Span<Instruction> added)
    {
        for (int i = 0; i < steps.Length; i++)
        {
            int offset = 0;
            foreach (ref Instruction instruction in added.Slice(steps[i].Start, steps[i].Added))
            {
                if (instruction.HasDistance && instruction.Reference is null)
                {
                    long distance = slots.DistanceFrom(i, offset, instruction.Distance);
                    Instruction before = instruction;
                    if (distance != instruction.Distance && !instruction.TrySetDistance(distance))
                        throw TooFar($"an instruction for position {steps[i].Index}", in before, distance);
                }

                offset += instruction.Slots;
            }
        }
    }

    /// <summary>Changes the distances of all instructions that stay so that they lead where they led.</summary>
    /// <param name="slots">Where slots go.</param>
    /// <param name="steps">What is done.</param>
    /// <param name="apply">Whether distances are changed; otherwise it is only checked that they can be.</param>
    private void RetargetKept(in SlotMap slots, ReadOnlySpan<EditStep> steps, bool apply)
    {
        int next = 0;
        foreach (InstructionSlot item in Slots())
        {
            ref Instruction instruction = ref item.Instruction;
            if (!instruction.HasDistance || instruction.Reference is not null) continue;
            while (next < steps.Length && steps[next].Index + steps[next].Removed <= item.Index) next++;
            if (next < steps.Length && steps[next].Removed > 0 && steps[next].Index <= item.Index) continue;
            long distance = slots.DistanceFrom(item.Slot, instruction.Distance);
            if (distance == instruction.Distance) continue;
            Instruction changed = instruction;
            if (!changed.TrySetDistance(distance)) throw TooFar($"instruction {item.Index}", in instruction, distance);
            if (apply) instruction = changed;
        }
    }

    private static BpfException TooFar(string what, in Instruction instruction, long distance) => new(
        $"Edit: {what} (`{instruction}`) would have to go {distance} slots, and 16 bits are for -32768 to 32767; use gotol (Linux 6.6).");

    private void Splice(int index, int removed, ReadOnlySpan<Instruction> added)
    {
        if (removed > 0 || !added.IsEmpty) Apply([new EditStep(index, removed, 0, added.Length)], added);
    }
}
