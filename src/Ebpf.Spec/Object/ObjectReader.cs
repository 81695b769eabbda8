using Ebpf.Elf;
using Ebpf.Sections;

namespace Ebpf.Object;

/// <summary>Makes a <see cref="CollectionSpec"/> of an object.</summary>
internal static class ObjectReader
{
    /// <exception cref="ObjectFormatException">The object is malformed.</exception>
    public static CollectionSpec Read(ReadOnlyMemory<byte> image, ObjectReaderOptions? options = null)
    {
        ObjectFile file = new(image);
        if (file.Types is not null) DataSectionCompletion.Complete(file, file.Types);
        CollectionSpec spec = new() { ByteOrder = file.Elf.ByteOrder, Types = file.Types };
        FunctionTable functions = new(file);
        if (file.Types is not null) functions.HideFromKernel(file.Types);
        Dictionary<(int Section, ulong Offset), string> mapNames = ReadMaps(file, functions, spec);
        MapSpec?[] mapOfSection = ReadData(file, spec);
        new ExternReader(file).Read(spec);
        CodeRelocations relocations = new(file, functions, mapNames, mapOfSection, spec.Externs);
        relocations.Check();
        SectionResolver names = options is null ? SectionResolver.Default : new(options.SectionHandlers);
        ReadPrograms(file, functions, new FunctionLinker(file, functions, relocations), names, spec);
        ReadStructOps(file, functions, spec);
        CheckProgramArrays(spec);
        return spec;
    }

    private static Dictionary<(int Section, ulong Offset), string> ReadMaps(
        ObjectFile file, FunctionTable functions, CollectionSpec spec)
    {
        Dictionary<(int Section, ulong Offset), string> names = [];
        MapSectionReader reader = new(file, functions);
        LegacyMapReader legacyReader = new(file);
        for (int section = 1; section < file.Elf.SectionCount; section++)
        {
            if (file.Role(section) == SectionRole.Maps) reader.Read(section, spec, names);
            if (file.Role(section) == SectionRole.LegacyMaps) legacyReader.Read(section, spec, names);
        }

        return names;
    }

    private static MapSpec?[] ReadData(ObjectFile file, CollectionSpec spec)
    {
        MapSpec?[] mapOfSection = new MapSpec?[file.Elf.SectionCount];
        DataSectionReader reader = new(file);
        for (int section = 1; section < mapOfSection.Length; section++)
        {
            if (file.Role(section) == SectionRole.ArenaData) mapOfSection[section] = reader.ReadArena(section, spec);
            if (file.Role(section) is not (SectionRole.Data or SectionRole.ReadOnlyData)) continue;
            MapSpec? map = reader.ReadMap(section);
            if (map is not null && !spec.Maps.TryAdd(map.Name, map))
                throw new ObjectFormatException("two sections, or a section and a map, have this name", map.Name);
            mapOfSection[section] = map;
        }

        reader.ReadVariables(mapOfSection, spec.Variables);
        return mapOfSection;
    }

    private static void ReadStructOps(ObjectFile file, FunctionTable functions, CollectionSpec spec)
    {
        StructOpsReader reader = new(file, functions);
        for (int section = 1; section < file.Elf.SectionCount; section++)
        {
            if (file.Role(section) == SectionRole.StructOps) reader.Read(section, spec);
        }
    }

    private static void CheckProgramArrays(CollectionSpec spec)
    {
        foreach (MapSpec map in spec.Maps.Values)
        {
            if (map.Type != MapType.ProgramArray) continue;
            foreach (MapInitializer initializer in map.Initializers)
            {
                if (!spec.Programs.ContainsKey(initializer.Target))
                    throw new ObjectFormatException($"\"{initializer.Target}\" is a function, not a program", ".maps", map.Name);
            }
        }
    }

    private static void ReadPrograms(
        ObjectFile file, FunctionTable functions, FunctionLinker linker, SectionResolver names, CollectionSpec spec)
    {
        int section = 0;
        string sectionName = "";
        SectionMeaning meaning = default;
        foreach (ObjectFunction function in functions.All)
        {
            if (function.Section != section)
            {
                section = function.Section;
                sectionName = file.Elf.SectionName(section);
                meaning = names.Resolve(sectionName);
            }

            // Functions in .text are there to be called by programs.
            if (sectionName == ".text") continue;
            if (function.Binding == ElfSymbolBinding.Local)
            {
                throw new ObjectFormatException(
                    "the program is static: a loader cannot see it, remove the qualifier", sectionName, function.Name, function.Start);
            }

            if (!spec.Programs.TryAdd(function.Name, MakeProgram(file, linker, function, sectionName, meaning)))
                throw new ObjectFormatException("two programs have this name", sectionName, function.Name, function.Start);
        }
    }

    private static ProgramSpec MakeProgram(
        ObjectFile file, FunctionLinker linker, ObjectFunction function, string sectionName, SectionMeaning meaning) =>
        new(sectionName, meaning, () => linker.Link(function))
        {
            Name = function.Name,
            License = file.License,
            KernelVersion = file.KernelVersion,
            ByteOrder = file.Elf.ByteOrder,
            Types = file.Types,
        };
}
