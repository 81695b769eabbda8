using System.Globalization;
using Ebpf.Features;
using Ebpf.Kernel;

namespace Ebpf.Maps.Creation;

/// <summary>The global variables of an arena (<c>__arena</c>): where in the arena they are, and what is in them first.</summary>
internal static class ArenaVariables
{
    /// <summary>Every kernel lets programs name offsets below this one (<c>BPF_MAX_VAR_OFF</c>).</summary>
    private const ulong LowOffsets = 1 << 29;

    /// <summary>Maps a new arena into memory, as it must be before a program uses it, and puts its variables there.</summary>
    /// <exception cref="BpfException">The arena is too small for its variables, or the kernel refused to map it.</exception>
    public static void Place(BpfMap map, MapSpec spec)
    {
        BpfArena arena = map.AsArena();
        if (spec.DataSection is null) return;
        ulong offset = OffsetOf(map, spec);
        ReadOnlySpan<byte> value = spec.InitialValue.Span;
        if (value.IsEmpty) return;
        if (map.Flags.HasFlag(MapFlags.SegvOnFault))
        {
            throw new BpfException(
                $"Create map \"{map.Name}\": its variables cannot get their first values, since with the flag SegvOnFault "
                + "only programs can touch pages first");
        }

        value.CopyTo(arena.AsSpan<byte>(arena.Address + offset, value.Length));
    }

    /// <summary>
    /// Where the variables begin, in bytes: at the end of the arena, out of the way of programs that allocate from its
    /// beginning, as with libbpf 1.7. At the beginning, if the kernel lets no program name so high an offset.
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

        return length <= LowOffsets || ProbedFacts.Of(map.Kernel).HasWideMapOffsets ? (uint)(length - needed) : 0;
    }
}
