using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>Writes the section <c>.maps</c>: maps that BTF describes, and what they hold from the start.</summary>
internal sealed class MapDefinitionsWriter(ObjectWriter writer)
{
    private const string Section = ".maps";

    /// <summary>A slot of <c>values</c> is a pointer of the BPF target.</summary>
    private const uint SlotSize = sizeof(ulong);
    private readonly MapDefinitionBuilder _builder = new(writer.Types);

    public void Write()
    {
        List<(string Name, MapSpec Map)> maps = [];
        foreach ((string name, MapSpec map) in writer.Spec.Maps)
        {
            if (IsDefined(map)) maps.Add((name, map));
        }

        if (maps.Count == 0) return;
        Dictionary<string, DataSectionEntry> known = KnownDefinitions();
        List<SectionEntry> entries = [];
        List<uint> valuesAt = [];
        uint end = 0;
        foreach ((string name, MapSpec map) in maps)
        {
            MapRules.CheckDefined(name, map);
            (SectionEntry entry, uint values) = Define(name, map, known.GetValueOrDefault(name));
            entries.Add(entry);
            valuesAt.Add(values);
            if (entry.Offset != uint.MaxValue) end = Math.Max(end, entry.Offset + entry.Size);
        }

        // New ones go behind those that keep their places.
        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i].Offset != uint.MaxValue) continue;
            end = (end + SlotSize - 1) / SlotSize * SlotSize;
            entries[i] = entries[i] with { Offset = end };
            end = checked(end + entries[i].Size);
        }

        uint size = writer.Types.SizeOf(Section, end);
        writer.Types.SetSection(Section, entries, size);
        ElfOutputSection section = writer.Elf.AddSection(
            Section, ElfSectionFlags.Allocate | ElfSectionFlags.Write, new byte[size], SlotSize);
        for (int i = 0; i < maps.Count; i++) writer.Symbols.AddMap(maps[i].Name, section, entries[i].Offset, entries[i].Size);
        for (int i = 0; i < maps.Count; i++) Fill(maps[i].Name, maps[i].Map, section, entries[i].Offset + valuesAt[i]);
    }

    /// <summary>Whether a map has a definition in this section: it holds no section, is no struct_ops map and none of old.</summary>
    private static bool IsDefined(MapSpec map) =>
        (map.DataSection is null || map.Type == MapType.Arena) && map.StructOps is null && !LegacyMapsWriter.IsLegacy(map);

    private Dictionary<string, DataSectionEntry> KnownDefinitions()
    {
        Dictionary<string, DataSectionEntry> known = new(StringComparer.Ordinal);
        foreach (DataSectionEntry entry in writer.Types.Find(Section)?.Entries ?? [])
        {
            if (entry.Variable is { Linkage: VariableLinkage.Global }) known.TryAdd(entry.Type.Name, entry);
        }

        return known;
    }

    /// <summary>The entry of a map: the one that is there, if it says what the spec says; else a new one, without a place yet.</summary>
    private (SectionEntry Entry, uint ValuesAt) Define(string name, MapSpec map, DataSectionEntry? known)
    {
        uint slots = map.Initializers.Count == 0 ? 0 : checked(map.Initializers.Max(initializer => initializer.Slot) + 1);
        if (known?.Variable is { } variable && variable.Type.Resolve() is StructType definition && MapRules.Says(name, map, variable, definition))
        {
            uint values = definition.Members is [.., { Name: "values" } last] ? last.Offset : definition.Size;
            if (slots == 0 || (values + ((ulong)slots * SlotSize) <= known.Size && definition.Members is [.., { Name: "values" }]))
                return (new SectionEntry(new BtfTypeId(known.TypeId), known.Offset, known.Size), values);
        }

        (BtfTypeId id, uint size) = _builder.Define(name, map);
        ulong whole = size + ((ulong)slots * SlotSize);
        if (whole > int.MaxValue) throw Inexpressible.Map(name, $"its slots go up to {slots - 1}, which takes more than 2 GiB");
        return (new SectionEntry(id, uint.MaxValue, (uint)whole), size);
    }

    private void Fill(string name, MapSpec map, ElfOutputSection section, uint values)
    {
        foreach (MapInitializer initializer in map.Initializers)
        {
            ElfOutputSymbol symbol = map.Type == MapType.ProgramArray
                ? writer.FindProgram(initializer.Target)?.Symbol
                    ?? throw Inexpressible.Map(name, $"slot {initializer.Slot} holds program \"{initializer.Target}\", which the collection does not have")
                : writer.Symbols.Map(initializer.Target, problem => Inexpressible.Map(name, $"slot {initializer.Slot}: {problem}"));
            section.Relocations.Add((values + ((ulong)initializer.Slot * SlotSize), symbol, ElfRelocationType.Data));
        }
    }
}
