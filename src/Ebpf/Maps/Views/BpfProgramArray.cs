using System.Collections;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents an array of programs, the targets of tail calls. See <see cref="BpfMap.AsProgramArray"/>. Since Linux 4.2.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. The kernel empties the array when its last descriptor and its last pin
/// are gone, even while programs still use it. Enumerating returns the slots that are filled, with the ids of their programs.
/// Safe for use by several threads at once.
/// </remarks>
public sealed class BpfProgramArray : IEnumerable<KeyValuePair<uint, uint>>, IMapView
{
    private readonly BpfMap<uint, uint> _ids;
    private readonly DescriptorElements<uint> _slots;

    internal BpfProgramArray(BpfMap map)
    {
        _ids = new BpfMap<uint, uint>(map);
        _slots = new DescriptorElements<uint>(map);
    }

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _slots.Map;

    /// <summary>Gets the number of slots.</summary>
    public uint Length => Map.MaxEntries;

    /// <summary>Sets the program in a slot, and replaces the one that is there, if any. Tail calls in progress are not disturbed.</summary>
    /// <param name="slot">The slot, below <see cref="Length"/>.</param>
    /// <param name="program">
    /// The program, which the array keeps alive. All programs of an array, and those that call them, are of one type.
    /// </param>
    /// <exception cref="BpfException">
    /// There is no such slot, the program does not fit the others, or the kernel refused for another reason.
    /// </exception>
    public void Update(uint slot, BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        Errno error = _slots.Write(in slot, program.Handle);
        if (error == Errno.None) return;
        Map.ThrowFailed(
            "set a program",
            error,
            error == Errno.EINVAL
                ? $"{program} does not go with the programs that are in the array or use it: all must have one type, and "
                + "agree in what they expect to be attached to, in fragments of packets (xdp.frags) and in being compiled"
                : null);
    }

    /// <summary>Gets the id of the program in a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="id">The id of the program (<see cref="BpfProgram.Id"/>); 0 if there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryGetId(uint slot, out uint id) => _ids.TryGetValue(in slot, out id);

    /// <summary>Empties a slot. A tail call to it continues in the calling program.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Whether there was a program in it.</returns>
    /// <exception cref="BpfException">There is no such slot, or the kernel refused.</exception>
    public bool Remove(uint slot) => _ids.Remove(in slot);

    /// <summary>Returns the number of slots that are filled.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public long Count() => _ids.Count();

    /// <summary>Empties all slots.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.ClearSlots();

    /// <summary>Enumerates the slots that are filled, in ascending order, with the ids of their programs.</summary>
    public BpfMap<uint, uint>.Enumerator GetEnumerator() => _ids.GetEnumerator();

    IEnumerator<KeyValuePair<uint, uint>> IEnumerable<KeyValuePair<uint, uint>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => map.AsProgramArray();
}
