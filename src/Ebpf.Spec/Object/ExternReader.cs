using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object;

/// <summary>Reads what the object expects of the kernel: undefined symbols that BTF puts into <c>.ksyms</c> or <c>.kconfig</c>.</summary>
internal sealed class ExternReader(ObjectFile file)
{
    public const string KconfigSection = ".kconfig";
    private const string KsymsSection = ".ksyms";

    /// <summary>Reads the externs: settings in the order of their places in the map, then the rest by name.</summary>
    /// <param name="spec">Receives the externs, and the map of settings if there are any.</param>
    /// <exception cref="ObjectFormatException">A setting has a type that no setting has.</exception>
    public void Read(CollectionSpec spec)
    {
        file.DataSections.TryGet(KconfigSection, out DataSectionType? kconfig);
        file.DataSections.TryGet(KsymsSection, out DataSectionType? ksyms);
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
        foreach (DataSectionEntry entry in section.Entries)
        {
            if (entry.Variable is null)
                throw new ObjectFormatException("a setting is a variable, not a function", KconfigSection, entry.Type.Name);
            if (entry.Variable.Name.Length == 0) throw new ObjectFormatException("a setting has no name", KconfigSection);
            CheckType(entry.Variable);
        }

        section.Owner.PlaceKconfig(section);
        if (section.Size > int.MaxValue)
            throw new ObjectFormatException($"{section.Size} bytes are too many for a map", KconfigSection);
        foreach (DataSectionEntry entry in section.Entries)
        {
            string name = entry.Type.Name;
            undefined.TryGetValue(name, out bool isWeak);
            ExternSpec setting = new(name, ExternKind.Kconfig, isWeak, entry.Variable!.Type, entry.Offset);
            if (!spec.Externs.TryAdd(name, setting))
                throw new ObjectFormatException("two settings have this name", KconfigSection, name);
        }

        spec.Maps.TryAdd(KconfigSection, new MapSpec
        {
            Name = KconfigSection,
            Type = MapType.Array,
            KeySize = sizeof(uint),
            ValueSize = section.Size,
            MaxEntries = 1,
            Flags = MapFlags.ReadOnlyProgram | MapFlags.Mmapable,
            Freeze = true,
            DataSection = KconfigSection,
            ValueType = section,
        });
    }

    /// <summary>Settings are bool, char, integers, <c>enum libbpf_tristate</c>, and text.</summary>
    private static void CheckType(VariableType variable)
    {
        BtfType type = variable.Type.Resolve();
        bool isKnown = type switch
        {
            IntType { IsBool: true } => type is IntType { Size: 1 },
            IntType number => number.Size is 1 or 2 or 4 or 8,
            EnumType { Name: "libbpf_tristate" } => true,
            ArrayType { Length: > 0 } text => text.Element.Resolve() is IntType { Size: 1, IsBool: false },
            _ => false,
        };
        if (!isKnown)
        {
            throw new ObjectFormatException(
                $"a setting cannot have the type {variable.Type}: it is bool, char, an integer, enum libbpf_tristate, or an array of char",
                KconfigSection,
                variable.Name);
        }
    }
}
