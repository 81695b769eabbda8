using System.Diagnostics;
using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Views;

namespace Ebpf.Loading;

/// <summary>Makes the maps of a collection, or finds those that are there already; and places its variables in them.</summary>
internal sealed class CollectionMaps(LoadContext context, CollectionCode code, CollectionStructOps structOps)
{
    /// <summary>The section of the kernel's settings.</summary>
    public const string Kconfig = ".kconfig";

    private readonly List<string> _pins = [];
    private readonly HashSet<BpfMap> _reused = [];
    private readonly Dictionary<MapSpec, BpfMap> _loaded = [];

    /// <summary>Makes the maps, with what they hold at first, and the variables.</summary>
    /// <param name="types">The types in the kernel; <c>null</c> if there are none.</param>
    /// <param name="cancellation">Stops between two maps.</param>
    /// <exception cref="BpfException">A map cannot be made or used.</exception>
    public void Load(CollectionTypes? types, CancellationToken cancellation)
    {
        CheckReused();
        KeyValuePair<string, MapSpec>[] wanted = [.. context.Spec.Maps.Where(map => context.Wants(map.Key, map.Value))];
        int done = 0;
        foreach ((string name, MapSpec map) in wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            if (context.Options.Maps.TryGetValue(name, out BpfMap? given)) Reuse(given, name, map);
            else Create(name, map, types?.OptionsFor(map) ?? MapCreateOptions.None);
            context.Options.Progress?.Report(
                new LoadProgress
                {
                    Stage = LoadStage.Maps,
                    Name = name,
                    Done = ++done,
                    Total = wanted.Length,
                    Elapsed = Stopwatch.GetElapsedTime(start),
                });
        }

        AddVariables();
    }

    /// <summary>The programs for which maps are made that only they can use, whether they are loaded or not.</summary>
    /// <exception cref="BpfException">There is no such program.</exception>
    public IEnumerable<KeyValuePair<string, ProgramSpec>> ExclusivePrograms()
    {
        foreach ((string name, MapSpec map) in context.Spec.Maps)
        {
            if (map.ExclusiveProgram is { } program && context.Creates(name, map)) yield return new(program, ExclusiveProgramOf(name, map));
        }
    }

    /// <summary>Whether a map was there before, so that it keeps what it holds.</summary>
    public bool IsReused(BpfMap map) => _reused.Contains(map);

    /// <summary>Takes away the pins that were made.</summary>
    public void Unpin()
    {
        foreach (string path in _pins) context.Kernel.Unlink(path);
    }

    /// <summary>A name that is nowhere in the spec is a mistake: the collection would make a map where it shall use one.</summary>
    private void CheckReused()
    {
        foreach ((string name, BpfMap map) in context.Options.Maps)
        {
            ArgumentNullException.ThrowIfNull(map, $"{nameof(CollectionOptions)}.{nameof(CollectionOptions.Maps)}[{name}]");
            if (!context.Spec.Maps.ContainsKey(name))
                throw new BpfException($"Use {map} as map \"{name}\": the object has no map of this name");
        }
    }

    private void Reuse(BpfMap given, string name, MapSpec map)
    {
        BpfMap own = PinnedMaps.Reuse(given, name, map);
        Add(name, map, own);
        _reused.Add(own);
    }

    private void Create(string name, MapSpec map, MapCreateOptions types)
    {
        CheckLoadable(map);
        MapSpec filled = map;
        if (map.DataSection == Kconfig) filled = WithSettings(map);
        else if (map.ExclusiveProgram is not null) filled = WithHash(name, map);
        else if (map.StructOps is not null) (filled, types) = structOps.MapOf(name, map, types.Btf);
        if (context.Options.Token is { } token) types = types with { Token = token.Handle };
        try
        {
            Add(name, map, PinPathOf(map) is { } path ? OpenOrCreate(filled, path, types) : MapCreation.Create(context.Kernel, filled, types));
        }
        catch (BpfException e) when (context.TypesRefusal is not null && map.Type.IsLocalStorage() && e.Errno == Errno.EINVAL)
        {
            throw new BpfException(
                e.Operation!, e.Errno, $"this kind of map needs its types; the kernel refused the object's BTF: {context.TypesRefusal}", e);
        }
    }

    private void Add(string name, MapSpec spec, BpfMap map)
    {
        context.Collection.Maps.TryAdd(name, map);
        _loaded.TryAdd(spec, map);
        if (spec.Type == MapType.Arena && spec.DataSection is not null) map.VariablesOffset = ArenaVariables.OffsetOf(map, spec);
    }

    private static void CheckLoadable(MapSpec map)
    {
        if (map.Extra.Span.ContainsAnyExcept((byte)0))
        {
            throw new BpfException(
                $"Create map \"{map.Name}\": its definition has {map.Extra.Length} bytes more than are known, and they are not zero: "
                + "look at MapSpec.Extra, and make it empty");
        }
    }

    /// <summary>The map of the kernel's settings, with their values.</summary>
    private MapSpec WithSettings(MapSpec map)
    {
        MapSpec filled = map.Clone();
        filled.InitialValue = KernelSettings.Read(
            context.Kernel, context.Spec.Externs.Values, map.ValueSize, context.Options.Kconfig);
        return filled;
    }

    /// <summary>The map for the only program that can use it.</summary>
    private MapSpec WithHash(string name, MapSpec map)
    {
        MapSpec exclusive = map.Clone();
        exclusive.ExclusiveProgramHash = code.ComputeHash(ExclusiveProgramOf(name, map));
        return exclusive;
    }

    private ProgramSpec ExclusiveProgramOf(string name, MapSpec map)
    {
        if (!map.ExclusiveProgramHash.IsEmpty)
            throw new BpfException($"Create map \"{name}\": it has both an ExclusiveProgram and an ExclusiveProgramHash");
        return context.Spec.Programs.TryGetValue(map.ExclusiveProgram!, out ProgramSpec? program)
            ? program
            : throw new BpfException(
                $"Create map \"{name}\": it is for program \"{map.ExclusiveProgram}\" alone, which the collection does not have"
                + NearNames.Suggest(map.ExclusiveProgram!, context.Spec.Programs.Keys));
    }

    /// <summary>Where the map is shared; <c>null</c> if it is not.</summary>
    private string? PinPathOf(MapSpec map)
    {
        if (map.PinPath is not null) return map.PinPath;
        if (map.Pinning != MapPinning.ByName) return null;
        if (map.Name.Length == 0 || map.Name.Contains('/'))
            throw new BpfException($"Pin map \"{map.Name}\" by its name: that is no name for a file; set its PinPath");

        // A bpffs has no dots in its names; libbpf pins under the same name.
        return $"{context.Options.PinDirectory.TrimEnd('/')}/{map.Name.Replace('.', '_')}";
    }

    private BpfMap OpenOrCreate(MapSpec map, string path, MapCreateOptions types)
    {
        string directory = context.Options.PinDirectory;
        if (map.PinPath is null && !context.Kernel.Exists(directory))
        {
            const uint ownerOnly = 0b111_000_000;
            Errno error = context.Kernel.MakeDirectory(directory, ownerOnly).Error;
            if (error is not (Errno.None or Errno.EEXIST))
                throw Refusal.Explain(context.Kernel, $"Make directory {directory} for pins", error);
        }

        BpfMap opened = PinnedMaps.OpenOrCreate(context.Kernel, map, path, types, out bool created);
        if (created) _pins.Add(path);
        else _reused.Add(opened);
        return opened;
    }

    private void AddVariables()
    {
        foreach ((string name, VariableSpec variable) in context.Spec.Variables)
        {
            if (_loaded.TryGetValue(variable.Map, out BpfMap? map))
                AddVariable(map, name, variable.Section, variable.Offset, variable.Size, variable.Type, variable.IsConstant);
        }

        if (!context.Collection.Maps.TryGetValue(Kconfig, out BpfMap? settings)) return;
        foreach ((string name, ExternSpec setting) in context.Spec.Externs)
        {
            if (setting.Kind == ExternKind.Kconfig && setting.Type.TryGetSize(out uint size))
                AddVariable(settings, name, Kconfig, setting.Offset, size, setting.Type, isConstant: true);
        }
    }

    private void AddVariable(BpfMap map, string name, string section, uint offset, uint size, BtfType? type, bool isConstant)
    {
        // A variable may be cut off from a section that the user made smaller.
        if (map.Type == MapType.Arena || offset + (ulong)size <= (uint)map.ValueSize)
            context.Collection.Variables.TryAdd(name, new BpfVariable(map, name, section, offset, size, type, isConstant));
    }
}
