namespace Ebpf.Asm.Editing;

/// <summary>One edit of several: instructions that go, and others that come in their place.</summary>
/// <param name="Index">Where, in the list before all edits.</param>
/// <param name="Removed">How many instructions go.</param>
/// <param name="Start">Where those that come begin among all that come.</param>
/// <param name="Added">How many come.</param>
internal readonly record struct EditStep(int Index, int Removed, int Start, int Added);

/// <summary>Where the slots of a list go in an edit.</summary>
/// <remarks>Made before the edit, in time in proportion to the list.</remarks>
internal readonly struct SlotMap
{
    private readonly Shift[] _shifts;
    private readonly int _inside;

    /// <param name="list">The list before the edit.</param>
    /// <param name="steps">The steps in order, those that insert before those that remove at the same position.</param>
    /// <param name="added">All instructions that come.</param>
    public SlotMap(InstructionList list, ReadOnlySpan<EditStep> steps, ReadOnlySpan<Instruction> added)
    {
        _shifts = new Shift[steps.Length];
        int index = 0, slot = 0, difference = 0;
        for (int i = 0; i < _shifts.Length; i++)
        {
            EditStep step = steps[i];
            slot += InstructionList.CountSlots(list.AsSpan()[index..step.Index]);
            index = step.Index;
            int removed = InstructionList.CountSlots(list.AsSpan().Slice(index, step.Removed));
            int size = InstructionList.CountSlots(added.Slice(step.Start, step.Added));
            _shifts[i] = new Shift(slot, removed, size, difference);
            difference += size - removed;

            // What comes at the end stands where jumps past the end lead.
            if (index < list.Count) _inside++;
        }

        Total = slot + InstructionList.CountSlots(list.AsSpan()[index..]);
    }

    /// <summary>How many slots the list has before the edit.</summary>
    public int Total { get; }

    /// <summary>The distance of a kept instruction after the edit; the same if it leads out of the list.</summary>
    /// <param name="slot">The slot of the instruction before the edit.</param>
    /// <param name="distance">Its distance before.</param>
    public long DistanceFrom(int slot, int distance)
    {
        long target = slot + 1L + distance;
        return target < 0 || target > Total ? distance : Map(target) - Map(slot) - 1;
    }

    /// <summary>The distance of a new instruction after all edits: among those that come with it as it is, else to where it would lead if no other edit were made.</summary>
    /// <param name="step">The step with which it comes.</param>
    /// <param name="offset">How many slots of the step come before it.</param>
    /// <param name="distance">Its distance.</param>
    public long DistanceFrom(int step, int offset, int distance)
    {
        Shift shift = _shifts[step];
        long inStep = offset + 1L + distance;
        if (inStep >= 0 && inStep <= shift.Added) return distance;
        long target = shift.Slot + (inStep < 0 ? inStep : inStep - shift.Added + shift.Removed);
        return target < 0 || target > Total ? distance : Map(target) - (shift.Slot + shift.Before + offset) - 1;
    }

    /// <summary>Where a slot is after the edit; for one that goes, where begins what comes in its place or follows it.</summary>
    private long Map(long slot)
    {
        int low = 0, high = _inside;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_shifts[middle].Slot <= slot) low = middle + 1;
            else high = middle;
        }

        if (low == 0) return slot;
        Shift shift = _shifts[low - 1];
        return slot < shift.Slot + shift.Removed ? shift.Slot + shift.Before : slot + shift.Before + shift.Added - shift.Removed;
    }

    /// <summary>What a step does to slots.</summary>
    /// <param name="Slot">Where it is made.</param>
    /// <param name="Removed">How many slots go.</param>
    /// <param name="Added">How many come.</param>
    /// <param name="Before">By how much earlier steps have moved it.</param>
    private readonly record struct Shift(int Slot, int Removed, int Added, int Before);
}
