using System.Collections;
using System.Diagnostics;
using Ebpf.Asm.Binary;

namespace Ebpf.Asm;

/// <summary>Represents the instructions of a program or a function, in order. They can be edited.</summary>
/// <remarks>
/// <para>
/// When instructions are inserted, removed or replaced, the distances of jumps and calls are adjusted so that they still lead to
/// the same instructions; see <see cref="Insert"/> and <see cref="RemoveRange"/> for those that lead to the edited position.
/// Jumps and calls by name (<see cref="Instruction.Reference"/>) get their distances from
/// <see cref="Encode(ByteOrder, EncodeOptions?)"/>.
/// </para>
/// <para>
/// The indexer and <see cref="AsSpan"/> change instructions in place, without any of this. To replace a one-slot instruction by a
/// wide load, or the reverse, use <see cref="Replace"/>.
/// </para>
/// <para>Not safe for use by several threads at once.</para>
/// </remarks>
[DebuggerDisplay("Count = {Count}")]
public sealed partial class InstructionList : IReadOnlyList<Instruction>
{
    private Instruction[] _items = [];

    /// <summary>Creates an empty list.</summary>
    public InstructionList()
    {
    }

    /// <summary>Creates an empty list with the given capacity.</summary>
    /// <param name="capacity">The number of instructions that can be added before the list must grow.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is negative.</exception>
    public InstructionList(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        if (capacity > 0) _items = new Instruction[capacity];
    }

    /// <summary>Grows with each edit that moves instructions.</summary>
    internal int Version { get; private set; }

    /// <summary>Gets the number of instructions; a wide load counts once.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Gets the number of slots of eight bytes that the instructions take, which the kernel counts. Computed at each call.
    /// </summary>
    public int SlotCount => CountSlots(AsSpan());

    /// <summary>Gets the instruction at a position, to be read or changed in place.</summary>
    /// <param name="index">The zero-based position.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    public ref Instruction this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count) ThrowIndex(index);
            return ref _items[index];
        }
    }

    Instruction IReadOnlyList<Instruction>.this[int index] => this[index];

    /// <summary>
    /// Returns the instructions, to be read or changed in place. The span is valid until the list grows or shrinks.
    /// </summary>
    public Span<Instruction> AsSpan() => _items.AsSpan(0, Count);

    /// <summary>Adds an instruction at the end.</summary>
    /// <param name="instruction">The instruction.</param>
    public void Add(Instruction instruction) => Grow(1)[0] = instruction;

    /// <summary>Adds instructions at the end.</summary>
    /// <param name="instructions">The instructions.</param>
    public void AddRange(params ReadOnlySpan<Instruction> instructions) =>
        instructions.CopyTo(Grow(instructions.Length));

    /// <summary>Adds all instructions of another list at the end.</summary>
    /// <param name="instructions">The list.</param>
    public void AddRange(InstructionList instructions)
    {
        ArgumentNullException.ThrowIfNull(instructions);
        AddRange(instructions.AsSpan());
    }

    /// <summary>Removes all instructions.</summary>
    public void Clear()
    {
        AsSpan().Clear();
        Count = 0;
        Version++;
    }

    /// <summary>Returns a copy of the list. Changing the copy does not change this list.</summary>
    public InstructionList Clone() => GetRange(0, Count);

    /// <summary>Returns a copy of a part of the list. Distances are copied as they are.</summary>
    /// <param name="index">The position of the first instruction.</param>
    /// <param name="count">The number of instructions.</param>
    /// <exception cref="ArgumentOutOfRangeException">The list has no such part.</exception>
    public InstructionList GetRange(int index, int count)
    {
        CheckRange(index, count);
        InstructionList copy = new(count);
        copy.AddRange(_items.AsSpan(index, count));
        return copy;
    }

    /// <summary>Finds the function or label with the given name.</summary>
    /// <param name="symbol">The name.</param>
    /// <returns>
    /// The position of the first instruction with this <see cref="Instruction.Symbol"/>; -1 if there is none.
    /// </returns>
    public int IndexOfSymbol(string symbol)
    {
        ReadOnlySpan<Instruction> items = AsSpan();
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].Symbol == symbol) return i;
        }

        return -1;
    }

    /// <summary>Returns tables of the functions, labels and references of the list as it is now.</summary>
    public InstructionSymbols GetSymbols() => new(this);

    /// <summary>Finds the instruction that begins at a slot. Takes time in proportion to the slot.</summary>
    /// <param name="slot">The zero-based slot.</param>
    /// <returns>The position of the instruction; -1 if none begins there.</returns>
    public int IndexAtSlot(int slot)
    {
        foreach (InstructionSlot item in Slots())
        {
            if (item.Slot >= slot) return item.Slot == slot ? item.Index : -1;
        }

        return -1;
    }

    /// <summary>Returns the slot at which an instruction begins. Takes time in proportion to the position.</summary>
    /// <param name="index">The position of the instruction; <see cref="Count"/> for the end of the list.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    public int SlotOf(int index)
    {
        CheckRange(index, 0);
        return CountSlots(_items.AsSpan(0, index));
    }

    /// <summary>
    /// Enumerates the instructions with their slots: <c>foreach (InstructionSlot item in list.Slots())</c>.
    /// </summary>
    public InstructionSlots Slots() => new(AsSpan());

    /// <summary>The positions of all instructions by slot; -1 for second slots.</summary>
    internal int[] IndexBySlot()
    {
        int[] indexes = new int[SlotCount];
        Array.Fill(indexes, -1);
        foreach (InstructionSlot item in Slots()) indexes[item.Slot] = item.Index;
        return indexes;
    }

    /// <summary>Enumerates the instructions. They can be changed in place.</summary>
    public Span<Instruction>.Enumerator GetEnumerator() => AsSpan().GetEnumerator();

    IEnumerator<Instruction> IEnumerable<Instruction>.GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return _items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<Instruction>)this).GetEnumerator();

    /// <summary>Encodes the instructions for the kernel or an object file.</summary>
    /// <param name="order">The byte order of the machine that the program is for.</param>
    /// <param name="options">What the encoder may change; <c>null</c> for nothing.</param>
    /// <returns>A new array with eight bytes for each slot.</returns>
    /// <exception cref="BpfException">
    /// A label or function that is referred to is missing or not unique, or a distance or an immediate needs more bits than the
    /// instruction has for it.
    /// </exception>
    public byte[] Encode(ByteOrder order, EncodeOptions? options = null)
    {
        byte[] code = new byte[SlotCount * InstructionDecoder.SlotSize];
        InstructionEncoder.Encode(this, code, order, options);
        return code;
    }

    /// <summary>Encodes the instructions for the kernel or an object file.</summary>
    /// <param name="destination">Receives eight bytes for each slot. It may be longer than that.</param>
    /// <param name="order">The byte order of the machine that the program is for.</param>
    /// <param name="options">What the encoder may change; <c>null</c> for nothing.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    /// <exception cref="BpfException">
    /// A label or function that is referred to is missing or not unique, or a distance or an immediate needs more bits than the
    /// instruction has for it.
    /// </exception>
    public int Encode(Span<byte> destination, ByteOrder order, EncodeOptions? options = null)
    {
        int size = SlotCount * InstructionDecoder.SlotSize;
        if (destination.Length < size)
        {
            throw new ArgumentException($"{size} bytes are needed, not {destination.Length}.", nameof(destination));
        }

        InstructionEncoder.Encode(this, destination[..size], order, options);
        return size;
    }

    /// <summary>Returns the instructions as text, one on each line; see <see cref="InstructionFormatter"/>.</summary>
    public override string ToString() => InstructionFormatter.Format(this);

    /// <summary>Makes the list longer by instructions that the caller fills in.</summary>
    internal Span<Instruction> Grow(int count)
    {
        int start = Count;
        EnsureCapacity(checked(start + count));
        Count = start + count;
        Version++;
        return _items.AsSpan(start, count);
    }

    internal static int CountSlots(ReadOnlySpan<Instruction> instructions)
    {
        int slots = instructions.Length;
        foreach (ref readonly Instruction instruction in instructions)
        {
            if (instruction.IsWideLoad) slots++;
        }

        return slots;
    }

    private void EnsureCapacity(int needed)
    {
        const int least = 4;
        if (needed <= _items.Length) return;
        int doubled = (int)Math.Min(2L * _items.Length, Array.MaxLength);
        int capacity = Math.Max(needed, _items.Length == 0 && needed == 1 ? least : doubled);
        Array.Resize(ref _items, capacity);
    }

    internal void CheckRange(int index, int count)
    {
        if ((uint)index > (uint)Count) ThrowIndex(index);
        if ((uint)count > (uint)(Count - index))
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"{Count - index} instructions follow.");
        }
    }

    private void ThrowIndex(int index) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, $"The list has {Count} instructions.");
}
