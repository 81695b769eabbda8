using System.Globalization;
using Ebpf.Features;
using Ebpf.Kernel;

namespace Ebpf.Maps.Creation;

/// <summary>The global variables of an arena (<c>__arena</c>): where in the arena they are, and what is in them first.</summary>
internal static class ArenaVariables
{
    /// <summary>Maps a new arena into memory, as it must be before a program uses it, and puts its variables there.</summary>
    /// <exception cref="BpfException">The arena is too small for its variables, or the kernel refused to map it.</exception>
    public static void Place(BpfMap map, MapSpec spec)
    {
        BpfArena arena = map.AsArena();
        if (spec.DataSection is null) return;
        ulong offset = OffsetOf(map, spec);
        ReadOnlySpan<byte> value = spec.InitialValue.Span;
        if (value.IsEmpty && map.Flags.HasFlag(MapFlags.SegvOnFault)) return;
        if (map.Flags.HasFlag(MapFlags.SegvOnFault))
        {
            throw new BpfException(
                $"Create map \"{map.Name}\": its variables cannot get their first values, since with the flag SegvOnFault "
                + "only programs can touch pages first");
        }

        // Zeros are written too: a page that was touched is no longer free for programs to allocate.
        Span<byte> variables = arena.AsSpan<byte>(arena.Address + offset, Math.Max(value.Length, (int)spec.DataSize));
        value.CopyTo(variables);
        variables[value.Length..].Clear();
    }

    /// <summary>
    /// Where the variables begin, in bytes: where libbpf puts them, and the kernel's own tests expect them. That is the end of the
    /// arena, out of the way of programs that allocate from its beginning, on kernels whose programs can name any offset in an arena
    /// (libbpf 1.7; Linux commit 12a1fe6e12db); the beginning on older ones.
    /// </summary>
    /// <exception cref="BpfException">The arena is too small for its variables.</exception>
    public static uint OffsetOf(BpfMap map, MapSpec spec)
    {
        ulong page = (uint)map.Kernel.PageSize;
        ulong length = map.MaxEntries * page, needed = (spec.DataSize + page - 1) / page * page;
        if (needed > length)
        {
            throw new BpfException(string.Create(
                CultureInfo.InvariantCulture,
                $"Create map \"{map.Name}\": its {map.MaxEntries} pages are too few for {spec.DataSize} bytes of variables"));
        }

        return ProbedFacts.Of(map.Kernel).HasWideMapOffsets ? (uint)(length - needed) : 0;
    }
}
