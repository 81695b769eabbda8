using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object;

/// <summary>Makes a map of each section of global variables, and finds the variables in it.</summary>
internal sealed class DataSectionReader(ObjectFile file)
{
    /// <summary>The map that holds the variables of a section; <c>null</c> for an empty section.</summary>
    public MapSpec? ReadMap(int sectionIndex)
    {
        ElfSection section = file.Elf.Section(sectionIndex);
        if (section.Size == 0) return null;
        string name = file.Elf.SectionName(section);
        if (section.Size > int.MaxValue)
            throw new ObjectFormatException($"{section.Size} bytes are too many for a map", name);

        bool isConstant = file.Role(sectionIndex) == SectionRole.ReadOnlyData;
        file.DataSections.TryGet(name, out DataSectionType? types);
        return new MapSpec
        {
            Name = name,
            Type = MapType.Array,
            KeySize = sizeof(uint),
            ValueSize = (uint)section.Size,
            MaxEntries = 1,
            Flags = isConstant ? MapFlags.ReadOnlyProgram : MapFlags.None,
            Freeze = isConstant,
            DataSection = name,
            ValueType = types,
            InitialValue = file.Elf.Data(section),
        };
    }

    /// <summary>Gives the variables of the section <c>.addr_space.1</c> (<c>__arena</c>) to the arena.</summary>
    /// <returns>The arena; <c>null</c> for an empty section.</returns>
    /// <exception cref="ObjectFormatException">There is no arena, or more than one; or more than one such section.</exception>
    public MapSpec? ReadArena(int sectionIndex, CollectionSpec spec)
    {
        ElfSection section = file.Elf.Section(sectionIndex);
        if (section.Size == 0) return null;
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
        if (section.Size > int.MaxValue) throw new ObjectFormatException($"{section.Size} bytes are too many for an arena", name);
        arena.DataSection = name;
        arena.DataSize = (uint)section.Size;
        arena.InitialValue = file.Elf.Data(section);
        return arena;
    }

    /// <summary>
    /// The variables that other objects could see: static and hidden ones are the source's own business, as are the
    /// compiler's (their names begin with a dot).
    /// </summary>
    /// <param name="mapOfSection">The map of each section; <c>null</c> where a section is none of variables.</param>
    /// <param name="variables">Receives the variables.</param>
    /// <exception cref="ObjectFormatException">A variable lies outside of its section, or its name is not unique.</exception>
    public void ReadVariables(MapSpec?[] mapOfSection, SpecTable<VariableSpec> variables)
    {
        ElfSymbolTable symbols = file.Symbols;
        for (int i = 1; i < symbols.Count; i++)
        {
            ElfSymbol symbol = symbols[i];
            if (symbol.Type != ElfSymbolType.Object
                || symbol.Binding == ElfSymbolBinding.Local
                || symbol.Section <= 0
                || mapOfSection[symbol.Section] is not { } map
                || symbol.Visibility is ElfSymbolVisibility.Hidden or ElfSymbolVisibility.Internal
                || symbols.NameUtf8(symbol) is [] or [(byte)'.', ..])
            {
                continue;
            }

            string name = symbols.Name(symbol);
            if (symbol.Value > map.DataSize || symbol.Size > map.DataSize - symbol.Value)
            {
                throw new ObjectFormatException(
                    $"the variable's {symbol.Size} bytes lie outside of the section of {map.DataSize}",
                    map.DataSection,
                    name,
                    (long)symbol.Value);
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

    private VariableType? TypeOf(MapSpec map, string name, in ElfSymbol symbol)
    {
        if (!file.DataSections.TryGetVariable(map.DataSection!, name, out DataSectionEntry? entry) || entry.Offset != symbol.Value)
            return null;
        return entry.Size == symbol.Size
            ? entry.Variable
            : throw new ObjectFormatException(
                $"the symbol has {symbol.Size} bytes, its type {entry.Size}", map.DataSection, name, (long)symbol.Value);
    }
}
