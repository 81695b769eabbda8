using System.Collections;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>Describes where an instruction is (<c>struct bpf_insn_array_value</c>).</summary>
/// <param name="Original">The slot of 8 bytes in the program as it was loaded.</param>
/// <param name="Translated">The slot of 8 bytes in the program as the verifier left it; 0 before the program is loaded.</param>
/// <param name="Jitted">
/// The offset in the machine code, in bytes; 0 before the program is loaded, or if it is interpreted.
/// </param>
/// <param name="Reserved">Padding in C: 0.</param>
public readonly record struct InstructionOffsets(uint Original, uint Translated, uint Jitted, uint Reserved);

/// <summary>
/// Represents an array of instructions of a program, the targets of its indirect jumps. See
/// <see cref="BpfMap.AsInstructionArray"/>. Since Linux 6.19.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. The creator of the map sets where the instructions are in the program,
/// and the kernel adds where they are after loading. Safe for use by several threads at once.
/// </remarks>
public sealed class BpfInstructionArray : IEnumerable<KeyValuePair<uint, InstructionOffsets>>, IMapView
{
    private readonly BpfMap<uint, InstructionOffsets> _elements;

    internal BpfInstructionArray(BpfMap map) => _elements = new BpfMap<uint, InstructionOffsets>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _elements.Map;

    /// <summary>Gets the number of instructions.</summary>
    public uint Length => Map.MaxEntries;

    /// <summary>Gets where an instruction is.</summary>
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
