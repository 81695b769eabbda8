using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>
/// Deals with the sections that the BTF describes and the collection does not have: maps that were taken out of it, and sections that
/// no loader reads.
/// </summary>
internal sealed class OtherSectionsWriter(ObjectWriter writer)
{
    private static readonly string[] Read = [".maps", "maps", ".data", ".rodata", ".bss", ".struct_ops", ".struct_ops.link", ".addr_space.1"];

    public void Write()
    {
        foreach (DataSectionType section in writer.Types.Sections.ToArray())
        {
            // One without a size was none of the object that was read.
            if (writer.Types.IsWritten(section.Name) || section.Size == 0) continue;
            if (IsRead(section.Name)) writer.Types.Empty(section);
            else WritePlaceholder(section);
        }
    }

    private static bool IsRead(string name)
    {
        name = name.TrimStart('?');
        return Array.Exists(Read, stem => name == stem
            || (name.StartsWith(stem, StringComparison.Ordinal) && name[stem.Length] is '.' or '/'));
    }

    /// <summary>libbpf wants a symbol for every variable in BTF; what is in the section no loader asks for.</summary>
    private void WritePlaceholder(DataSectionType section)
    {
        ElfOutputSection zeros = writer.Elf.AddZeros(
            section.Name, ElfSectionFlags.Allocate | ElfSectionFlags.Write, section.Size, sizeof(ulong));
        foreach (DataSectionEntry entry in section.Entries)
        {
            if (entry.Variable is not { Linkage: VariableLinkage.Global } variable) continue;
            Inexpressible.CheckInside(section.Name, section.Size, variable.Name, entry.Offset, entry.Size);
            writer.Elf.AddSymbol(variable.Name, ElfSymbolType.Object, ElfSymbolBinding.Global, zeros, entry.Offset, entry.Size);
        }
    }
}
