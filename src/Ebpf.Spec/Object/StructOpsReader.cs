using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object;

/// <summary>Makes a map of each table of functions in <c>.struct_ops</c> and its like.</summary>
internal sealed class StructOpsReader(ObjectFile file, FunctionTable functions)
{
    /// <summary>How deep structs may lie in structs; real tables have one level.</summary>
    private const int MaxDepth = 16;

    /// <summary>Reads a section.</summary>
    /// <param name="sectionIndex">The section.</param>
    /// <param name="spec">Receives the maps; has the programs already.</param>
    /// <exception cref="ObjectFormatException">A table is malformed.</exception>
    public void Read(int sectionIndex, CollectionSpec spec)
    {
        ElfSection section = file.Elf.Section(sectionIndex);
        string name = file.Elf.SectionName(section);
        if (file.Types is null || !file.Types.TryGet(name, out DataSectionType? types))
            throw new ObjectFormatException("tables of functions need BTF to describe them: compile with -g", name);

        List<(MapSpec Map, uint Offset)> maps = [];
        foreach (DataSectionEntry entry in types.Entries)
        {
            MapSpec map = ReadMap(entry, section, name);
            if (!spec.Maps.TryAdd(map.Name, map)) throw new ObjectFormatException("two maps have this name", name, map.Name);
            maps.Add((map, entry.Offset));
        }

        ElfRelocationTable relocations = file.Relocations(sectionIndex);
        for (int i = 0; i < relocations.Count; i++) ReadFunction(name, maps, relocations[i], spec);
    }

    private MapSpec ReadMap(DataSectionEntry entry, in ElfSection section, string sectionName)
    {
        string name = entry.Type.Name;
        if (entry.Variable?.Type.Resolve() is not StructType { Name.Length: > 0 } type)
            throw new ObjectFormatException("a table of functions is a struct with a name", sectionName, name);
        ReadOnlyMemory<byte> data = file.Elf.Data(section);
        if (entry.Offset > (uint)data.Length || type.Size > (uint)data.Length - entry.Offset)
        {
            throw new ObjectFormatException(
                $"its {type.Size} bytes lie outside of the section of {data.Length}", sectionName, name, entry.Offset);
        }

        return new MapSpec
        {
            Name = name,
            Type = MapType.StructOps,
            KeySize = sizeof(uint),
            ValueSize = type.Size,
            MaxEntries = 1,
            Flags = sectionName.EndsWith(".link", StringComparison.Ordinal) ? MapFlags.Link : MapFlags.None,
            AutoCreate = sectionName[0] != '?',
            Value = type,
            StructOps = new StructOpsSpec(type),
            DataSize = type.Size,
            InitialValue = data.Slice((int)entry.Offset, (int)type.Size),
        };
    }

    private void ReadFunction(
        string section, List<(MapSpec Map, uint Offset)> maps, in ElfRelocation relocation, CollectionSpec spec)
    {
        ElfSymbol symbol = file.Symbols[relocation.Symbol];
        ulong place = relocation.Offset;
        (MapSpec map, uint offset) = maps.Find(candidate => place >= candidate.Offset && place - candidate.Offset < candidate.Map.ValueSize);
        if (map is null) throw new ObjectFormatException("no table of functions is here", section, offset: (long)place);
        string member = FindFunctionMember(map.StructOps!.Type, (uint)(place - offset))
            ?? throw new ObjectFormatException(
                $"\"{file.Symbols.Name(symbol)}\" is put where no member for a function is", section, map.Name, (long)place);
        if (file.Role(symbol.Section) != SectionRole.Code
            || !functions.TryGet(symbol.Section, (long)symbol.Value, out ObjectFunction? function)
            || !spec.Programs.TryGetValue(function.Name, out ProgramSpec? program)
            || program.Type != ProgramType.StructOps)
        {
            throw new ObjectFormatException(
                $"member \"{member}\" refers to \"{file.Symbols.Name(symbol)}\", which is no program in SEC(\"struct_ops\")",
                section,
                map.Name,
                (long)place);
        }

        map.StructOps.Functions[member] = function.Name;
    }

    /// <summary>The pointer to a function at an offset, by the names of the members that lead to it.</summary>
    private static string? FindFunctionMember(StructType type, uint offset)
    {
        string path = "";
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            Member? inside = null;
            foreach (Member member in type.Members)
            {
                if (member.IsBitField || !member.Type.TryGetSize(out uint size) || offset < member.Offset || offset - member.Offset >= size)
                    continue;
                inside = member;
                break;
            }

            if (inside is null) return null;
            path += inside.Name;
            offset -= inside.Offset;
            BtfType resolved = inside.Type.Resolve();
            if (resolved is PointerType pointer)
                return offset == 0 && pointer.Target.Resolve() is FunctionPrototypeType ? path : null;
            if (resolved is not StructType nested) return null;
            type = nested;
            path += ".";
        }

        return null;
    }
}
