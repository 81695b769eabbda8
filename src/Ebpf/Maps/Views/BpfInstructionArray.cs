using System.Collections;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>Where an instruction is, counted in slots of 8 bytes (<c>struct bpf_insn_array_value</c>).</summary>
/// <param name="Original">In the program as it was loaded.</param>
/// <param name="Translated">In the program as the kernel rewrote it; 0 before the program is loaded.</param>
/// <param name="Jitted">
/// In the machine code, in bytes from its beginning; 0 before the program is loaded, or if it is not compiled.
/// </param>
/// <param name="Reserved">0.</param>
public readonly record struct InstructionOffsets(uint Original, uint Translated, uint Jitted, uint Reserved);

/// <summary>
/// An array of instructions of a program: the targets of its indirect jumps. See
/// <see cref="BpfMap.AsInstructionArray"/>. Since Linux 6.19.
/// </summary>
/// <remarks>
/// A view: it holds no resources but the map's. Who made the map set where the instructions were, and the kernel fills in
/// where they went. Safe for use by several threads at once.
/// </remarks>
public sealed class BpfInstructionArray : IEnumerable<KeyValuePair<uint, InstructionOffsets>>, IMapView
{
    private readonly BpfMap<uint, InstructionOffsets> _elements;

    internal BpfInstructionArray(BpfMap map) => _elements = new BpfMap<uint, InstructionOffsets>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _elements.Map;

    /// <summary>Gets the number of instructions.</summary>
    public uint Length => Map.MaxEntries;

    /// <summary>Where an instruction is.</summary>
    /// <param name="index">The index, below <see cref="Length"/>.</param>
    /// <exception cref="KeyNotFoundException">There is no such element.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public InstructionOffsets this[uint index] => _elements[in index];

    /// <summary>Enumerates the instructions by their indices.</summary>
    public BpfMap<uint, InstructionOffsets>.Enumerator GetEnumerator() => _elements.GetEnumerator();

    IEnumerator<KeyValuePair<uint, InstructionOffsets>> IEnumerable<KeyValuePair<uint, InstructionOffsets>>.GetEnumerator() =>
        GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => map.AsInstructionArray();
}
