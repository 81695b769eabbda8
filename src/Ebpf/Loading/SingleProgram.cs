using Ebpf.Linux;
using Ebpf.Loading.Plan;

namespace Ebpf.Loading;

/// <summary>Loads a program that is in no collection: as the only one of a collection that has the maps that the user gives.</summary>
internal static class SingleProgram
{
    /// <summary>Loads it.</summary>
    public static BpfProgram Load(ProgramSpec program, CollectionOptions? options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(program);
        options ??= new CollectionOptions();
        cancellation.ThrowIfCancellationRequested();
        string name = program.Name.Length == 0 ? "program" : program.Name;
        CollectionSpec spec = new() { ByteOrder = program.ByteOrder };
        spec.Programs.Add(name, program);
        foreach ((string map, BpfMap given) in options.Maps) spec.Maps.Add(map, Describe(map, given));

        // It is loaded, whatever its AutoLoad says.
        CollectionSelection all = new(spec.Maps.Keys.ToHashSet(), spec.Programs.Keys.ToHashSet());
        LoadPlan plan = LoadPlanner.Make(spec, options, LinuxKernel.Of(options.Kernel), all);
        using LoadedObjects objects = new();
        using CollectionLoader loader = new(plan, objects);
        loader.Prepare(cancellation);
        loader.Load(cancellation);
        return objects.Programs.Take(name);
    }

    /// <summary>A map like the one that is given, which therefore fits.</summary>
    private static MapSpec Describe(string name, BpfMap? given)
    {
        ArgumentNullException.ThrowIfNull(given, $"{nameof(CollectionOptions)}.{nameof(CollectionOptions.Maps)}[{name}]");
        return new MapSpec
        {
            Name = name,
            Type = given.Type,
            KeySize = (uint)given.KeySize,
            ValueSize = (uint)given.ValueSize,
            MaxEntries = given.MaxEntries,
            Flags = given.Flags,
            MapExtra = given.Extra,
        };
    }
}
