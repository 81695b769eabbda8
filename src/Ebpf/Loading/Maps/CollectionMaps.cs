using System.Diagnostics;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Loading.Code;
using Ebpf.Loading.Externs;
using Ebpf.Loading.Plan;
using Ebpf.Loading.StructOps;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Views;

namespace Ebpf.Loading.Maps;

/// <summary>Creates the maps of a objects, or finds those that are there already; and places its variables in them.</summary>
internal sealed class CollectionMaps(LoadPlan plan, CodePreparation code, ModuleHandles modules, LoadedObjects objects) : IDisposable
{
    private readonly HashSet<BpfMap> _reused = [];
    private readonly PinnedPaths _pins = new(plan.Kernel);
    private BpfBtf? _anyTypes;

    /// <summary>Creates the maps, with their initial contents, and the variables.</summary>
    /// <param name="types">The types in the kernel.</param>
    /// <param name="cancellation">Stops between two maps.</param>
    /// <exception cref="BpfException">A map cannot be created or used.</exception>
    public void Load(LoadedTypes types, CancellationToken cancellation)
    {
        Dictionary<MapSpec, BpfMap> loaded = [];
        foreach (PlannedMap planned in plan.Maps)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            BpfMap map = planned.Given is { } given ? Reuse(given, planned) : Create(planned, types);
            objects.Maps.TryAdd(planned.Name, map);
            loaded.TryAdd(planned.Spec, map);
            if (planned.Spec is { Type: MapType.Arena, DataSection: not null })
                map.VariablesOffset = ArenaVariables.OffsetOf(map, planned.Spec);
            plan.Options.Progress?.Report(new LoadProgress
            {
                Stage = LoadStage.Maps,
                Name = planned.Name,
                Done = loaded.Count,
                Total = plan.Maps.Count,
                Elapsed = Stopwatch.GetElapsedTime(start),
            });
        }

        AddVariables(loaded);
    }

    /// <summary>Whether a map was there before, so that it keeps its contents.</summary>
    public bool IsReused(BpfMap map) => _reused.Contains(map);

    /// <summary>Removes the pins, and the directory for them, that were made.</summary>
    public void Unpin() => _pins.Remove();

    /// <summary>Closes what only the loading needs.</summary>
    public void Dispose() => _anyTypes?.Dispose();

    private BpfMap Reuse(BpfMap given, PlannedMap planned)
    {
        BpfMap own = PinnedMaps.Reuse(given, planned.Name, planned.Spec);
        _reused.Add(own);
        return own;
    }

    private BpfMap Create(PlannedMap planned, LoadedTypes types)
    {
        MapSpec spec = planned.Spec;
        MapCreateOptions options = types.OptionsFor(spec);
        if (spec.DataSection == MapReferences.Kconfig) spec = WithSettings(spec);
        else if (planned.ExclusiveProgram is { } program) spec = WithHash(spec, program.Spec);
        else if (planned.StructOps is { } table) (spec, options) = WithKernelTypes(spec, table, types);
        if (plan.Options is { Token: not null } or { Logger: not null })
            options = options with { Token = plan.Options.Token?.Handle, Logger = plan.Options.Logger };
        try
        {
            return planned.PinPath is { } path
                ? OpenOrCreate(spec, path, options)
                : MapCreation.Create(plan.Kernel, spec, options);
        }
        catch (BpfException e) when (types.Refusal is not null && spec.Type.IsLocalStorage() && e.Errno == Errno.EINVAL)
        {
            throw new BpfException(
                e.Operation!, e.Errno, $"this kind of map needs BTF; the kernel refused the object's BTF: {types.Refusal}", e);
        }
    }

    private BpfMap OpenOrCreate(MapSpec map, string path, MapCreateOptions options)
    {
        // The directory of a path that the user gave is the user's.
        if (map.PinPath is null) _pins.MakeDirectory(plan.Options.PinDirectory);
        BpfMap opened = PinnedMaps.OpenOrCreate(plan.Kernel, map, path, options, out bool created);
        if (created) _pins.Add(path);
        else _reused.Add(opened);
        return opened;
    }

    /// <summary>The map of the kernel's settings, with their values.</summary>
    private MapSpec WithSettings(MapSpec map)
    {
        MapSpec filled = map.Clone();
        filled.InitialValue = KernelSettings.Read(plan.Kernel, plan.Spec.Externs.Values, map.ValueSize, plan.Options.Kconfig);
        return filled;
    }

    /// <summary>The map for the only program that can use it.</summary>
    private MapSpec WithHash(MapSpec map, ProgramSpec program)
    {
        MapSpec exclusive = map.Clone();
        exclusive.ExclusiveProgramHash = code.ComputeHash(program);
        return exclusive;
    }

    /// <summary>A struct_ops map as the kernel has it, and what creating it needs.</summary>
    private (MapSpec Spec, MapCreateOptions Options) WithKernelTypes(MapSpec map, StructOpsTable table, LoadedTypes types)
    {
        MapSpec spec = map.Clone();
        spec.ValueSize = table.Value.Size;
        spec.ValueType = table.Value;

        // It is written when it is attached: without a link, that is what registers it.
        spec.InitialValue = default;
        return (spec, new MapCreateOptions
        {
            // The kernel wants BTF of the object's, whatever is in it.
            Btf = types.Handle ?? (_anyTypes ??= BpfBtf.Load(AnyTypes(), plan.Options.Token, plan.Kernel)).Handle,
            KernelValueTypeId = table.Value.Id.Value,
            ValueTypeBtf = table.Module is { } module ? modules.Open(module, $"struct {table.Type.Name}") : null,
        });
    }

    private static BtfSpec AnyTypes()
    {
        BtfBuilder types = new();
        types.AddInt("int", sizeof(int), IntEncoding.Signed);
        return types.Build();
    }

    private void AddVariables(Dictionary<MapSpec, BpfMap> loaded)
    {
        foreach ((string name, VariableSpec variable) in plan.Spec.Variables)
        {
            if (loaded.TryGetValue(variable.Map, out BpfMap? map))
                AddVariable(map, name, variable.Section, variable.Offset, variable.Size, variable.Type, variable.IsConstant);
        }

        if (!objects.Maps.TryGetValue(MapReferences.Kconfig, out BpfMap? settings)) return;
        foreach ((string name, ExternSpec setting) in plan.Spec.Externs)
        {
            if (setting.Kind == ExternKind.Kconfig && setting.Type.TryGetSize(out uint size))
                AddVariable(settings, name, MapReferences.Kconfig, setting.Offset, size, setting.Type, isConstant: true);
        }
    }

    private void AddVariable(BpfMap map, string name, string section, uint offset, uint size, BtfType? type, bool isConstant)
    {
        // A variable may be cut off from a section that the user made smaller.
        if (map.Type == MapType.Arena || offset + (ulong)size <= (uint)map.ValueSize)
            objects.Variables.TryAdd(name, new BpfVariable(map, name, section, offset, size, type, isConstant));
    }
}
