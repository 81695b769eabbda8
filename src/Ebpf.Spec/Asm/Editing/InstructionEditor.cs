namespace Ebpf.Asm;

/// <summary>Collects edits of a list, which are then made at once; see <see cref="InstructionList.Edit"/>.</summary>
/// <remarks>
/// All positions are those of the list before any of the edits. Not safe for use by several threads at once.
/// </remarks>
public sealed class InstructionEditor
{
    private readonly InstructionList _list;
    private readonly int _version;
    private readonly InstructionList _added = [];
    private readonly List<Editing.EditStep> _steps = [];
    private bool _isDone;

    internal InstructionEditor(InstructionList list)
    {
        _list = list;
        _version = list.Version;
    }

    /// <summary>
    /// Inserts instructions before another. Those of several insertions at one position stand in the order of the calls.
    /// </summary>
    /// <param name="index">The position of the other; <see cref="InstructionList.Count"/> for the end.</param>
    /// <param name="instructions">The instructions; see <see cref="InstructionList.Edit"/> for their distances.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    /// <exception cref="InvalidOperationException">The edits have been made already, or the list was edited meanwhile.</exception>
    public void Insert(int index, params ReadOnlySpan<Instruction> instructions)
    {
        Check(index, 0);
        if (instructions.IsEmpty) return;
        Add(index, 0, instructions);
    }

    /// <inheritdoc cref="Insert(int, ReadOnlySpan{Instruction})"/>
    public void Insert(int index, InstructionList instructions)
    {
        ArgumentNullException.ThrowIfNull(instructions);
        Insert(index, instructions.AsSpan());
    }

    /// <summary>Removes an instruction.</summary>
    /// <param name="index">The position of the instruction.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    /// <exception cref="InvalidOperationException">The edits have been made already, or the list was edited meanwhile.</exception>
    public void RemoveAt(int index) => RemoveRange(index, 1);

    /// <summary>Removes instructions.</summary>
    /// <param name="index">The position of the first instruction.</param>
    /// <param name="count">The number of instructions.</param>
    /// <exception cref="ArgumentOutOfRangeException">The list has no such part.</exception>
    /// <exception cref="InvalidOperationException">The edits have been made already, or the list was edited meanwhile.</exception>
    public void RemoveRange(int index, int count)
    {
        Check(index, count);
        if (count > 0) Add(index, count, []);
    }

    /// <summary>Replaces an instruction by any number of others.</summary>
    /// <param name="index">The position of the instruction.</param>
    /// <param name="instructions">The replacement; see <see cref="InstructionList.Edit"/> for the distances in it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    /// <exception cref="InvalidOperationException">The edits have been made already, or the list was edited meanwhile.</exception>
    public void Replace(int index, params ReadOnlySpan<Instruction> instructions)
    {
        Check(index, 1);
        Add(index, 1, instructions);
    }

    /// <summary>Makes the edits.</summary>
    internal void Apply()
    {
        Check(0, 0);
        _isDone = true;
        if (_steps.Count == 0) return;
        Editing.EditStep[] steps = [.. _steps.OrderBy(step => step.Index).ThenBy(step => step.Removed > 0)];
        int end = 0;
        foreach (Editing.EditStep step in steps)
        {
            if (step.Index < end)
                throw new InvalidOperationException($"Instruction {step.Index} is removed or replaced twice, or something is inserted within what is removed.");
            end = step.Index + step.Removed;
        }

        _list.Apply(steps, _added.AsSpan());
    }

    /// <summary>Makes any further call fail.</summary>
    internal void Close() => _isDone = true;

    private void Add(int index, int removed, ReadOnlySpan<Instruction> instructions)
    {
        _steps.Add(new Editing.EditStep(index, removed, _added.Count, instructions.Length));
        _added.AddRange(instructions);
    }

    private void Check(int index, int count)
    {
        if (_isDone) throw new InvalidOperationException("The edits have been made, or given up.");
        if (_list.Version != _version) throw new InvalidOperationException("The list was edited while edits were collected.");
        _list.CheckRange(index, count);
    }
}
