using System.Diagnostics;
using Ebpf.BtfObjects;
using Ebpf.Links.Usdt;
using Ebpf.Loading.Code;
using Ebpf.Loading.Maps;
using Ebpf.Loading.Plan;
using Ebpf.Loading.Programs;
using Ebpf.Maps.Creation;

namespace Ebpf.Loading;

/// <summary>
/// Brings what a plan says into the kernel: types, maps and variables; then the programs, made ready and verified; then what the maps
/// hold of programs and maps.
/// </summary>
internal sealed class CollectionLoader : IDisposable
{
    private readonly LoadPlan _plan;
    private readonly LoadedObjects _objects;
    private readonly ModuleHandles _modules;
    private readonly CodePreparation _code;
    private readonly CollectionMaps _maps;
    private readonly List<PreparedProgram> _programs = [];
    private LoadedTypes? _types;
    private ProgramLoader? _loader;
    private RodataBinding? _constants;
    private UsdtMaps? _usdt;

    public CollectionLoader(LoadPlan plan, LoadedObjects objects)
    {
        _plan = plan;
        _objects = objects;
        _modules = new ModuleHandles(plan.Kernel);
        _code = new CodePreparation(plan, _modules);
        _maps = new CollectionMaps(plan, _code, _modules, objects);
    }

    /// <summary>The programs as they will be loaded; after <see cref="Prepare"/>.</summary>
    public IReadOnlyList<PreparedProgram> Programs => _programs;

    /// <summary>Creates the maps, and makes the programs ready; loads none.</summary>
    public void Prepare(CancellationToken cancellation)
    {
        _code.ResolveExterns();
        _types = LoadTypes();
        _maps.Load(_types, cancellation);
        _usdt = UsdtMaps.Find(_objects.Maps, _plan.FindMap(UsdtMaps.SpecsName)?.Spec, map => !_maps.IsReused(map));
        foreach (PlannedProgram program in _plan.Programs)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            _programs.Add(_code.Prepare(program, _objects.Maps));
            _plan.Options.Progress?.Report(new LoadProgress
            {
                Stage = LoadStage.Preparation,
                Name = program.Name,
                Done = _programs.Count,
                Total = _plan.Programs.Count,
                Elapsed = Stopwatch.GetElapsedTime(start),
            });
        }

        _loader = new ProgramLoader(_plan, _types);
        _constants = new RodataBinding(_plan, _objects);
    }

    /// <summary>Loads the programs that are ready, and fills the maps.</summary>
    public void Load(CancellationToken cancellation)
    {
        new CollectionPrograms(_plan, _programs, _loader!, _constants!, cancellation).Load(_objects);
        new MapFilling(_plan, _maps, _objects).Fill();
        foreach (BpfProgram program in _objects.Programs.Values) program.AttachContext = _usdt;
    }

    /// <summary>Loads one program by itself.</summary>
    /// <param name="program">The program, ready.</param>
    /// <param name="attachTo">What it is attached to; <c>null</c> for what its spec says.</param>
    /// <param name="cancellation">Ends it between two attempts.</param>
    public BpfProgram Load(PreparedProgram program, string? attachTo, CancellationToken cancellation)
    {
        PreparedProgram ready = attachTo is null ? program : _code.Retarget(program, attachTo);
        BpfProgram loaded = _loader!.Load(ready, cancellation);
        _constants!.Bind(loaded, ready.Code.Instructions);
        loaded.AttachContext = _usdt;
        return loaded;
    }

    /// <summary>Closes what was opened, and removes the pins that were made.</summary>
    public void Undo()
    {
        _objects.Dispose();
        _maps.Unpin();
    }

    /// <summary>Closes what only the loading needs.</summary>
    public void Dispose()
    {
        foreach (PreparedProgram program in _programs) program.Code.Dispose();
        _types?.Dispose();
        _maps.Dispose();
        _modules.Dispose();
    }

    /// <summary>The kernel keeps the types for as long as a map or program refers to them. They are no necessity.</summary>
    private LoadedTypes LoadTypes()
    {
        TypesToLoad wanted = new(_plan.Spec.Types);
        foreach (PlannedMap map in _plan.Maps)
        {
            if (map.IsCreated) wanted.Include(map.Spec);
        }

        foreach (PlannedProgram program in _plan.Programs) wanted.Include(program.Spec.Instructions);
        return wanted.Load(_plan.Kernel, _plan.Options.Logger, _plan.Options.Token?.Handle);
    }
}
