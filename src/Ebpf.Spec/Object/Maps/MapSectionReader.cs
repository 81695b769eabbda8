using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.Object.Reading;

namespace Ebpf.Object.Maps;

/// <summary>Reads the maps that BTF describes (<c>.maps</c>), and what they hold from the start.</summary>
/// <param name="file">The object.</param>
/// <param name="functions">Its functions.</param>
/// <param name="maps">Receives the places of the maps.</param>
internal sealed class MapSectionReader(ObjectFile file, FunctionTable functions, ObjectMaps maps)
{
    private const string Name = DataSectionTypes.Maps;

    /// <summary>Reads the maps in the order of the section.</summary>
    /// <param name="sectionIndex">The section.</param>
    /// <param name="spec">Receives the maps.</param>
    /// <exception cref="ObjectFormatException">A definition is malformed.</exception>
    public void Read(int sectionIndex, CollectionSpec spec)
    {
        ElfSection section = file.Elf.Section(sectionIndex);
        if (file.DataSections.Of(sectionIndex) is not { } types)
        {
            // The type of another section of this name describes no map in this one.
            if (file.DataSections.Named(Name) is not null) return;
            throw new ObjectFormatException(
                "map definitions need BTF to describe them: compile with -g, and do not strip .BTF", Name);
        }

        List<Definition> definitions = new(types.Entries.Length);
        foreach (DataSectionEntry entry in types.Entries)
        {
            Definition definition = ReadMap(entry, section);
            string name = definition.Spec.Name;
            if (!spec.Maps.TryAdd(name, definition.Spec))
                throw new ObjectFormatException("two maps have this name", Name, name, definition.Offset);
            maps.Define(sectionIndex, definition.Offset, definition.Spec);
            definitions.Add(definition);
        }

        ReadInitializers(file.Relocations(sectionIndex), definitions);
    }

    /// <summary>Fills <see cref="MapSpec.Initializers"/> from the relocations of the section.</summary>
    private void ReadInitializers(ElfRelocationTable relocations, List<Definition> definitions)
    {
        if (relocations.Count == 0) return;
        definitions.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        for (int i = 0; i < relocations.Count; i++)
        {
            ElfRelocation relocation = relocations[i];
            ElfSymbol symbol = file.Symbols[relocation.Symbol];
            Definition? definition = LastAtOrBefore(definitions, relocation.Offset);
            if (definition is null || relocation.Offset - definition.Offset >= definition.Size)
                throw Malformed("no map is defined here", null, relocation);
            MapSpec spec = definition.Spec;
            if (spec.Type is not (MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.ProgramArray)
                || relocation.Offset - definition.Offset < definition.ValuesOffset)
            {
                throw Malformed(
                    $"a map definition cannot refer to \"{file.Symbols.Name(symbol)}\" outside of \"values\"", spec, relocation);
            }

            // A slot is a pointer of the BPF target: 8 bytes.
            uint slot = (uint)((relocation.Offset - definition.Offset - definition.ValuesOffset) / sizeof(ulong));
            spec.Initializers.Add(new MapInitializer(slot, Target(spec, symbol, relocation)));
        }
    }

    private static Definition ReadMap(DataSectionEntry entry, in ElfSection section)
    {
        if (entry.Type is not VariableType variable)
            throw new ObjectFormatException($"expected the definition of a map, found {entry.Type}", Name);
        if (variable.Name.Length == 0)
            throw new ObjectFormatException("the definition of a map has no name", Name, offset: entry.Offset);
        if (variable.Linkage == VariableLinkage.Static)
        {
            throw new ObjectFormatException(
                "the map is static: a loader cannot see it, remove the qualifier", Name, variable.Name);
        }

        if (variable.Linkage == VariableLinkage.Extern)
            throw new ObjectFormatException(ObjectFile.MapNotDefined, Name, variable.Name);

        if (entry.Offset > section.Size || entry.Size > section.Size - entry.Offset)
        {
            throw new ObjectFormatException(
                $"its {entry.Size} bytes lie outside of the section of {section.Size}", Name, variable.Name, entry.Offset);
        }

        if (variable.Type.Resolve() is not StructType definition)
            throw new ObjectFormatException($"a map is defined by a struct, not by {variable.Type}", Name, variable.Name);
        if (entry.Size < definition.Size)
        {
            throw new ObjectFormatException(
                $"the section has {entry.Size} bytes for a definition of {definition.Size}", Name, variable.Name, entry.Offset);
        }

        MapSpec spec = MapDefinitionReader.Read(variable.Name, definition);
        spec.Tags = [.. variable.Tags];
        uint values = definition.Members is [.., { Name: "values" } last] ? last.BitOffset / 8 : definition.Size;
        return new Definition(spec, entry.Offset, entry.Size, values);
    }

    /// <summary>Of definitions that are sorted by their offsets, the last that begins at an offset or before it.</summary>
    private static Definition? LastAtOrBefore(List<Definition> definitions, ulong offset)
    {
        int low = 0, high = definitions.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (definitions[middle].Offset <= offset) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? null : definitions[low - 1];
    }

    private string Target(MapSpec spec, in ElfSymbol symbol, in ElfRelocation relocation)
    {
        SectionRole role = file.Role(symbol.Section);
        if (spec.Type == MapType.ProgramArray)
        {
            if (role == SectionRole.Code && functions.TryGet(symbol.Section, (long)symbol.Value, out ObjectFunction? function))
                return function.Name;
            throw Malformed($"\"{file.Symbols.Name(symbol)}\" is no program", spec, relocation);
        }

        return role == SectionRole.Maps && maps.DefinedAt(symbol.Section, symbol.Value) is { } map
            ? map
            : throw Malformed($"\"{file.Symbols.Name(symbol)}\" is no map", spec, relocation);
    }

    private static ObjectFormatException Malformed(string problem, MapSpec? map, in ElfRelocation relocation) =>
        new(problem, Name, map?.Name, (long)relocation.Offset);

    /// <summary>A map and where its definition stands in the section.</summary>
    /// <param name="Spec">The map.</param>
    /// <param name="Offset">Where the definition begins, in bytes.</param>
    /// <param name="Size">Its size in bytes.</param>
    /// <param name="ValuesOffset">Where in the definition the <c>values</c> begin.</param>
    private sealed record Definition(MapSpec Spec, uint Offset, uint Size, uint ValuesOffset);
}
