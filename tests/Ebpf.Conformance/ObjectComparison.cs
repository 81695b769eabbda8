using Ebpf.Asm;
using Ebpf.CoRe;

namespace Ebpf.Conformance;

/// <summary>Finds the differences between what libbpf and this library see in one object.</summary>
internal sealed class ObjectComparison
{
    private readonly List<Difference> _differences = [];
    private readonly string _object;
    private readonly CoReRelocator _relocator;

    private ObjectComparison(string name, CoReTargets kernel)
    {
        _object = name;
        _relocator = new CoReRelocator(kernel);
    }

    /// <summary>Compares.</summary>
    /// <param name="name">What to call the object.</param>
    /// <param name="libbpf">What libbpf sees.</param>
    /// <param name="kernel">The kernel's types, by which libbpf has relocated the code.</param>
    /// <param name="counts">Receives how much was compared.</param>
    public static List<Difference> Run(string name, LibbpfReport libbpf, CoReTargets kernel, Counts counts)
    {
        ObjectReport ours = SpecReport.Read(libbpf.Object.Path, out CollectionSpec? spec);
        ObjectComparison comparison = new(name, kernel);
        counts.Objects++;
        if (libbpf.Object.Refusal is not null || spec is null)
        {
            counts.Refused++;
            if ((libbpf.Object.Refusal is null) == (spec is null))
            {
                comparison.Add(
                    "open",
                    libbpf.Object.Refusal is { } refusal ? $"refuses ({refusal})" : "opens it",
                    ours.Refusal is { } ownRefusal ? $"refuses ({ownRefusal})" : "opens it");
            }

            return comparison._differences;
        }

        foreach (Thing thing in libbpf.Object.Things.Values) counts.Add(thing);
        comparison.CompareThings(libbpf.Object.Things, ours.Things);
        comparison.CompareCode(libbpf, spec, counts);
        comparison.CompareSlots(libbpf, spec);
        return comparison._differences;
    }

    /// <summary>Compares only the code, relocated to types that are not this kernel's.</summary>
    /// <param name="name">What to call the object.</param>
    /// <param name="libbpf">What libbpf sees.</param>
    /// <param name="kernel">The types.</param>
    /// <param name="counts">Receives how much was compared.</param>
    public static List<Difference> RunRelocations(string name, LibbpfReport libbpf, CoReTargets kernel, Counts counts)
    {
        ObjectComparison comparison = new(name, kernel);
        CollectionSpec spec = CollectionSpec.Load(libbpf.Object.Path);
        counts.Objects++;
        foreach ((string program, LoadedProgram loaded) in libbpf.Loaded)
        {
            counts.Add(loaded);
            comparison.CompareCode(spec.Programs[program], loaded, counts);
        }

        foreach ((string program, string reason) in libbpf.NotLoaded)
        {
            counts.Refused++;
            if (spec.Programs.TryGetValue(program, out ProgramSpec? ours)) comparison.ExpectRefusal(ours, reason);
            else comparison.Add("load", $"refuses ({reason})", "relocates every program by itself");
        }

        return comparison._differences;
    }

    private void ExpectRefusal(ProgramSpec program, string reason)
    {
        try
        {
            _relocator.Apply(program.Instructions.Clone(), program.Name);
            Add($"load {program.Name}", $"refuses ({reason})", "relocates it");
        }
        catch (Exception error) when (error is ObjectFormatException or BpfException)
        {
        }
    }

    private void CompareThings(
        SortedDictionary<string, Thing> libbpf, SortedDictionary<string, Thing> ours)
    {
        foreach ((string name, Thing thing) in libbpf)
        {
            if (ours.TryGetValue(name, out Thing? other)) CompareFields(name, thing.Fields, other.Fields);
            else Add(name, "has it", "lacks it");
        }

        foreach (string name in ours.Keys)
        {
            if (!libbpf.ContainsKey(name)) Add(name, "lacks it", "has it");
        }
    }

    private void CompareFields(
        string thing, IReadOnlyDictionary<string, string> libbpf, SortedDictionary<string, string> ours)
    {
        foreach ((string field, string value) in libbpf)
        {
            string? other = ours.GetValueOrDefault(field);
            if (value != other) Add($"{thing}.{field}", value, other ?? "(none)");
        }
    }

    private void CompareCode(LibbpfReport libbpf, CollectionSpec spec, Counts counts)
    {
        foreach ((string name, ProgramSpec program) in spec.Programs)
        {
            if (!libbpf.Loaded.TryGetValue(name, out LoadedProgram? loaded)) continue;
            counts.Add(loaded);
            SortedDictionary<string, string> ours = new(StringComparer.Ordinal)
            {
                ["type"] = $"{(uint)program.Type}",
                // The kernel's number of the member, for a function of a table.
                ["attach"] = program.Type == ProgramType.StructOps ? loaded.Fields.GetValueOrDefault("attach", "") : $"{(uint)(program.AttachType ?? default)}",
                ["flags"] = $"0x{(uint)program.Flags:x}",
                ["license"] = program.License,
            };
            CompareFields($"load {name}", loaded.Fields, ours);
            CompareCode(program, loaded, counts);
        }
    }

    private void CompareCode(ProgramSpec program, LoadedProgram loaded, Counts counts)
    {
        InstructionList code;
        try
        {
            code = program.Instructions.Clone();
            counts.Relocations += _relocator.Apply(code, program.Name).Outcomes.Count;
        }
        catch (Exception error) when (error is ObjectFormatException or BpfException)
        {
            Add($"load {program.Name}", "links and relocates it", $"refuses ({error.Message})");
            return;
        }

        if (CodeComparison.FindDifference(code, loaded) is var (theirs, own)) Add($"load {program.Name}.code", theirs, own);
    }

    private void CompareSlots(LibbpfReport libbpf, CollectionSpec spec)
    {
        if (!libbpf.IsWhole) return;
        Dictionary<string, string> ours = new(StringComparer.Ordinal);
        foreach (MapSpec map in spec.Maps.Values)
        {
            foreach (MapInitializer initializer in map.Initializers)
                ours[$"{map.Name}[{initializer.Slot}]"] = initializer.Target;
        }

        foreach (string slot in libbpf.Slots.Keys.Union(ours.Keys).Order(StringComparer.Ordinal))
        {
            string theirs = libbpf.Slots.GetValueOrDefault(slot, "(none)"), own = ours.GetValueOrDefault(slot, "(none)");
            if (theirs != own) Add($"slot {slot}", theirs, own);
        }
    }

    private void Add(string field, string libbpf, string ours) =>
        _differences.Add(new Difference(_object, field, libbpf, ours));
}
