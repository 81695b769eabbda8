using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>Writes the sections of global variables: <c>.data</c>, <c>.rodata</c>, <c>.bss</c>, and that of an arena.</summary>
internal sealed class VariablesWriter(ObjectWriter writer)
{
    public void Write()
    {
        Dictionary<MapSpec, Place> places = [];
        foreach ((string name, MapSpec map) in writer.Spec.Maps)
        {
            if (map.DataSection is null || map.DataSection == MapSpec.KconfigSection) continue;
            if (map.Type != MapType.Arena) MapRules.CheckVariables(name, map);
            places.Add(map, new Place(name, AddSection(name, map, map.DataSection), DescribedVariables(map, map.DataSection)));
        }

        // Readers take variables in the order of their symbols.
        foreach ((string name, VariableSpec variable) in writer.Spec.Variables)
        {
            if (!places.TryGetValue(variable.Map, out Place? place))
                throw Refuse(name, $"its map \"{variable.Map.Name}\" is not in the collection");
            Write(name, variable, place);
        }

        foreach ((MapSpec map, Place place) in places) Finish(map, place);
    }

    private static BpfException Refuse(string name, string problem) => new($"Write variable \"{name}\": {problem}");

    private void Write(string name, VariableSpec variable, Place place)
    {
        Inexpressible.CheckName(name, variable.Name, Refuse);
        uint size = variable.Map.DataSize;
        if (variable.Offset > size || variable.Size > size - variable.Offset)
            throw Refuse(name, $"it lies outside of section \"{place.Section.Name}\" of {size} bytes");
        if (IdOf(variable) is { } id)
        {
            place.Seen.Add(id);
            if (place.Described.Add(id)) place.Entries.Add(new SectionEntry(id, variable.Offset, variable.Size));
        }

        place.Symbols.Add((variable.Offset, variable.Size, AddSymbol(name, place.Section, variable.Offset, variable.Size)));
    }

    private void Finish(MapSpec map, Place place)
    {
        // What BTF knows and the collection does not is hidden: libbpf wants a symbol all the same.
        foreach (SectionEntry entry in place.Entries)
        {
            if (place.Seen.Contains(entry.Type) || writer.Types.VariableName(entry.Type) is not { } hidden) continue;
            AddSymbol(hidden, place.Section, entry.Offset, entry.Size, ElfSymbolVisibility.Hidden);
        }

        if (place.Entries.Count > 0) writer.Types.SetSection(map.DataSection!, place.Entries, map.DataSize);
        writer.Symbols.AddData(place.Map, place.Section, place.Symbols);
    }

    private ElfOutputSection AddSection(string name, MapSpec map, string section)
    {
        ElfSectionFlags flags = map.Freeze ? ElfSectionFlags.Allocate : ElfSectionFlags.Allocate | ElfSectionFlags.Write;
        ReadOnlySpan<byte> value = map.InitialValue.Span;
        if (section == ".bss" || section.StartsWith(".bss.", StringComparison.Ordinal))
        {
            if (value.ContainsAnyExcept((byte)0))
            {
                throw Inexpressible.Map(
                    name, $"section {section} holds zeros, and its variables have got other values: declare them in another one, SEC(\".data\") for example");
            }

            return writer.Elf.AddZeros(section, flags, map.DataSize, sizeof(ulong));
        }

        if ((uint)value.Length > map.DataSize) throw Inexpressible.Map(name, $"its first value has {value.Length} bytes, the section {map.DataSize}");
        byte[] data = new byte[map.DataSize];
        value.CopyTo(data);
        return writer.Elf.AddSection(section, flags, data, sizeof(ulong));
    }

    private List<SectionEntry> DescribedVariables(MapSpec map, string section)
    {
        DataSectionType? types = map.Type == MapType.Arena ? writer.Types.Find(section) : map.ValueType as DataSectionType;
        return [.. (types?.Entries ?? []).Select(entry => new SectionEntry(writer.Types.IdOf(entry.Type), entry.Offset, entry.Size))];
    }

    /// <summary>The variable in BTF, under the name that it has now; <c>null</c> for one without a type.</summary>
    private BtfTypeId? IdOf(VariableSpec variable)
    {
        if (variable.Variable is { } known)
        {
            BtfTypeId id = writer.Types.IdOf(known);
            if (known.Name != variable.Name)
                writer.Types.Change($"variable \"{variable.Name}\"", builder => { builder.Rename(id, variable.Name); return id; });
            return id;
        }

        return variable.Type is { } type
            ? writer.Types.Change($"variable \"{variable.Name}\"", builder => builder.AddVariable(variable.Name, writer.Types.IdOf(type)))
            : null;
    }

    private ElfOutputSymbol AddSymbol(
        string name, ElfOutputSection section, uint offset, uint size, ElfSymbolVisibility visibility = ElfSymbolVisibility.Default) =>
        writer.Elf.AddSymbol(name, ElfSymbolType.Object, ElfSymbolBinding.Global, section, offset, size, visibility);

    /// <summary>A section that is being written.</summary>
    private sealed record Place(string Map, ElfOutputSection Section, List<SectionEntry> Entries)
    {
        /// <summary>The types of the variables that the collection has.</summary>
        public HashSet<BtfTypeId> Seen { get; } = [];

        /// <summary>The types of all variables that BTF describes.</summary>
        public HashSet<BtfTypeId> Described { get; } = [.. Entries.Select(entry => entry.Type)];

        public List<(uint Offset, uint Size, ElfOutputSymbol Symbol)> Symbols { get; } = [];
    }
}
