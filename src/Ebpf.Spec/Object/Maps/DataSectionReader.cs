using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.Object.Reading;

namespace Ebpf.Object.Maps;

/// <summary>Makes a map of each section of global variables, and finds the variables in it.</summary>
internal sealed class DataSectionReader(ObjectFile file, ObjectMaps maps)
{
    /// <summary>Makes the map that holds the variables of a section; none for an empty section.</summary>
    /// <exception cref="ObjectFormatException">The section is too large, or its name is that of another map.</exception>
    public void ReadMap(int sectionIndex, CollectionSpec spec)
    {
        ElfSection section = file.Elf.Section(sectionIndex);
        if (section.Size == 0) return;
        string name = file.OwnName(sectionIndex);
        uint size = SizeOf(section, name, "a map");
        MapSpec map = MapSpec.ForVariables(name, size, file.Role(sectionIndex) == SectionRole.ReadOnlyData);
        map.ValueType = file.DataSections.Of(sectionIndex);
        map.InitialValue = file.Elf.Data(section);
        if (!spec.Maps.TryAdd(name, map)) throw new ObjectFormatException("a section of variables and a map have this name", name);
        maps.HoldVariables(sectionIndex, map, size);
    }

    /// <summary>Gives the variables of the section <c>.addr_space.1</c> (<c>__arena</c>) to the arena; none for an empty section.</summary>
    /// <exception cref="ObjectFormatException">There is no arena, or more than one; or more than one such section.</exception>
    public void ReadArena(int sectionIndex, CollectionSpec spec)
    {
        ElfSection section = file.Elf.Section(sectionIndex);
        if (section.Size == 0) return;
        string name = file.Elf.SectionName(section);
        MapSpec? arena = null;
        foreach (MapSpec map in spec.Maps.Values)
        {
            if (map.Type != MapType.Arena) continue;
            if (arena is not null)
                throw new ObjectFormatException($"variables of an arena, but two arenas: \"{arena.Name}\" is another", name, map.Name);
            arena = map;
        }

        if (arena is null) throw new ObjectFormatException("variables of an arena need a map of type arena, in SEC(\".maps\")", name);
        if (arena.DataSection is not null) throw new ObjectFormatException("two sections hold the variables of the arena", name, arena.Name);
        uint size = SizeOf(section, name, "an arena");
        arena.DataSection = name;
        arena.DataSize = size;
        arena.InitialValue = file.Elf.Data(section);
        maps.HoldVariables(sectionIndex, arena, size);
    }

    /// <summary>
    /// Finds the variables that other objects could see: static and hidden ones are the source's own business, as are the
    /// compiler's (their names begin with a dot).
    /// </summary>
    /// <param name="variables">Receives the variables.</param>
    /// <exception cref="ObjectFormatException">A variable lies outside of its section, or its name is not unique.</exception>
    public void ReadVariables(SpecTable<VariableSpec> variables)
    {
        ElfSymbolTable symbols = file.Symbols;
        for (int i = 1; i < symbols.Count; i++)
        {
            ElfSymbol symbol = symbols[i];
            if (symbol.Type != ElfSymbolType.Object
                || symbol.Binding == ElfSymbolBinding.Local
                || symbol.Section <= 0
                || maps.OfVariables(symbol.Section) is not { } map
                || symbol.IsHidden
                || symbols.NameUtf8(symbol) is [] or [(byte)'.', ..])
            {
                continue;
            }

            string name = symbols.Name(symbol);
            uint size = maps.DataOf(symbol.Section).Size;
            if (symbol.Value > size || symbol.Size > size - symbol.Value)
            {
                throw new ObjectFormatException(
                    $"the variable's {symbol.Size} bytes lie outside of the section of {size}", map.DataSection, name, (long)symbol.Value);
            }

            VariableType? type = TypeOf(map, name, symbol);

            // As libbpf does: user space maps a section into its memory if there is a variable in it that it can know.
            if (type is not null) map.Flags |= MapFlags.Mmapable;
            VariableSpec variable = new(name, map, (uint)symbol.Value, (uint)symbol.Size, type, file.Elf.ByteOrder);
            if (!variables.TryAdd(name, variable))
            {
                throw new ObjectFormatException(
                    $"another variable of this name is in {variables[name].Section}", map.DataSection, name, (long)symbol.Value);
            }
        }
    }

    private static uint SizeOf(in ElfSection section, string name, string what) =>
        section.Size <= int.MaxValue
            ? (uint)section.Size
            : throw new ObjectFormatException($"{section.Size} bytes are too many for {what}", name);

    private VariableType? TypeOf(MapSpec map, string name, in ElfSymbol symbol)
    {
        if (!file.DataSections.TryGetVariable(symbol.Section, name, out DataSectionEntry? entry) || entry.Offset != symbol.Value)
            return null;
        return entry.Size == symbol.Size
            ? entry.Variable
            : throw new ObjectFormatException(
                $"the symbol has {symbol.Size} bytes, its type {entry.Size}", map.DataSection, name, (long)symbol.Value);
    }
}
