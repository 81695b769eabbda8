using System.Runtime.InteropServices;
using Ebpf.Asm;
using Ebpf.Linux;

namespace Ebpf.Loading.Code;

/// <summary>
/// Where in the code of a program the numbers of descriptors stand, and of what. The code itself holds none: they are written into the
/// encoded program just before the kernel gets it, and only while the descriptors are kept open.
/// </summary>
internal sealed class DescriptorPlaces
{
    /// <summary>A program can use the kfuncs of so many modules (MAX_KFUNC_BTFS in kernel/bpf/verifier.c).</summary>
    public const int MaxPositions = 256;

    private const int ImmediateAt = 4;

    private readonly List<(int Slot, BpfHandle Handle)> _maps = [];
    private readonly List<(int Slot, BpfHandle Handle)> _modules = [];
    private readonly List<BpfHandle> _positions = [];

    /// <summary>Says that a wide load is one of a map: its number stands in the first slot.</summary>
    /// <param name="slot">The first slot of the load.</param>
    /// <param name="map">The map.</param>
    public void PutMap(int slot, BpfHandle map) => _maps.Add((slot, map));

    /// <summary>Says that a wide load is one of a module's variable or function: the number of its BTF stands in the second slot.</summary>
    /// <param name="slot">The first slot of the load.</param>
    /// <param name="module">The BTF of the module.</param>
    public void PutModule(int slot, BpfHandle module) => _modules.Add((slot + 1, module));

    /// <summary>The position by which calls of a module's kfuncs refer to it; 0 stands for the kernel itself.</summary>
    /// <returns>Whether there was one left.</returns>
    public bool TryPosition(BpfHandle module, out short position)
    {
        int index = _positions.IndexOf(module);
        if (index < 0 && _positions.Count < MaxPositions)
        {
            index = _positions.Count;
            _positions.Add(module);
        }

        position = (short)(index + 1);
        return index >= 0;
    }

    /// <summary>Writes the numbers.</summary>
    /// <param name="image">The encoded code.</param>
    /// <param name="positions">
    /// The numbers to which calls of kfuncs refer by position; empty if there are none.
    /// </param>
    /// <returns>What keeps the descriptors open: to be disposed when the kernel has the program.</returns>
    /// <exception cref="ObjectDisposedException">A map that the program uses is disposed; the message names it.</exception>
    public BorrowedDescriptors Write(Span<byte> image, out int[] positions)
    {
        BorrowedDescriptors borrowed = new([.. _maps.Concat(_modules).Select(place => place.Handle), .. _positions]);
        int index = 0;
        foreach ((int slot, _) in _maps) WriteAt(image, slot, borrowed[index++]);
        foreach ((int slot, _) in _modules) WriteAt(image, slot, borrowed[index++]);
        positions = _positions.Count == 0 ? [] : new int[_positions.Count + 1];
        for (int i = 0; i < _positions.Count; i++) positions[i + 1] = borrowed[index++];
        return borrowed;
    }

    /// <summary>Writes what belongs to the hash of a program: the numbers of modules, and not those of maps.</summary>
    /// <param name="image">The encoded code.</param>
    /// <exception cref="ObjectDisposedException">What was prepared is disposed.</exception>
    public void WriteForHash(Span<byte> image)
    {
        using BorrowedDescriptors borrowed = new([.. _modules.Select(place => place.Handle)]);
        for (int i = 0; i < _modules.Count; i++) WriteAt(image, _modules[i].Slot, borrowed[i]);
    }

    private static void WriteAt(Span<byte> image, int slot, int descriptor) =>
        MemoryMarshal.Write(image[((slot * InstructionDecoder.SlotSize) + ImmediateAt)..], in descriptor);
}
