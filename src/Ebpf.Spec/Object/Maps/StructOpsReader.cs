using System.Collections.Immutable;
using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Elf;
using Ebpf.Object.Reading;

namespace Ebpf.Object.Maps;

/// <summary>Makes the struct_ops maps of <c>.struct_ops</c> and the like.</summary>
internal sealed class StructOpsReader(ObjectFile file, FunctionTable functions)
{
    /// <summary>Reads a section.</summary>
    /// <param name="sectionIndex">The section.</param>
    /// <param name="spec">Receives the maps; has the programs already.</param>
    /// <exception cref="ObjectFormatException">A map is malformed.</exception>
    public void Read(int sectionIndex, CollectionSpec spec)
    {
        ElfSection section = file.Elf.Section(sectionIndex);
        string name = file.Elf.SectionName(section);
        if (file.DataSections.Of(sectionIndex) is not { } types)
            throw new ObjectFormatException("struct_ops maps need BTF to describe them: compile with -g", name);

        List<(MapSpec Map, uint Offset)> maps = [];
        foreach (DataSectionEntry entry in types.Entries)
        {
            MapSpec map = ReadMap(entry, section, name);
            if (!spec.Maps.TryAdd(map.Name, map)) throw new ObjectFormatException("two maps have this name", name, map.Name);
            maps.Add((map, entry.Offset));
        }

        maps.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        ElfRelocationTable relocations = file.Relocations(sectionIndex);
        for (int i = 0; i < relocations.Count; i++) ReadFunction(name, maps, relocations[i], spec);
    }

    private MapSpec ReadMap(DataSectionEntry entry, in ElfSection section, string sectionName)
    {
        string name = entry.Type.Name;
        if (name.Length == 0)
            throw new ObjectFormatException("a struct_ops map has no name", sectionName, offset: entry.Offset);
        if (entry.Variable?.Type.Resolve() is not StructType { Name.Length: > 0 } type)
            throw new ObjectFormatException("a struct_ops map is a struct with a name", sectionName, name);
        ReadOnlyMemory<byte> data = file.Elf.Data(section);
        if (entry.Offset > (uint)data.Length || type.Size > (uint)data.Length - entry.Offset)
        {
            throw new ObjectFormatException(
                $"its {type.Size} bytes lie outside of the section of {data.Length}", sectionName, name, entry.Offset);
        }

        MapSpec map = MapSpec.CreateStructOps(name, type, sectionName.EndsWith(".link", StringComparison.Ordinal));
        map.AutoCreate = sectionName[0] != '?';
        map.InitialValue = data.Slice((int)entry.Offset, (int)type.Size);
        return map;
    }

    private void ReadFunction(
        string section, List<(MapSpec Map, uint Offset)> maps, in ElfRelocation relocation, CollectionSpec spec)
    {
        ElfSymbol symbol = file.Symbols[relocation.Symbol];
        ulong place = relocation.Offset;
        int index = LastAtOrBefore(place, maps.Count, i => maps[i].Offset);
        if (index < 0 || place - maps[index].Offset >= maps[index].Map.ValueSize)
            throw new ObjectFormatException("no struct_ops map is here", section, offset: (long)place);
        (MapSpec map, uint offset) = maps[index];
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

        map.StructOps.Declare(member, function.Name);
    }

    /// <summary>The pointer to a function at an offset, by the names of the members that lead to it.</summary>
    private static string? FindFunctionMember(StructType type, uint offset)
    {
        string path = "";
        for (int depth = 0; depth < Limits.MaxStructOpsDepth; depth++)
        {
            // Members ascend (the kernel refuses others); of those without a size, the one that has it is the last.
            ImmutableArray<Member> members = type.Members;
            int index = LastAtOrBefore(offset, members.Length, i => members[i].Offset);
            if (index < 0) return null;
            Member inside = members[index];
            if (inside.IsBitField || !inside.Type.TryGetSize(out uint size) || offset - inside.Offset >= size) return null;
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

    /// <summary>The index of the last of ascending offsets that is not above a place; -1 if all are.</summary>
    private static int LastAtOrBefore(ulong place, int count, Func<int, uint> offsetOf)
    {
        int low = 0, high = count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (offsetOf(middle) <= place) low = middle + 1;
            else high = middle;
        }

        return low - 1;
    }
}
