using Ebpf.Common;

namespace Ebpf.Elf;

/// <summary>One entry of an <c>SHT_REL</c> section.</summary>
/// <param name="Offset">Where in the target section, in bytes.</param>
/// <param name="Symbol">The index of the symbol.</param>
/// <param name="Type">The kind of relocation (<c>R_BPF_*</c>).</param>
internal readonly record struct ElfRelocation(ulong Offset, int Symbol, uint Type);

/// <summary>The relocations of one section, read in place.</summary>
internal readonly struct ElfRelocationTable(ReadOnlyMemory<byte> data, bool swap)
{
    public int Count => data.Length / ElfConstants.RelocationSize;

    public ElfRelocation this[int index]
    {
        get
        {
            ReadOnlySpan<byte> entry =
                data.Span.Slice(index * ElfConstants.RelocationSize, ElfConstants.RelocationSize);
            ulong info = entry.U64(8, swap);
            return new ElfRelocation(entry.U64(0, swap), (int)Math.Min(info >> 32, int.MaxValue), (uint)info);
        }
    }
}
