using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;
using Ebpf.Pins;

namespace Ebpf.Maps.Creation;

/// <summary>Maps that several processes share by a path in the BPF file system.</summary>
internal static class PinnedMaps
{
    /// <summary>How often another process may pin or unpin between our looking and our pinning.</summary>
    private const int MaxAttempts = 5;

    /// <summary>
    /// Opens the map that is pinned at a path, if it is as the spec says; makes one and pins it, if there is none.
    /// </summary>
    /// <remarks>A map that was there keeps what it holds: it gets no initial value.</remarks>
    /// <param name="kernel">The kernel.</param>
    /// <param name="spec">What the map is to be like.</param>
    /// <param name="path">Where it is pinned, as <see cref="PathOf"/> gives it; the directory exists.</param>
    /// <param name="options">What making it needs.</param>
    /// <param name="created">Whether it was made and pinned, not found.</param>
    /// <exception cref="MapException">The map at the path is another one.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfMap OpenOrCreate(
        LinuxKernel kernel, MapSpec spec, string path, MapCreateOptions options, out bool created)
    {
        created = false;
        for (int attempt = 1; ; attempt++)
        {
            string operation = $"Open map \"{spec.Name}\" at {path}";
            MapAccess access = MapAccesses.From(spec.Flags);
            BpfHandle? handle = kernel.OpenPinned(path, access.ToFlags(), out Errno error);
            if (handle is not null)
            {
                ObjectKind.Map.CheckPinned(handle, operation);
                return Checked(BpfMap.FromHandle(handle, operation, access, path, spec.Name), spec, operation);
            }

            if (error != Errno.ENOENT)
            {
                throw Refusal.Explain(
                    kernel, operation, error, Privileges.Bpf, PinPlace.AdviceForOpening(kernel, path, error, isMap: true));
            }

            BpfMap map = MapCreation.Create(kernel, spec, options);
            try
            {
                map.Pin(path);
                created = true;
                return map;
            }
            catch (BpfException e) when (e.Errno == Errno.EEXIST && attempt < MaxAttempts)
            {
                // Another process was faster: theirs is the one to share.
                map.Dispose();
            }
            catch
            {
                map.Dispose();
                throw;
            }
        }
    }

    /// <summary>Where a map is pinned.</summary>
    /// <param name="spec">The map.</param>
    /// <param name="directory">The directory of maps that are pinned by their names, absolute.</param>
    /// <returns>The absolute path; <c>null</c> if the map is not pinned.</returns>
    /// <exception cref="BpfException">The name cannot be that of a file, or the kind of pinning is not known.</exception>
    public static string? PathOf(MapSpec spec, string directory)
    {
        if (spec.PinPath is not null) return PinPlace.Absolute(spec.PinPath);
        if (spec.Pinning == MapPinning.None) return null;
        if (spec.Pinning != MapPinning.ByName)
        {
            throw new BpfException(
                $"Pin map \"{spec.Name}\": its pinning is {(uint)spec.Pinning}, which means something to another loader only: "
                + $"set its {nameof(MapSpec.Pinning)}, or its {nameof(MapSpec.PinPath)}");
        }

        if (spec.Name.Length == 0 || spec.Name.Contains('/'))
            throw new BpfException($"Pin map \"{spec.Name}\" by its name: that is no name for a file; set its {nameof(MapSpec.PinPath)}");

        // A bpffs has no dots in its names; libbpf pins under the same name.
        return $"{directory.TrimEnd('/')}/{spec.Name.Replace('.', '_')}";
    }

    /// <summary>In what a map differs from a spec; empty when it can be used in its place.</summary>
    public static List<SpecDifference> Differences(BpfMap map, MapSpec spec)
    {
        MapShape wanted = MapShape.Of(spec, map.Kernel);

        // What only the making of a map is told (bpf_map_flags_retain_permanent in kernel/bpf/syscall.c).
        MapFlags ignored = MapAccesses.OfDescriptor | MapFlags.TokenFd | MapFlags.ValueTypeBtfObjectFd;

        // The kernel sets it by itself (Linux commit 0cdbb4b09a06).
        if (spec.Type is MapType.DevMap or MapType.DevMapHash) ignored |= MapFlags.ReadOnlyProgram;

        // Variables can be used without; a loader before us, or an older kernel, may have left it out.
        if (spec.DataSection is not null) ignored |= MapFlags.Mmapable;
        List<SpecDifference> differences = [];
        Compare(nameof(MapSpec.Type), map.Type, spec.Type);
        Compare(nameof(MapSpec.KeySize), (uint)map.KeySize, wanted.KeySize);

        // The value of a struct_ops map is the kernel's struct, of which the object need not know all.
        if (spec.StructOps is null) Compare(nameof(MapSpec.ValueSize), (uint)map.ValueSize, wanted.ValueSize);
        Compare(nameof(MapSpec.MaxEntries), map.MaxEntries, wanted.MaxEntries);
        Compare(nameof(MapSpec.Flags), map.Flags & ~ignored, wanted.Flags & ~ignored);
        Compare(nameof(MapSpec.MapExtra), map.Extra, spec.MapExtra);
        return differences;

        void Compare<T>(string property, T has, T wants) => SpecDifference.Compare(differences, property, has, wants);
    }

    /// <summary>The user's own map in the place of one of a collection's: a descriptor of the collection's own.</summary>
    /// <param name="given">The user's map, which stays the user's.</param>
    /// <param name="name">The name of the map in the collection.</param>
    /// <param name="spec">What the map is to be like.</param>
    /// <exception cref="MapException">The map is another one than the collection needs; the message says how.</exception>
    public static BpfMap Reuse(BpfMap given, string name, MapSpec spec)
    {
        List<SpecDifference> differences = Differences(given, spec);
        return differences.Count == 0
            ? given.Duplicate(name)
            : throw MapException.Incompatible($"Use {given} as map \"{name}\"", differences);
    }

    private static BpfMap Checked(BpfMap map, MapSpec spec, string operation)
    {
        try
        {
            List<SpecDifference> differences = Differences(map, spec);
            return differences.Count == 0 ? map : throw MapException.Incompatible(operation, differences);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }
}
