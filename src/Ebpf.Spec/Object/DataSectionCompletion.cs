using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object;

/// <summary>
/// Completes the BTF of data sections from the symbols: clang leaves their sizes 0, and the offsets of variables that are
/// not static (LLVM writes them as relocations, which nobody applies to <c>.BTF</c>).
/// </summary>
internal static class DataSectionCompletion
{
    public static void Complete(ObjectFile file, BtfSpec types)
    {
        if (file.DataSections.IsEmpty) return;
        Dictionary<string, ElfSymbol>? symbols = null;
        List<uint> offsets = [];
        for (int i = 1; i < file.Elf.SectionCount; i++)
        {
            ElfSection elfSection = file.Elf.Section(i);
            if (elfSection.Type is not (ElfSectionType.ProgramBits or ElfSectionType.NoBits)
                || !file.DataSections.TryGet(file.Elf.SectionName(elfSection), out DataSectionType? section)
                || section.Size != 0)
            {
                continue;
            }

            symbols ??= GlobalSymbols(file);
            offsets.Clear();
            foreach (DataSectionEntry entry in section.Entries)
                offsets.Add(OffsetOf(entry, section, elfSection, symbols));
            if (elfSection.Size > uint.MaxValue)
                throw new ObjectFormatException($"{elfSection.Size} bytes are too many", section.Name);
            types.OverrideDataSection(section.Id, (uint)elfSection.Size, CollectionsMarshal.AsSpan(offsets));
        }
    }

    private static uint OffsetOf(
        DataSectionEntry entry, DataSectionType section, in ElfSection elfSection, Dictionary<string, ElfSymbol> symbols)
    {
        if (entry.Type is not VariableType variable || variable.Linkage == VariableLinkage.Static) return entry.Offset;
        if (!symbols.TryGetValue(variable.Name, out ElfSymbol symbol) || symbol.Section != elfSection.Index)
            throw new ObjectFormatException("BTF tells of a variable that has no symbol", section.Name, variable.Name);
        if (symbol.Value > elfSection.Size)
        {
            throw new ObjectFormatException(
                $"the symbol lies outside of the section of {elfSection.Size} bytes",
                section.Name,
                variable.Name,
                (long)symbol.Value);
        }

        return (uint)symbol.Value;
    }

    private static Dictionary<string, ElfSymbol> GlobalSymbols(ObjectFile file)
    {
        Dictionary<string, ElfSymbol> found = new(StringComparer.Ordinal);
        for (int i = 1; i < file.Symbols.Count; i++)
        {
            ElfSymbol symbol = file.Symbols[i];
            if (symbol.Binding != ElfSymbolBinding.Local && symbol.Type == ElfSymbolType.Object && symbol.Section > 0)
                found.TryAdd(file.Symbols.Name(symbol), symbol);
        }

        return found;
    }
}
