using System.Diagnostics.CodeAnalysis;
using Ebpf.Loading.Code;
using Ebpf.Loading.Plan;

namespace Ebpf.Assigning;

/// <summary>Loads what an object names, with what that needs, and nothing else; and hands it over.</summary>
internal static class SelectiveLoad
{
    /// <summary>Loads, and assigns; after a failure the object is as it was, and nothing is left in the kernel.</summary>
    public static void LoadAndAssign(
        CollectionSpec spec,
        object target,
        [DynamicallyAccessedMembers(AssignmentPlan.Members)] Type type,
        CollectionOptions? options,
        CancellationToken cancellation) =>
        LoadAndAssign(spec, AssignmentPlan.For(target, type, new AssignedNames(kind => NamesIn(spec, kind))), options, cancellation);

    /// <summary>Loads, and makes an object.</summary>
    public static object LoadNew(
        CollectionSpec spec,
        [DynamicallyAccessedMembers(AssignmentPlan.Made)] Type type,
        CollectionOptions? options,
        CancellationToken cancellation)
    {
        AssignmentPlan plan = AssignmentPlan.ForNew(type, new AssignedNames(kind => NamesIn(spec, kind)));
        LoadAndAssign(spec, plan, options, cancellation);
        return plan.Root.Object!;
    }

    private static void LoadAndAssign(CollectionSpec spec, AssignmentPlan plan, CollectionOptions? options, CancellationToken cancellation)
    {
        options ??= new CollectionOptions();
        CollectionSelection selection = new CollectionDependencies(spec, options).Select(
            plan.NamesOf(AssignedKind.Map).Concat(plan.Objects.Where(item => item.Kind == AssignedKind.Variable).Select(item => MapOf(item, spec))),
            plan.NamesOf(AssignedKind.Program));
        CheckKinds(plan, spec);
        CheckProgramArrays(plan, spec, options, selection);

        // What is assigned is taken out of it; the rest is closed, and after a failure all.
        using BpfCollection collection = BpfCollection.Load(spec, options, selection, cancellation);
        Assignment assignment = new(plan);
        assignment.Gather(collection, plan.Objects.All(item => item.Kind.IsLive()) ? null : spec.Clone());
        assignment.Commit();
        HandOver(plan, collection);
        foreach (AssignedObject item in plan.Objects)
        {
            // A variable without its map would be of no use. The map then belongs to the variable.
            if (item.Kind == AssignedKind.Variable && MapOf(item, spec) is var map && collection.Maps.ContainsKey(map)) collection.TakeMap(map);

            // A struct_ops map gets its programs when it is registered. Until then they belong to it.
            if (item.Kind != AssignedKind.Map || spec.Maps[item.Name].StructOps is not { } structOps) continue;
            foreach (string? function in structOps.Functions.Values)
            {
                if (function is not null && collection.Programs.ContainsKey(function)) collection.TakeProgram(function);
            }
        }
    }

    /// <summary>Takes what was assigned out of its collection.</summary>
    public static void HandOver(AssignmentPlan plan, BpfCollection collection)
    {
        foreach (string name in plan.NamesOf(AssignedKind.Map)) collection.TakeMap(name);
        foreach (string name in plan.NamesOf(AssignedKind.Program)) collection.TakeProgram(name);
    }

    private static IEnumerable<string> NamesIn(CollectionSpec spec, AssignedKind kind) => kind switch
    {
        AssignedKind.Map or AssignedKind.MapSpec => spec.Maps.Keys,
        AssignedKind.Program or AssignedKind.ProgramSpec => spec.Programs.Keys,
        AssignedKind.Variable => spec.Variables.Keys.Concat(Settings(spec)),
        _ => spec.Variables.Keys,
    };

    private static IEnumerable<string> Settings(CollectionSpec spec) =>
        spec.Externs.Where(found => found.Value.Kind == ExternKind.Kconfig).Select(found => found.Key);

    /// <summary>The name of the map that holds a variable.</summary>
    private static string MapOf(AssignedObject item, CollectionSpec spec)
    {
        if (!spec.Variables.TryGetValue(item.Name, out VariableSpec? variable)) return MapReferences.Kconfig;
        foreach ((string name, MapSpec map) in spec.Maps)
        {
            if (ReferenceEquals(map, variable.Map)) return name;
        }

        throw new BpfException($"Assign to {item.Member.Path}: the map of its section, {variable.Section}, was taken out of the collection");
    }

    private static void CheckKinds(AssignmentPlan plan, CollectionSpec spec)
    {
        foreach (AssignedObject item in plan.Objects)
        {
            if (item.Kind == AssignedKind.Program && spec.Programs[item.Name] is { Type: ProgramType.Unspecified } program)
            {
                throw new BpfException(
                    $"Assign to {item.Member.Path}: section \"{program.SectionName}\" does not say what kind of program \"{item.Name}\" is: set its Type");
            }
        }
    }

    /// <summary>The kernel empties a program array when its last descriptor is closed, and its pins are gone.</summary>
    private static void CheckProgramArrays(
        AssignmentPlan plan, CollectionSpec spec, CollectionOptions options, CollectionSelection selection)
    {
        HashSet<string> kept = [.. plan.NamesOf(AssignedKind.Map), .. options.Maps.Keys];
        foreach (string name in selection.Maps.Where(name => !kept.Contains(name)))
        {
            MapSpec map = spec.Maps[name];
            if (map.Type != MapType.ProgramArray || map.Pinning != MapPinning.None || map.PinPath is not null) continue;
            if (map.Initializers.Any(held => selection.Programs.Contains(held.Target)))
            {
                throw new BpfException(
                    $"Load {plan.TypeName}: program array \"{name}\" holds programs from the start, and the kernel empties it when its last "
                    + $"descriptor is closed: give {plan.TypeName} a property for it ([BpfObject(\"{name}\")] BpfMap), or pin it");
            }
        }
    }
}
