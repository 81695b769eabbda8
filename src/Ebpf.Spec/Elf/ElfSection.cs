using Ebpf.Common;

namespace Ebpf.Elf;

/// <summary>One section header, decoded.</summary>
internal readonly struct ElfSection
{
    public required int Index { get; init; }

    /// <summary>Where the name stands in the section name table.</summary>
    public required uint NameOffset { get; init; }

    public required ElfSectionType Type { get; init; }

    public required ElfSectionFlags Flags { get; init; }

    /// <summary>Where it is in memory; 0 for a section that is not loaded, and in objects, which have no place yet.</summary>
    public ulong Address { get; init; }

    /// <summary>Where the bytes begin in the file; checked against the file when the data are asked for.</summary>
    public required ulong Offset { get; init; }

    /// <summary>The size in bytes; not checked for a section without bits.</summary>
    public required ulong Size { get; init; }

    public required uint Link { get; init; }

    public required uint Info { get; init; }

    public required ulong EntrySize { get; init; }

    public bool IsCode =>
        Type == ElfSectionType.ProgramBits && (Flags & ElfSectionFlags.Executable) != 0 && Size > 0;
}

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
