using System.Collections;
using System.Diagnostics;
using Ebpf.Asm.Binary;

namespace Ebpf.Asm;

/// <summary>The instructions of a program or a function, in order; can be edited.</summary>
/// <remarks>
/// <para>
/// Jumps and calls by distance go on going where they went when instructions are inserted, removed or replaced; see
/// <see cref="Insert"/> and <see cref="RemoveRange"/> for what happens at the place itself. Jumps and calls by name
/// (<see cref="Instruction.Reference"/>) get their distances from <see cref="Encode(ByteOrder, EncodeOptions?)"/>.
/// </para>
/// <para>
/// Through the indexer and <see cref="AsSpan"/> instructions are changed in place, without any of this: to put a wide
/// load where a one-slot instruction stands, or the reverse, use <see cref="Replace"/>.
/// </para>
/// <para>Not safe for use by several threads at once.</para>
/// </remarks>
[DebuggerDisplay("Count = {Count}")]
public sealed partial class InstructionList : IReadOnlyList<Instruction>
{
    private Instruction[] _items = [];

    /// <summary>Makes an empty list.</summary>
    public InstructionList()
    {
    }

    /// <summary>Makes an empty list with room.</summary>
    /// <param name="capacity">For how many instructions there is room before the list must grow.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is negative.</exception>
    public InstructionList(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        if (capacity > 0) _items = new Instruction[capacity];
    }

    /// <summary>Grows with each edit that moves instructions.</summary>
    internal int Version { get; private set; }

    /// <summary>Gets how many instructions there are; wide loads count once.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Gets how many slots of eight bytes the instructions take: what the kernel counts. Counted each time.
    /// </summary>
    public int SlotCount => CountSlots(AsSpan());

    /// <summary>The instruction at a position, to be read or changed in place.</summary>
    /// <param name="index">The position, from 0.</param>
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

    /// <summary>The instructions, to be read or changed in place; valid until the list grows or shrinks.</summary>
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

    /// <summary>Copies the list; changing the copy leaves this one as it is.</summary>
    public InstructionList Clone() => GetRange(0, Count);

    /// <summary>Copies a part of the list. Distances are copied as they are.</summary>
    /// <param name="index">Where the part begins.</param>
    /// <param name="count">How many instructions it has.</param>
    /// <exception cref="ArgumentOutOfRangeException">The list has no such part.</exception>
    public InstructionList GetRange(int index, int count)
    {
        CheckRange(index, count);
        InstructionList copy = new(count);
        copy.AddRange(_items.AsSpan(index, count));
        return copy;
    }

    /// <summary>Finds the function or label of this name.</summary>
    /// <param name="symbol">The name.</param>
    /// <returns>
    /// Where the first instruction with this <see cref="Instruction.Symbol"/> stands; -1 if there is none.
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

    /// <summary>Makes tables of the functions, labels and references of the list, as it is now.</summary>
    public InstructionSymbols GetSymbols() => new(this);

    /// <summary>Finds the instruction that begins at a slot. Takes time in proportion to the slot.</summary>
    /// <param name="slot">The slot, from 0.</param>
    /// <returns>Its position; -1 if none begins there.</returns>
    public int IndexAtSlot(int slot)
    {
        foreach (InstructionSlot item in Slots())
        {
            if (item.Slot >= slot) return item.Slot == slot ? item.Index : -1;
        }

        return -1;
    }

    /// <summary>The slot at which an instruction begins. Takes time in proportion to the position.</summary>
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

    /// <summary>Enumerates the instructions; they can be changed in place.</summary>
    public Span<Instruction>.Enumerator GetEnumerator() => AsSpan().GetEnumerator();

    IEnumerator<Instruction> IEnumerable<Instruction>.GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return _items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<Instruction>)this).GetEnumerator();

    /// <summary>Encodes the instructions for the kernel or an object file.</summary>
    /// <param name="order">The byte order of the machine that the program is for.</param>
    /// <param name="options">What the encoder may change; <c>null</c> for nothing.</param>
    /// <returns>Eight bytes for each slot.</returns>
    /// <exception cref="BpfException">
    /// A label or function that is referred to is missing or there twice, or a distance or an immediate has more bits
    /// than the instruction has for it.
    /// </exception>
    public byte[] Encode(ByteOrder order, EncodeOptions? options = null)
    {
        byte[] code = new byte[SlotCount * InstructionDecoder.SlotSize];
        InstructionEncoder.Encode(this, code, order, options);
        return code;
    }

    /// <summary>Encodes the instructions for the kernel or an object file.</summary>
    /// <param name="destination">Where to: eight bytes for each slot, or more.</param>
    /// <param name="order">The byte order of the machine that the program is for.</param>
    /// <param name="options">What the encoder may change; <c>null</c> for nothing.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    /// <exception cref="BpfException">
    /// A label or function that is referred to is missing or there twice, or a distance or an immediate has more bits
    /// than the instruction has for it.
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

    /// <summary>The instructions as text, one on each line; see <see cref="InstructionFormatter"/>.</summary>
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
