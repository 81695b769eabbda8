using System.Runtime.InteropServices;
using Ebpf.Asm;
using Ebpf.Linux;
using Ebpf.Maps.Creation;

namespace Ebpf.Loading.Code;

/// <summary>Creates maps of instructions for the jump tables of a program. They live as long as the program needs them.</summary>
internal sealed class JumpTables(LinuxKernel kernel, BpfHandle? token) : IDisposable
{
    private readonly List<BpfMap> _maps = [];

    /// <summary>Creates a map of each table. Since Linux 6.19.</summary>
    /// <param name="code">The program.</param>
    /// <param name="descriptors">Is told where the maps are loaded.</param>
    /// <exception cref="BpfException">The kernel refused, or knows no such maps.</exception>
    public void Create(InstructionList code, DescriptorPlaces descriptors)
    {
        SymbolScopes? symbols = null;
        foreach (InstructionSlot item in code.Slots())
        {
            if (item.Instruction.Reference is not { Kind: ReferenceKind.JumpTable } reference) continue;
            BpfMap map = Create(reference, item.Index, symbols ??= SymbolScopes.Of(code));
            item.Instruction.ImmediateLow = 0;
            descriptors.PutMap(item.Slot, map.Handle);
        }
    }

    public void Dispose()
    {
        foreach (BpfMap map in _maps) map.Dispose();
    }

    private BpfMap Create(Reference table, int index, SymbolScopes symbols)
    {
        MapSpec spec = new()
        {
            Name = ".jumptables",
            Type = MapType.InsnArray,
            KeySize = sizeof(uint),
            ValueSize = (uint)Marshal.SizeOf<Element>(),
            MaxEntries = (uint)table.Targets.Length,
        };
        BpfMap map = MapCreation.Create(kernel, spec, new MapCreateOptions { Token = token });
        _maps.Add(map);
        for (uint i = 0; i < table.Targets.Length; i++)
        {
            if (!symbols.TryFindLabel(index, table.Targets[(int)i], out int slot))
                throw new BpfException($"Jump table \"{table.Name}\" leads to \"{table.Targets[(int)i]}\", which its function does not have");
            Element element = new((uint)slot);
            map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in i)), MemoryMarshal.AsBytes(new ReadOnlySpan<Element>(in element)));
        }

        // The verifier wants to know that nobody changes it any more.
        map.Freeze();
        return map;
    }

    /// <summary><c>struct bpf_insn_array_value</c>: the kernel fills in the rest.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private readonly record struct Element(uint OriginalSlot);
}
