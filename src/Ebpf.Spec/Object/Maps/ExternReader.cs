using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.Object.Reading;

namespace Ebpf.Object.Maps;

/// <summary>Reads what the object expects of the kernel: undefined symbols that BTF puts into <c>.ksyms</c> or <c>.kconfig</c>.</summary>
internal sealed class ExternReader(ObjectFile file)
{
    /// <summary>Reads the externs: settings in the order of their places in the map, then the rest by name.</summary>
    /// <param name="spec">Receives the externs, and the map of settings if there are any.</param>
    /// <exception cref="ObjectFormatException">The settings are too many, or two have one name.</exception>
    public void Read(CollectionSpec spec)
    {
        DataSectionType? kconfig = file.DataSections.Named(DataSectionTypes.Kconfig);
        DataSectionType? ksyms = file.DataSections.Named(DataSectionTypes.Ksyms);
        if (kconfig is null && ksyms is null) return;

        Dictionary<string, bool> undefined = UndefinedSymbols();
        if (kconfig is not null) ReadSettings(kconfig, undefined, spec);
        if (ksyms is not null) ReadKernelSymbols(ksyms, undefined, spec);
    }

    /// <summary>The undefined symbols, and whether each is weak.</summary>
    private Dictionary<string, bool> UndefinedSymbols()
    {
        Dictionary<string, bool> found = new(StringComparer.Ordinal);
        for (int i = 1; i < file.Symbols.Count; i++)
        {
            ElfSymbol symbol = file.Symbols[i];
            if (symbol.IsUndefined && symbol.Binding != ElfSymbolBinding.Local && !file.Symbols.NameUtf8(symbol).IsEmpty)
                found.TryAdd(file.Symbols.Name(symbol), symbol.Binding == ElfSymbolBinding.Weak);
        }

        return found;
    }

    private static void ReadKernelSymbols(DataSectionType section, Dictionary<string, bool> undefined, CollectionSpec spec)
    {
        foreach (DataSectionEntry entry in section.Entries.OrderBy(entry => entry.Type.Name, StringComparer.Ordinal))
        {
            string name = entry.Type.Name;
            if (!undefined.TryGetValue(name, out bool isWeak)) continue;
            ExternSpec found = entry.Type is VariableType variable
                ? new(name, variable.Type.Resolve() is VoidType ? ExternKind.Symbol : ExternKind.Variable, isWeak, variable.Type, 0)
                : new(name, ExternKind.Function, isWeak, entry.Type, 0);
            spec.Externs.TryAdd(name, found);
        }
    }

    private static void ReadSettings(DataSectionType section, Dictionary<string, bool> undefined, CollectionSpec spec)
    {
        if (section.Size > int.MaxValue)
            throw new ObjectFormatException($"{section.Size} bytes are too many for a map", DataSectionTypes.Kconfig);
        foreach (DataSectionEntry entry in section.Entries)
        {
            string name = entry.Type.Name;
            undefined.TryGetValue(name, out bool isWeak);
            ExternSpec setting = new(name, ExternKind.Kconfig, isWeak, entry.Variable!.Type, entry.Offset);
            if (!spec.Externs.TryAdd(name, setting))
                throw new ObjectFormatException("two settings have this name", DataSectionTypes.Kconfig, name);
        }

        spec.Maps.TryAdd(DataSectionTypes.Kconfig, new MapSpec
        {
            Name = DataSectionTypes.Kconfig,
            Type = MapType.Array,
            KeySize = sizeof(uint),
            ValueSize = section.Size,
            MaxEntries = 1,
            Flags = MapFlags.ReadOnlyProgram | MapFlags.Mmapable,
            Freeze = true,
            DataSection = DataSectionTypes.Kconfig,
            ValueType = section,
        });
    }
}
