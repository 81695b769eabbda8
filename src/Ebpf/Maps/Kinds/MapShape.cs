using System.Numerics;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Maps.Kinds;

/// <summary>The numbers with which a map is made: those of its spec, and those that only the machine knows.</summary>
internal readonly record struct MapShape(uint KeySize, uint ValueSize, uint MaxEntries, MapFlags Flags)
{
    private const uint Index = sizeof(uint);

    /// <summary>Fills in what a spec may leave open.</summary>
    /// <exception cref="BpfException">The spec says something that this kind of map cannot have.</exception>
    public static MapShape Of(MapSpec spec, LinuxKernel kernel)
    {
        MapShape shape = new(spec.KeySize, spec.ValueSize, spec.MaxEntries, spec.Flags);
        if (spec.NumaNode is not null) shape = shape with { Flags = shape.Flags | MapFlags.NumaNode };
        switch (spec.Type)
        {
            case MapType.ProgramArray:
            case MapType.CgroupArray:
            case MapType.ArrayOfMaps:
                return shape with { KeySize = Four(spec, "key", spec.KeySize), ValueSize = Four(spec, "value", spec.ValueSize) };
            case MapType.HashOfMaps:
                return shape with { ValueSize = Four(spec, "value", spec.ValueSize) };
            case MapType.PerfEventArray:
                return shape with
                {
                    KeySize = Four(spec, "key", spec.KeySize),
                    ValueSize = Four(spec, "value", spec.ValueSize),
                    MaxEntries = OnePerCpu(spec, kernel),
                };
            case MapType.CpuMap:
                return shape with { MaxEntries = OnePerCpu(spec, kernel) };
            case MapType.RingBuf:
            case MapType.UserRingBuf:
                return shape with { MaxEntries = RingSize(spec.MaxEntries, (uint)kernel.PageSize) };
            case MapType.StructOps:
                return shape with { KeySize = Four(spec, "key", spec.KeySize), MaxEntries = Math.Max(spec.MaxEntries, 1) };
            case MapType.LruHash or MapType.LruPerCpuHash when shape.Flags.HasFlag(MapFlags.NoCommonLru):
                return shape with { MaxEntries = MultipleOfCpus(shape.MaxEntries, (uint)KernelFacts.Of(kernel).PossibleCpus.Count) };
            default:
                return shape;
        }
    }

    /// <summary>
    /// Each CPU has a list of its own, of the same length (htab_map_alloc in kernel/bpf/hashtab.c). The only number of entries that the
    /// kernel rounds by itself.
    /// </summary>
    private static uint MultipleOfCpus(uint entries, uint cpus)
    {
        ulong rounded = ((ulong)entries + cpus - 1) / cpus * cpus;
        return rounded <= uint.MaxValue ? (uint)rounded : entries / cpus * cpus;
    }

    private static uint Four(MapSpec spec, string what, uint size) => size is 0 or Index
        ? Index
        : throw new BpfException($"Create map \"{spec.Name}\": a {spec.Type} map has a {what} of 4 bytes, not of {size}");

    /// <summary>The maps are indexed by the number of a CPU, which need not be less than how many there are.</summary>
    private static uint OnePerCpu(MapSpec spec, LinuxKernel kernel)
    {
        uint cpus = (uint)KernelFacts.Of(kernel).PossibleCpus[^1] + 1;
        return spec.MaxEntries == 0 || spec.MaxEntries > cpus ? cpus : spec.MaxEntries;
    }

    /// <summary>The kernel wants a power of two that is a multiple of the page size.</summary>
    private static uint RingSize(uint size, uint page) => size switch
    {
        0 => 0,
        _ when size <= page => page,
        // Larger than any power of two that fits: as it is, for the kernel to refuse.
        > 1u << 31 => size,
        _ => BitOperations.RoundUpToPowerOf2(size),
    };
}
