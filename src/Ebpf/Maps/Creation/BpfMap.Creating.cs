using Ebpf.BtfObjects;
using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Pins;

namespace Ebpf;

/// <content>Creating maps, and comparing them with specs.</content>
public sealed partial class BpfMap
{
    /// <summary>Creates a map, or opens the one that is pinned where the spec says.</summary>
    /// <remarks>
    /// A map whose spec has a <see cref="MapSpec.PinPath"/>, or is to be pinned by name, is pinned there. If a map is pinned
    /// there already and is compatible with the spec, it is opened and keeps its contents.
    /// </remarks>
    /// <param name="spec">
    /// The description of the map. The types of key and value, of whatever BTF, are loaded too; if the kernel refuses them, the
    /// map is created without them.
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <exception cref="MapException">
    /// The map that is pinned there is not compatible with the spec (<see cref="MapProblem.Incompatible"/>).
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">
    /// The kernel is too old for this kind of map, or for a flag.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused; the message says why, as far as that can be told.</exception>
    /// <exception cref="ArgumentException">
    /// The spec names programs or maps that the map holds initially, or the only program that can use it: only a collection can
    /// find them.
    /// </exception>
    public static BpfMap Create(MapSpec spec, MapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Initializers.Count > 0)
        {
            throw new ArgumentException(
                $"Map \"{spec.Name}\" holds \"{spec.Initializers[0].Target}\" from the start: load it as part of a collection.",
                nameof(spec));
        }

        if (spec.ExclusiveProgram is not null)
        {
            throw new ArgumentException(
                $"Map \"{spec.Name}\" is for program \"{spec.ExclusiveProgram}\" alone: load it as part of a collection, or set its "
                + $"{nameof(MapSpec.ExclusiveProgramHash)}.",
                nameof(spec));
        }

        options ??= new MapOptions();
        LinuxKernel kernel = LinuxKernel.Of(options.Kernel);
        TypesToLoad toLoad = new(null);
        toLoad.Include(spec);
        using LoadedTypes types = toLoad.Load(kernel, options.Logger, options.Token?.Handle);
        MapCreateOptions creation = types.OptionsFor(spec) with
        {
            Token = options.Token?.Handle,
            Logger = options.Logger,
        };
        string directory = PinPlace.Absolute(options.PinDirectory);
        if (PinnedMaps.PathOf(spec, directory) is not { } path) return MapCreation.Create(kernel, spec, creation);
        bool isMade = spec.PinPath is null && PinPlace.MakeDirectory(kernel, directory);
        try
        {
            return PinnedMaps.OpenOrCreate(kernel, spec, path, creation, out _);
        }
        catch
        {
            if (isMade) kernel.RemoveDirectory(directory);
            throw;
        }
    }

    /// <summary>Determines whether this map can be used in the place of the one that a spec describes.</summary>
    /// <param name="wanted">The spec.</param>
    /// <param name="differences">The differences that forbid it; empty if there are none.</param>
    public bool IsCompatible(MapSpec wanted, out IReadOnlyList<SpecDifference> differences)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        differences = PinnedMaps.Differences(this, wanted);
        return differences.Count == 0;
    }
}
