using Ebpf.Linux;
using Ebpf.Loading.StructOps;

namespace Ebpf.Loading.Plan;

/// <summary>
/// What a load is going to do: which maps are made, opened or reused, which programs are loaded, what is left out and why. Decided before
/// anything is made, and not changed afterwards; every step of loading follows it.
/// </summary>
internal sealed class LoadPlan
{
    private readonly Dictionary<string, PlannedMap> _maps;

    public LoadPlan(
        CollectionSpec spec,
        CollectionOptions options,
        LinuxKernel kernel,
        IReadOnlyList<PlannedMap> maps,
        IReadOnlyList<PlannedProgram> programs,
        IReadOnlyList<LeftOut> leftOut)
    {
        (Spec, Options, Kernel, Maps, Programs, LeftOut) = (spec, options, kernel, maps, programs, leftOut);
        _maps = maps.ToDictionary(map => map.Name, StringComparer.Ordinal);
    }

    /// <summary>What is loaded. It is not changed.</summary>
    public CollectionSpec Spec { get; }

    /// <summary>How.</summary>
    public CollectionOptions Options { get; }

    /// <summary>Into which kernel.</summary>
    public LinuxKernel Kernel { get; }

    /// <summary>The maps that the collection will have, in the order of the spec.</summary>
    public IReadOnlyList<PlannedMap> Maps { get; }

    /// <summary>The programs that will be loaded, in the order of the spec.</summary>
    public IReadOnlyList<PlannedProgram> Programs { get; }

    /// <summary>What of the spec will not be loaded.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; }

    /// <summary>Finds a map that the collection will have; <c>null</c> if it will have none of this name.</summary>
    public PlannedMap? FindMap(string name) => _maps.GetValueOrDefault(name);
}

/// <summary>A map that a collection will have.</summary>
/// <param name="Name">Its name in the collection.</param>
/// <param name="Spec">What it is to be like.</param>
internal sealed record PlannedMap(string Name, MapSpec Spec)
{
    /// <summary>The user's own map, which is used in the place of one of the collection's; <c>null</c> for none.</summary>
    public BpfMap? Given { get; init; }

    /// <summary>Where the map is opened or, if there is none, pinned when it was made; <c>null</c> for one that is not shared.</summary>
    public string? PinPath { get; init; }

    /// <summary>The only program that can use the map; <c>null</c> if all can. It need not be loaded.</summary>
    public PlannedProgram? ExclusiveProgram { get; init; }

    /// <summary>What the kernel's struct looks like, and what it will hold; <c>null</c> unless this is a struct_ops map.</summary>
    public StructOpsTable? StructOps { get; init; }

    /// <summary>Whether it is made, or opened at <see cref="PinPath"/>.</summary>
    public bool IsCreated => Given is null;
}

/// <summary>A program that will be loaded.</summary>
/// <param name="Name">Its name in the collection.</param>
/// <param name="Spec">The program.</param>
internal sealed record PlannedProgram(string Name, ProgramSpec Spec)
{
    /// <summary>The member of a struct_ops map that it is; <c>null</c> for other programs.</summary>
    public StructOpsMember? Member { get; init; }
}

/// <summary>Something of the spec that will not be loaded.</summary>
/// <param name="Kind">What it is: <c>program</c>, <c>map</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why.</param>
internal sealed record LeftOut(string Kind, string Name, string Reason);

/// <summary>A part of a collection: what is wanted, and what that needs.</summary>
/// <param name="Maps">The names of the maps.</param>
/// <param name="Programs">The names of the programs.</param>
internal sealed record CollectionSelection(IReadOnlySet<string> Maps, IReadOnlySet<string> Programs);
