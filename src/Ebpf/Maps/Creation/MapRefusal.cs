using Ebpf.Errors;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;
using Ebpf.ResourceLimits;
using Ebpf.Tokens;

namespace Ebpf.Maps.Creation;

/// <summary>Why the kernel did not make a map.</summary>
internal static class MapRefusal
{
    /// <summary>Makes the error for a map that the kernel refused.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="spec">What was to be made.</param>
    /// <param name="shape">The numbers with which it was tried.</param>
    /// <param name="attr">All that the kernel was told.</param>
    /// <param name="token">The token with which it was tried; <c>null</c> for none.</param>
    /// <param name="error">What the kernel answered.</param>
    /// <param name="words">What the kernel wrote about it; empty for nothing.</param>
    public static BpfException Explain(
        LinuxKernel kernel, MapSpec spec, MapShape shape, in MapCreateAttr attr, BpfHandle? token, Errno error, string words)
    {
        string operation = $"Create {spec.Type} map \"{spec.Name}\"";
        if (Mistake(kernel, spec, shape, in attr, error) is { } mistake)
            return new BpfException(operation, error, words.Length == 0 ? mistake : $"{mistake} (the kernel: {words})");
        if (error is Errno.EINVAL or Errno.E2BIG && Lacking(kernel, spec, shape) is var (feature, since))
            return new FeatureNotSupportedException(operation, feature, since, error);
        string? advice = words.Length > 0 ? $"the kernel says: {words}" : LockedMemoryLimit.AdviceFor(kernel, error);
        Privileges needed = PrivilegeRules.NeededFor(spec.Type);
        return Refusal.Explain(
            kernel, operation, error, needed, TokenRefusal.Explain(token, error, spec.Type) ?? Refusal.AdviceFor(kernel, error, needed) ?? advice);
    }

    /// <summary>What is wrong with the spec itself; <c>null</c> if nothing can be seen.</summary>
    private static string? Mistake(
        LinuxKernel kernel, MapSpec spec, MapShape shape, in MapCreateAttr attr, Errno error) => error switch
        {
            Errno.EINVAL => Invalid(kernel, spec, shape, in attr),
            Errno.E2BIG => spec.ExclusiveProgramHash.IsEmpty ? TooBig(kernel, spec.Type, shape) : null,
            Errno.ENOTSUPP when spec.Type is MapType.LruHash or MapType.LruPerCpuHash && Has(shape, MapFlags.NoPreallocation) =>
                "this kind of map cannot have the flag NoPreallocation",
            Errno.ENOTSUPP or Errno.EOPNOTSUPP when spec.InnerMap is { } inner =>
                $"a {inner.Type} map cannot be held by a map of maps",
            Errno.EOPNOTSUPP when spec.Type == MapType.Arena => "arenas need a JIT compiler that knows them, and it to be on",
            Errno.ERANGE when spec.Type == MapType.Arena =>
                $"an arena of {shape.MaxEntries} pages at address {spec.MapExtra:x} (MapExtra) crosses a multiple of 4 GiB",
            Errno.ENOMEM =>
                $"{shape.MaxEntries} entries with {shape.KeySize} + {shape.ValueSize} bytes are more than there is memory for",
            Errno.EPERM when Has(shape, MapFlags.ZeroSeed)
                && PrivilegeRules.Missing(kernel, Privileges.SysAdmin) is not (null or Privileges.None) =>
                "the flag ZeroSeed needs CAP_SYS_ADMIN",
            _ => null,
        };

    /// <summary>What map_create itself checks, then what the kind of map does.</summary>
    private static string? Invalid(LinuxKernel kernel, MapSpec spec, MapShape shape, in MapCreateAttr attr)
    {
        if (spec.Type == MapType.Unspecified) return "the type of the map is not set";
        if (spec.ExclusiveProgramHash.Length is not (0 or 32))
            return $"a SHA-256 (ExclusiveProgramHash) has 32 bytes, not {spec.ExclusiveProgramHash.Length}";
        if (MapRules.Violation(kernel, spec.Type, shape, spec.MapExtra) is { } violation) return violation;
        if (spec.Type.IsLocalStorage() && attr.KeyTypeId == 0)
            return "this kind of map needs BTF for its key (int) and its value; load it as part of a collection";
        if (spec.NumaNode is { } node && KernelFacts.Of(kernel).HasNumaNode(node) == false) return $"this machine has no NUMA node {node}";
        if (spec.Type == MapType.StructOps && attr.KernelValueTypeId == 0) return "a struct_ops map needs its type in the kernel's BTF";
        return null;
    }

    private static string TooBig(LinuxKernel kernel, MapType type, MapShape shape)
    {
        // PCPU_MIN_UNIT_SIZE: the largest piece that the allocator of per-CPU memory gives.
        const uint perCpuLimit = 32 * 1024;
        if (type.IsPerCpu() && shape.ValueSize > perCpuLimit)
            return $"a value of {shape.ValueSize} bytes; a per-CPU map has at most {perCpuLimit}";
        if (type.IsLocalStorage() || type is MapType.CgroupStorage or MapType.PerCpuCgroupStorage)
            return $"a value of {shape.ValueSize} bytes; the kernel allows less than 64 KiB in local storage, a page in that of cgroups";
        if (type == MapType.CpuMap) return $"{shape.MaxEntries} entries; the kernel is built for fewer CPUs";
        if (type == MapType.Arena) return $"{shape.MaxEntries} pages; an arena has at most 4 GiB, {(4L << 30) / kernel.PageSize} pages";
        if (shape.KeySize > 512) return $"a key of {shape.KeySize} bytes; the kernel allows 512 in most kinds of map";
        return $"a value of {shape.ValueSize} bytes and {shape.MaxEntries} entries are more than the kernel allows";
    }

    private static bool Has(MapShape shape, MapFlags flag) => (shape.Flags & flag) != 0;

    /// <summary>What this kernel is too old for; <c>null</c> if that cannot be the reason.</summary>
    private static (string Feature, Version Since)? Lacking(LinuxKernel kernel, MapSpec spec, MapShape shape)
    {
        Version running = KernelFacts.Of(kernel).Version;
        if (MapVersions.Of(spec.Type) is { } type && running < type) return ($"{spec.Type} maps", type);
        foreach ((MapFlags flag, Version since) in MapVersions.Flags)
        {
            if (shape.Flags.HasFlag(flag) && running < since) return ($"the map flag {flag}", since);
        }

        return !spec.ExclusiveProgramHash.IsEmpty && running < MapVersions.ExclusivePrograms
            ? ("maps that only one program can use", MapVersions.ExclusivePrograms)
            : null;
    }
}
