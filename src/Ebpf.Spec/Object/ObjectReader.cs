using Ebpf.Elf;
using Ebpf.Object.Linking;
using Ebpf.Object.Maps;
using Ebpf.Object.Reading;
using Ebpf.Sections;

namespace Ebpf.Object;

/// <summary>Makes a <see cref="CollectionSpec"/> of an object.</summary>
internal static class ObjectReader
{
    /// <exception cref="ObjectFormatException">The object is malformed.</exception>
    public static CollectionSpec Read(ReadOnlyMemory<byte> image, ObjectReaderOptions? options = null)
    {
        ObjectFile file = new(image);
        FunctionTable functions = new(file);
        CollectionSpec spec = new() { ByteOrder = file.Elf.ByteOrder, Types = file.Types, Warnings = file.Warnings };
        ObjectMaps maps = ReadMaps(file, functions, spec);
        new ExternReader(file).Read(spec);
        CodeRelocations relocations = new(file, functions, maps, spec.Externs);
        relocations.Check();
        SectionResolver names = options is null ? SectionResolver.Default : new(options.SectionHandlers);
        ReadPrograms(file, functions, relocations, names, spec);
        ReadStructOps(file, functions, spec);
        CheckProgramArrays(spec);
        return spec;
    }

    private static ObjectMaps ReadMaps(ObjectFile file, FunctionTable functions, CollectionSpec spec)
    {
        int count = file.Elf.SectionCount;
        ObjectMaps maps = new(count);
        MapSectionReader reader = new(file, functions, maps);
        LegacyMapReader legacyReader = new(file, maps);
        for (int section = 1; section < count; section++)
        {
            if (file.Role(section) == SectionRole.Maps) reader.Read(section, spec);
            if (file.Role(section) == SectionRole.LegacyMaps) legacyReader.Read(section, spec);
        }

        // An arena must be known before its variables are.
        DataSectionReader data = new(file, maps);
        for (int section = 1; section < count; section++)
        {
            if (file.Role(section) == SectionRole.ArenaData) data.ReadArena(section, spec);
            if (file.Role(section) is SectionRole.Data or SectionRole.ReadOnlyData) data.ReadMap(section, spec);
        }

        data.ReadVariables(spec.Variables);
        return maps;
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
                    throw new ObjectFormatException($"\"{initializer.Target}\" is a function, not a program", DataSectionTypes.Maps, map.Name);
            }
        }
    }

    private static void ReadPrograms(
        ObjectFile file, FunctionTable functions, CodeRelocations relocations, SectionResolver names, CollectionSpec spec)
    {
        FunctionLinker linker = new(file, functions, relocations);
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

            if (SectionResolver.IsSubprogramSection(sectionName)) continue;
            if (function.Binding == ElfSymbolBinding.Local)
            {
                // A static function that others call is part of them, wherever it stands.
                if (relocations.IsReferenced(function)) continue;
                throw new ObjectFormatException(
                    "the program is static: a loader cannot see it, remove the qualifier", sectionName, function.Name, function.Start);
            }

            ProgramSpec program = new(sectionName, meaning, () => linker.Link(function))
            {
                Name = function.Name,
                License = file.License,
                KernelVersion = file.KernelVersion,
                ByteOrder = file.Elf.ByteOrder,
                Types = file.Types,
            };
            if (!spec.Programs.TryAdd(function.Name, program))
                throw new ObjectFormatException("two programs have this name", sectionName, function.Name, function.Start);
        }
    }
}
