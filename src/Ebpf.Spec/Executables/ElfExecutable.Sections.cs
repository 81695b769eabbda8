using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Executables;

/// <content>Sections, for files that have them.</content>
internal sealed partial class ElfExecutable
{
    /// <summary>The headers as they stand in the file; <c>null</c> if there are none, or they are damaged.</summary>
    private readonly byte[]? _sections;
    private int _namesIndex;
    private byte[]? _sectionNames;

    /// <summary>How many sections there are, the null section included; 0 for a file without section headers.</summary>
    public int SectionCount => _sections is null ? 0 : _sections.Length / Layout.SectionHeaderSize;

    /// <exception cref="ObjectFormatException">There is no such section.</exception>
    public ElfSection Section(int index) => (uint)index < (uint)SectionCount
        ? SectionAt(index)
        : throw new ObjectFormatException($"section {index} does not exist: there are {SectionCount}");

    /// <summary>The name in place; empty if it lies outside of the table of names.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ReadOnlySpan<byte> SectionName(in ElfSection section)
    {
        _sectionNames ??= _namesIndex < SectionCount && TryReadSection(SectionAt(_namesIndex), int.MaxValue) is { } read ? read : [];
        if (section.NameOffset >= (uint)_sectionNames.Length) return default;
        ReadOnlySpan<byte> names = _sectionNames.AsSpan((int)section.NameOffset);
        names = names[..Math.Min(names.Length, Limits.MaxSectionName + 1)];
        int end = names.IndexOf((byte)0);
        return end < 0 ? default : names[..end];
    }

    /// <summary>Finds the first section of a name.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public bool TryFindSection(ReadOnlySpan<byte> name, out ElfSection section)
    {
        for (int i = 1; i < SectionCount; i++)
        {
            section = SectionAt(i);
            if (SectionName(section).SequenceEqual(name)) return true;
        }

        section = default;
        return false;
    }

    /// <summary>Finds the first section of a type.</summary>
    public bool TryFindSection(ElfSectionType type, out ElfSection section)
    {
        for (int i = 1; i < SectionCount; i++)
        {
            section = SectionAt(i);
            if (section.Type == type) return true;
        }

        section = default;
        return false;
    }

    /// <summary>The bytes of a section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="limit">How many bytes it may have.</param>
    /// <returns><c>null</c> for a section without bits, one that lies outside of the file, and one that is longer.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public byte[]? TryReadSection(in ElfSection section, int limit) =>
        section.Type is ElfSectionType.NoBits or ElfSectionType.Null ? null : Source.TryRead(section.Offset, section.Size, limit);

    private ElfSection SectionAt(int index)
    {
        ReadOnlySpan<byte> entry = _sections.AsSpan(index * Layout.SectionHeaderSize, Layout.SectionHeaderSize);
        int word = Is64Bit ? 8 : 4;
        int afterSize = 8 + (4 * word);
        return new ElfSection
        {
            Index = index,
            NameOffset = entry.U32(0, Swap),
            Type = (ElfSectionType)entry.U32(4, Swap),
            Flags = (ElfSectionFlags)Word(entry, 8),
            Address = Word(entry, 8 + word),
            Offset = Word(entry, 8 + (2 * word)),
            Size = Word(entry, 8 + (3 * word)),
            Link = entry.U32(afterSize, Swap),
            Info = entry.U32(afterSize + 4, Swap),
            EntrySize = Word(entry, afterSize + 8 + word),
        };
    }

    private byte[]? ReadSectionTable(ReadOnlySpan<byte> header)
    {
        ulong offset = Word(header, Layout.SectionHeaders);
        int entrySize = header.U16(Layout.Counts + 6, Swap);
        ulong count = header.U16(Layout.Counts + 8, Swap);
        _namesIndex = header.U16(Layout.Counts + 10, Swap);
        if (offset == 0 || entrySize != Layout.SectionHeaderSize) return null;

        // A count or index too large for 16 bits stands in section 0 (gABI, chapter 4).
        Span<byte> first = stackalloc byte[ElfConstants.SectionHeaderSize];
        first = first[..entrySize];
        if (count == 0 || _namesIndex == ElfConstants.ExtendedIndex)
        {
            if (!Source.TryRead(offset, first)) return null;
            if (count == 0) count = Word(first, Is64Bit ? 32 : 20);
            if (_namesIndex == ElfConstants.ExtendedIndex)
                _namesIndex = (int)Math.Min(((ReadOnlySpan<byte>)first).U32(Is64Bit ? 40 : 24, Swap), int.MaxValue);
        }

        return count == 0 || count > (ulong)(Array.MaxLength / entrySize) ? null : Source.TryRead(offset, count * (ulong)entrySize, Array.MaxLength);
    }
}
