using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Why the kernel did not make a map.</summary>
internal static class MapRefusal
{
    /// <summary>Makes the error for a map that the kernel refused.</summary>
    public static BpfException Explain(LinuxKernel kernel, MapSpec spec, MapShape shape, Errno error)
    {
        string operation = $"Create {spec.Type} map \"{spec.Name}\"";
        if (Mistake(kernel, spec, shape, error) is { } mistake) return new BpfException(operation, error, mistake);
        if (error is Errno.EINVAL or Errno.E2BIG && Lacking(kernel, spec, shape) is var (feature, since))
            return new FeatureNotSupportedException(operation, feature, since, error);
        string? advice = error == Errno.EPERM && LockedMemoryLimit.Matters(kernel)
            ? "the limit of locked memory (RLIMIT_MEMLOCK) may be too low; raise it, or give the process CAP_SYS_RESOURCE"
            : null;
        Privileges needed = PrivilegeRules.NeededFor(spec.Type);
        return Refusal.Explain(
            kernel, operation, error, needed, Refusal.AdviceFor(kernel, error, needed) ?? advice);
    }

    /// <summary>What is wrong with the spec itself; <c>null</c> if nothing can be seen.</summary>
    private static string? Mistake(LinuxKernel kernel, MapSpec spec, MapShape shape, Errno error) => error switch
    {
        Errno.EINVAL => Invalid(kernel, spec.Type, shape),
        Errno.E2BIG when shape.KeySize > 512 => $"a key of {shape.KeySize} bytes; the kernel allows 512 in most kinds of map",
        Errno.E2BIG => $"a value of {shape.ValueSize} bytes and {shape.MaxEntries} entries are more than the kernel allows",
        Errno.ENOMEM =>
            $"{shape.MaxEntries} entries with {shape.KeySize} + {shape.ValueSize} bytes are more than there is memory for",
        _ => null,
    };

    private static string? Invalid(LinuxKernel kernel, MapType type, MapShape shape)
    {
        bool isStorage = type.IsLocalStorage() || type is MapType.CgroupStorage or MapType.PerCpuCgroupStorage;
        bool preallocates = !shape.Flags.HasFlag(MapFlags.NoPreallocation);
        if (type == MapType.Unspecified) return "the type of the map is not set";
        if (isStorage && shape.MaxEntries != 0) return "MaxEntries must be 0: this kind of map has no limit of its own";
        if (!isStorage && shape.MaxEntries == 0) return "MaxEntries is 0";
        if ((type.IsLocalStorage() || type is MapType.LpmTrie or MapType.RHash) && preallocates)
            return "this kind of map needs the flag NoPreallocation";
        if (type is MapType.Array or MapType.PerCpuArray or MapType.LruHash or MapType.LruPerCpuHash && !preallocates)
            return "this kind of map cannot have the flag NoPreallocation";
        if (type.IsRingBuffer())
        {
            if (shape.KeySize != 0 || shape.ValueSize != 0) return "a ring buffer has neither key nor value size";
            return shape.MaxEntries % (uint)kernel.PageSize == 0
                ? null
                : "the size of a ring buffer is a power of two and a multiple of the page size";
        }

        if (type.HasOnlyValues() && shape.KeySize != 0) return "this kind of map has no keys: KeySize must be 0";
        if (type.IsArray() && shape.KeySize != sizeof(uint)) return $"keys of arrays are 4 bytes, not {shape.KeySize}";
        if (type == MapType.LpmTrie && shape.KeySize is < 5 or > 260)
            return $"keys of tries are 4 bytes of prefix length and 1 to 256 of data, not {shape.KeySize} bytes together";
        if (type != MapType.Arena && !type.HasOnlyValues() && shape.KeySize == 0) return "KeySize is 0";
        return type != MapType.Arena && shape.ValueSize == 0 ? "ValueSize is 0" : null;
    }

    /// <summary>What this kernel is too old for; <c>null</c> if that cannot be the reason.</summary>
    private static (string Feature, Version Since)? Lacking(LinuxKernel kernel, MapSpec spec, MapShape shape)
    {
        Version running = KernelFacts.Of(kernel).Version;
        if (MapVersions.Of(spec.Type) is { } type && running < type) return ($"{spec.Type} maps", type);
        foreach ((MapFlags flag, Version since) in MapVersions.Flags)
        {
            if (shape.Flags.HasFlag(flag) && running < since) return ($"the map flag {flag}", since);
        }

        return null;
    }
}
