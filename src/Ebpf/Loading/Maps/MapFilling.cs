using Ebpf.Loading.Plan;
using Ebpf.Loading.StructOps;
using Ebpf.Maps;

namespace Ebpf.Loading.Maps;

/// <summary>
/// Puts programs into program arrays and maps into maps of maps, as the object says, and gives struct_ops maps their programs. Attaching
/// the latter is the user's (<see cref="BpfStructOps.Attach"/>).
/// </summary>
internal sealed class MapFilling(LoadPlan plan, CollectionMaps maps, LoadedObjects objects)
{
    /// <summary>Fills the maps that the collection made. A map that was there before keeps its contents.</summary>
    /// <exception cref="BpfException">What a map is to hold is not there, or does not fit.</exception>
    public void Fill()
    {
        foreach (PlannedMap planned in plan.Maps)
        {
            // A map may have been taken out since it was made.
            if (!objects.Maps.TryGetValue(planned.Name, out BpfMap? map) || maps.IsReused(map)) continue;
            foreach (MapInitializer initializer in planned.Spec.Initializers) Fill(map, planned.Spec, initializer);
            if (planned.StructOps is { } table) Fill(map, table);
        }
    }

    private void Fill(BpfMap filled, MapSpec map, MapInitializer initializer)
    {
        BpfProgram? program = null;
        BpfMap? inner = null;
        bool isThere = map.Type == MapType.ProgramArray
            ? objects.Programs.TryGetValue(initializer.Target, out program)
            : objects.Maps.TryGetValue(initializer.Target, out inner);
        if (!isThere)
        {
            // An empty slot would be a tail call that is missed, and nobody would know.
            string why = plan.Spec.Programs.ContainsKey(initializer.Target)
                ? "which is not loaded: turn AutoLoad on, or take the slot out of the map's Initializers"
                : "which the collection does not have";
            throw new BpfException($"Fill map \"{map.Name}\": slot {initializer.Slot} holds \"{initializer.Target}\", {why}");
        }

        try
        {
            if (program is not null) filled.AsProgramArray().Update(initializer.Slot, program);
            else filled.AsMapOfMaps<uint>().Update(initializer.Slot, inner!);
        }
        catch (BpfException e)
        {
            throw new BpfException(
                $"Fill map \"{map.Name}\": put \"{initializer.Target}\" into slot {initializer.Slot}", e.Errno, e.Advice, e);
        }
    }

    private void Fill(BpfMap map, StructOpsTable table) => map.StructOpsContents = new StructOpsContents(
        table.Contents,
        [.. table.Functions.Select(function => (function.Offset, objects.Programs[function.Program].Handle))]);
}
