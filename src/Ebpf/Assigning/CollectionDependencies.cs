using Ebpf.Asm;
using Ebpf.Loading.Code;
using Ebpf.Loading.Plan;

namespace Ebpf.Assigning;

/// <summary>Finds what maps and programs of a spec need of each other.</summary>
internal sealed class CollectionDependencies(CollectionSpec spec, CollectionOptions options)
{
    private readonly HashSet<string> _maps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _programs = new(StringComparer.Ordinal);
    private readonly Queue<MapSpec> _newMaps = [];
    private readonly Queue<(string Name, ProgramSpec Program)> _newPrograms = [];

    /// <summary>The part of a spec that is needed to load what is wanted.</summary>
    /// <param name="maps">The maps that are wanted, even if their specs say that they are not created.</param>
    /// <param name="programs">The programs that are wanted, even if their specs say that they are not loaded.</param>
    public CollectionSelection Select(IEnumerable<string> maps, IEnumerable<string> programs)
    {
        foreach (string name in maps) AddMap(name);
        foreach (string name in programs) AddProgram(name);
        while (true)
        {
            if (_newPrograms.TryDequeue(out (string Name, ProgramSpec Program) program)) AddNeedsOf(program.Name, program.Program);
            else if (_newMaps.TryDequeue(out MapSpec? map)) AddNeedsOf(map);
            else return new CollectionSelection(_maps, _programs);
        }
    }

    private void AddNeedsOf(string name, ProgramSpec program)
    {
        foreach (ref readonly Instruction instruction in program.Instructions.AsSpan())
        {
            if (MapReferences.NameIn(instruction) is { } map) AddMapIfCreated(map);
        }

        if (program.Type != ProgramType.StructOps) return;

        // The kernel wants to know of which table it is a function.
        foreach ((string map, MapSpec table) in spec.Maps)
        {
            if (table.StructOps?.Functions.Values.Contains(name) == true) AddMapIfCreated(map);
        }
    }

    private void AddNeedsOf(MapSpec map)
    {
        foreach (MapInitializer held in map.Initializers)
        {
            if (map.Type != MapType.ProgramArray) AddMapIfCreated(held.Target);
            else if (spec.Programs.TryGetValue(held.Target, out ProgramSpec? program) && program.AutoLoad) AddProgram(held.Target);
        }

        foreach (string? function in map.StructOps?.Functions.Values ?? [])
        {
            if (function is not null) AddProgram(function);
        }
    }

    /// <summary>What is missing is left out here: loading says so, or puts something in its place.</summary>
    private void AddMapIfCreated(string name)
    {
        if (spec.Maps.TryGetValue(name, out MapSpec? map) && (map.AutoCreate || options.Maps.ContainsKey(name))) AddMap(name);
    }

    private void AddMap(string name)
    {
        if (_maps.Add(name)) _newMaps.Enqueue(spec.Maps[name]);
    }

    private void AddProgram(string name)
    {
        if (spec.Programs.TryGetValue(name, out ProgramSpec? program) && _programs.Add(name)) _newPrograms.Enqueue((name, program));
    }
}
