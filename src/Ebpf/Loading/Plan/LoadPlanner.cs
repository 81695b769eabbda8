using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Loading.StructOps;
using Ebpf.Maps.Creation;
using Ebpf.Pins;

namespace Ebpf.Loading.Plan;

/// <summary>Decides what a load does, and refuses what cannot work. Reads facts about the kernel; makes nothing.</summary>
internal sealed class LoadPlanner
{
    private readonly CollectionSpec _spec;
    private readonly CollectionOptions _options;
    private readonly LinuxKernel _kernel;
    private readonly CollectionSelection? _selection;
    private readonly List<LeftOut> _leftOut = [];
    private readonly Dictionary<string, (string Map, StructOpsMember Member)> _members = new(StringComparer.Ordinal);

    private LoadPlanner(CollectionSpec spec, CollectionOptions options, LinuxKernel kernel, CollectionSelection? selection) =>
        (_spec, _options, _kernel, _selection) = (spec, options, kernel, selection);

    /// <summary>Makes the plan.</summary>
    /// <param name="spec">What to load.</param>
    /// <param name="options">How.</param>
    /// <param name="kernel">Into which kernel.</param>
    /// <param name="selection">What is loaded of the spec; <c>null</c> for all whose specs do not say otherwise.</param>
    /// <exception cref="ArgumentException">The options name what the spec does not have, or does not fit.</exception>
    /// <exception cref="ObjectDisposedException">A map, program or token in the options is disposed.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel has no such struct_ops.</exception>
    /// <exception cref="BpfException">Something in the spec cannot be loaded as it is.</exception>
    public static LoadPlan Make(CollectionSpec spec, CollectionOptions options, LinuxKernel kernel, CollectionSelection? selection = null)
    {
        if (spec.ByteOrder != EndianReader.Host)
        {
            throw new BpfException(
                $"Load {spec}: the object is {spec.ByteOrder}, this machine is not: compile it with clang -target bpf");
        }

        // A relative directory is that of this moment, whatever the process does with its current directory while it loads.
        options = options with { PinDirectory = PinPlace.Absolute(options.PinDirectory) };
        LoadPlanner planner = new(spec, options, kernel, selection);
        GivenObjects.Check(spec, options);
        PlannedMap[] maps = [.. planner.Maps()];
        PlannedProgram[] programs = [.. planner.Programs()];
        if (options.Logger is { } logger)
        {
            foreach (string warning in spec.Warnings) logger.ObjectWarning(warning);
            foreach ((string kind, string name, string reason) in planner._leftOut) logger.NotLoaded(kind, name, reason);
        }

        return new LoadPlan(spec, options, kernel, maps, programs, planner._leftOut);
    }

    private IEnumerable<PlannedMap> Maps()
    {
        foreach ((string name, MapSpec map) in _spec.Maps)
        {
            BpfMap? given = _options.Maps.GetValueOrDefault(name);
            if (_selection is not null ? !_selection.Maps.Contains(name) : !map.AutoCreate && given is null)
            {
                LeaveOut("map", name, _selection is null ? $"its {nameof(MapSpec.AutoCreate)} is off" : "nothing that is wanted needs it");
                continue;
            }

            PlannedMap planned = new(name, map) { Given = given };
            yield return given is not null ? planned : planned with
            {
                PinPath = Checked(map) ? PinnedMaps.PathOf(map, _options.PinDirectory) : null,
                ExclusiveProgram = map.ExclusiveProgram is null ? null : ExclusiveProgramOf(name, map),
                StructOps = map.StructOps is null ? null : StructOpsOf(name, map),
            };
        }
    }

    private IEnumerable<PlannedProgram> Programs()
    {
        foreach ((string name, ProgramSpec program) in _spec.Programs)
        {
            if (WhyNot(name, program) is { } reason) LeaveOut("program", name, reason);
            else yield return new PlannedProgram(name, program) { Member = MemberOf(name, program) };
        }
    }

    /// <summary>Why a program is not loaded; <c>null</c> if it is.</summary>
    private string? WhyNot(string name, ProgramSpec program)
    {
        // A struct_ops map that is made needs its programs, whatever ? their sections begin with, as with libbpf.
        if (_members.ContainsKey(name)) return null;
        if (_selection is null && !program.AutoLoad) return $"its {nameof(ProgramSpec.AutoLoad)} is off";
        if (_selection is not null && !_selection.Programs.Contains(name)) return "nothing that is wanted needs it";
        if (program.Type == ProgramType.StructOps && IsInAnyStructOps(name)) return "the struct_ops maps that have it are not created";
        return program.Type == ProgramType.Unspecified ? throw WithoutKind(program) : null;
    }

    private void LeaveOut(string kind, string name, string reason) => _leftOut.Add(new LeftOut(kind, name, reason));

    private static BpfException WithoutKind(ProgramSpec program)
    {
        string what = program.SectionName.Length == 0
            ? "nothing says what kind of program it is"
            : $"its section \"{program.SectionName}\" does not say what kind of program it is{program.SimilarSections}";
        return new BpfException(
            $"Load program \"{program.Name}\": {what}: set its {nameof(ProgramSpec.Type)}, or turn its {nameof(ProgramSpec.AutoLoad)} off "
            + "to go on without it");
    }

    private static bool Checked(MapSpec map) => !map.Extra.Span.ContainsAnyExcept((byte)0)
        ? true
        : throw new BpfException(
            $"Create map \"{map.Name}\": its definition has {map.Extra.Length} bytes more than are known, and they are not zero: "
            + $"look at {nameof(MapSpec)}.{nameof(MapSpec.Extra)}, and make it empty");

    private PlannedProgram ExclusiveProgramOf(string name, MapSpec map)
    {
        if (!map.ExclusiveProgramHash.IsEmpty)
        {
            throw new BpfException(
                $"Create map \"{name}\": it has both an {nameof(MapSpec.ExclusiveProgram)} and an {nameof(MapSpec.ExclusiveProgramHash)}");
        }

        return _spec.Programs.TryGetValue(map.ExclusiveProgram!, out ProgramSpec? program)
            ? new PlannedProgram(map.ExclusiveProgram!, program)
            : throw new BpfException(
                $"Create map \"{name}\": it is for program \"{map.ExclusiveProgram}\" alone, which the collection does not have"
                + NearNames.Suggest(map.ExclusiveProgram!, _spec.Programs.Keys));
    }

    private StructOpsTable StructOpsOf(string name, MapSpec map)
    {
        StructOpsTable table = StructOpsTable.Of(map, KernelTypes.Of(_kernel), _options.Logger);
        List<StructOpsFunction> functions = [];
        foreach (StructOpsFunction function in table.Functions)
        {
            if (Bind(name, table, function)) functions.Add(function);
        }

        return functions.Count == table.Functions.Count ? table : table.With(functions);
    }

    /// <returns>Whether the map is to have the function.</returns>
    private bool Bind(string map, StructOpsTable table, StructOpsFunction function)
    {
        if (!_spec.Programs.TryGetValue(function.Program, out ProgramSpec? program))
            throw Failed("the collection has no program of this name");
        if (program.Type != ProgramType.StructOps) throw Failed($"it is a {program.Type} program, no SEC(\"struct_ops\")");

        // Off by the user, and not by a ? in the source: the kernel is to go without the function. (libbpf loads it all the same.)
        if (program.AutoLoadChoice == false && _selection is null)
        {
            _options.Logger?.StructOpsMemberLeftEmpty(map, function.Program);
            return false;
        }

        StructOpsMember member = new(table.Type.Id.Value, function.Index, table.Module);
        if (_members.TryAdd(function.Program, (map, member)) || _members[function.Program].Member == member) return true;
        throw Failed(
            $"map \"{_members[function.Program].Map}\" has it as another function: a program can be one function of one kind of struct");

        BpfException Failed(string problem) => new($"Create map \"{map}\": program \"{function.Program}\": {problem}");
    }

    private StructOpsMember? MemberOf(string name, ProgramSpec program)
    {
        if (program.Type != ProgramType.StructOps) return null;
        return _members.TryGetValue(name, out (string Map, StructOpsMember Member) bound)
            ? bound.Member
            : throw new BpfException(
                $"Load program \"{program.Name}\": no struct_ops map (SEC(\".struct_ops\")) has it, so the kernel cannot know what it is for");
    }

    private bool IsInAnyStructOps(string program)
    {
        foreach (MapSpec map in _spec.Maps.Values)
        {
            if (map.StructOps is { } table && (table.Declares(program) || table.Functions.Values.Contains(program))) return true;
        }

        return false;
    }
}
