using System.Text;
using Ebpf.Common;

namespace Ebpf.Elf;

/// <summary>
/// A 64-bit relocatable ELF object, read in place: the constructor checks the header and the extent of the section
/// table, everything else is checked when it is asked for. No bytes are copied, and what is allocated is in proportion to the file.
/// </summary>
internal sealed class ElfFile
{
    private readonly ReadOnlyMemory<byte> _image;
    private readonly ReadOnlyMemory<byte> _sectionNames;
    private readonly ulong _sectionTable;
    private readonly bool _swap;
    private readonly ElfSection[] _sections;
    private readonly string?[] _sectionNameTexts;

    /// <exception cref="ObjectFormatException">It is not an ELF object for BPF, or is cut short.</exception>
    public ElfFile(ReadOnlyMemory<byte> image)
        : this(image, anyMachine: false)
    {
    }

    private ElfFile(ReadOnlyMemory<byte> image, bool anyMachine)
    {
        _image = image;
        ReadOnlySpan<byte> header = image.Span;
        if (header.Length < 4 || !header.StartsWith(Magic))
            throw new ObjectFormatException("not an ELF file: the magic number is missing", offset: 0);
        if (header.Length < ElfConstants.HeaderSize)
            throw new ObjectFormatException($"truncated: {header.Length} bytes are no whole ELF header", offset: 0);
        if (header[4] != 2)
            throw new ObjectFormatException("not a 64-bit ELF file: BPF objects are ELFCLASS64", offset: 4);
        ByteOrder = header[5] switch
        {
            1 => ByteOrder.LittleEndian,
            2 => ByteOrder.BigEndian,
            byte data => throw new ObjectFormatException($"unknown byte order (EI_DATA is {data})", offset: 5),
        };
        _swap = ByteOrder.NeedsSwap();

        if (!anyMachine) CheckBpf(header, _swap);
        _sectionTable = header.U64(40, _swap);
        int nameIndex;
        (SectionCount, nameIndex) = ReadSectionTableExtent(header);
        _sectionNames = ReadNameTable(nameIndex);
        _sections = new ElfSection[SectionCount];
        for (int i = 0; i < _sections.Length; i++) _sections[i] = ReadSection(header, i);
        _sectionNameTexts = new string?[SectionCount];
    }

    /// <summary>What every ELF file begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "\u007fELF"u8;

    public ByteOrder ByteOrder { get; }

    /// <summary>How many sections there are, the null section included.</summary>
    public int SectionCount { get; }

    /// <summary>A 64-bit ELF file of any kind, whose sections are looked at: a kernel, a module.</summary>
    /// <exception cref="ObjectFormatException">It is not a 64-bit ELF file, or is cut short.</exception>
    public static ElfFile OfAnyMachine(ReadOnlyMemory<byte> image) => new(image, anyMachine: true);

    public ref readonly ElfSection Section(int index)
    {
        if ((uint)index >= (uint)_sections.Length) throw NoSection(index);
        return ref _sections[index];
    }

    /// <summary>The name in place.</summary>
    /// <exception cref="ObjectFormatException">It lies outside of the table of names, or is too long.</exception>
    public ReadOnlySpan<byte> SectionNameUtf8(in ElfSection section)
    {
        ReadOnlySpan<byte> names = _sectionNames.Span;
        names = section.NameOffset < (uint)names.Length ? names[(int)section.NameOffset..] : default;
        int end = names[..Math.Min(names.Length, Limits.MaxSectionName + 1)].IndexOf((byte)0);
        if (end >= 0) return names[..end];
        throw new ObjectFormatException(
            names.Length > Limits.MaxSectionName
                ? $"the name of section {section.Index} has more than {Limits.MaxSectionName} bytes"
                : $"the name of section {section.Index} lies outside of the section name table",
            offset: (long)_sectionTable + ((long)section.Index * ElfConstants.SectionHeaderSize));
    }

    /// <summary>The name, which is decoded once.</summary>
    /// <inheritdoc cref="SectionNameUtf8"/>
    public string SectionName(in ElfSection section) =>
        _sectionNameTexts[section.Index] ??= Encoding.UTF8.GetString(SectionNameUtf8(section));

    /// <inheritdoc cref="SectionName(in ElfSection)"/>
    public string SectionName(int index) => SectionName(Section(index));

    /// <summary>The bytes in place; none for a section without bits.</summary>
    /// <exception cref="ObjectFormatException">They lie outside of the file, or are compressed.</exception>
    public ReadOnlyMemory<byte> Data(in ElfSection section)
    {
        if (section.Type is ElfSectionType.NoBits or ElfSectionType.Null) return default;
        if (section.Offset > (ulong)_image.Length || section.Size > (ulong)_image.Length - section.Offset)
        {
            throw new ObjectFormatException(
                $"its {section.Size} bytes at file offset 0x{section.Offset:x} lie outside of the file of {_image.Length} bytes",
                SectionName(section));
        }

        if ((section.Flags & ElfSectionFlags.Compressed) != 0)
            throw new ObjectFormatException("compressed sections cannot be loaded", SectionName(section));
        return _image.Slice((int)section.Offset, (int)section.Size);
    }

    /// <summary>The symbol table of <paramref name="section"/>.</summary>
    public ElfSymbolTable Symbols(in ElfSection section)
    {
        CheckEntries(section, ElfConstants.SymbolSize);
        ReadOnlyMemory<byte> extended = default;
        if (SectionCount >= ElfConstants.FirstReservedIndex)
        {
            for (int i = 1; i < SectionCount; i++)
            {
                ElfSection candidate = Section(i);
                if (candidate.Type == ElfSectionType.SymbolTableIndices && candidate.Link == section.Index)
                    extended = Data(candidate);
            }
        }

        ElfSection names = Section((int)Math.Min(section.Link, int.MaxValue));
        return new ElfSymbolTable(Data(section), Data(names), extended, SectionCount, _swap);
    }

    /// <summary>The relocations in <paramref name="section"/>, an <c>SHT_REL</c>.</summary>
    public ElfRelocationTable Relocations(in ElfSection section)
    {
        CheckEntries(section, ElfConstants.RelocationSize);
        return new ElfRelocationTable(Data(section), _swap);
    }

    private static void CheckBpf(ReadOnlySpan<byte> header, bool swap)
    {
        // LLVM before 3.7.1 wrote EM_NONE for BPF.
        ushort machine = header.U16(18, swap);
        if (machine is not (ElfConstants.MachineBpf or ElfConstants.MachineNone))
        {
            throw new ObjectFormatException(
                $"not a BPF object: its machine is {machine}, BPF's is {ElfConstants.MachineBpf} (compile with clang -target bpf)",
                offset: 18);
        }

        ushort type = header.U16(16, swap);
        if (type != ElfConstants.TypeRelocatable)
        {
            throw new ObjectFormatException(
                $"not a relocatable object: its ELF type is {type} (compile with clang -c)", offset: 16);
        }
    }

    private void CheckEntries(in ElfSection section, int size)
    {
        if (section.EntrySize != (ulong)size || section.Size % (ulong)size != 0)
        {
            throw new ObjectFormatException(
                $"{section.Size} bytes in entries of {section.EntrySize}: entries should have {size}",
                SectionName(section));
        }
    }

    private ElfSection ReadSection(ReadOnlySpan<byte> image, int index)
    {
        // The constructor has checked that the whole table lies inside of the file.
        ReadOnlySpan<byte> entry = image.Slice(
            (int)_sectionTable + (index * ElfConstants.SectionHeaderSize), ElfConstants.SectionHeaderSize);
        return new ElfSection
        {
            Index = index,
            NameOffset = entry.U32(0, _swap),
            Type = (ElfSectionType)entry.U32(4, _swap),
            Flags = (ElfSectionFlags)entry.U64(8, _swap),
            Offset = entry.U64(24, _swap),
            Size = entry.U64(32, _swap),
            Link = entry.U32(40, _swap),
            Info = entry.U32(44, _swap),
            EntrySize = entry.U64(56, _swap),
        };
    }

    private (int Count, int NameIndex) ReadSectionTableExtent(ReadOnlySpan<byte> image)
    {
        const int size = ElfConstants.SectionHeaderSize;
        ushort entrySize = image.U16(58, _swap);
        if (_sectionTable == 0) throw new ObjectFormatException("there is no section table", offset: 40);
        if (entrySize != size)
            throw new ObjectFormatException($"section headers have {entrySize} bytes: should be {size}", offset: 58);
        if (_sectionTable > (ulong)image.Length || (ulong)image.Length - _sectionTable < size)
            throw TableOutside(image.Length);

        // A count or index too large for 16 bits stands in section 0 (gABI, chapter 4).
        uint count = image.U16(60, _swap);
        uint nameIndex = image.U16(62, _swap);
        ElfSection first = ReadSection(image, 0);
        if (count == 0) count = (uint)Math.Min(first.Size, uint.MaxValue);
        if (nameIndex == ElfConstants.ExtendedIndex) nameIndex = first.Link;
        if (count > ((ulong)image.Length - _sectionTable) / size) throw TableOutside(image.Length);
        return ((int)count, (int)Math.Min(nameIndex, int.MaxValue));
    }

    private ReadOnlyMemory<byte> ReadNameTable(int index)
    {
        if (index >= SectionCount)
        {
            throw new ObjectFormatException(
                $"the section name table is section {index}, but there are {SectionCount}", offset: 62);
        }

        // Not Data(): its errors name the section, and names are what is being looked for.
        ElfSection names = ReadSection(_image.Span, index);
        if (names.Type == ElfSectionType.NoBits
            || names.Offset > (ulong)_image.Length
            || names.Size > (ulong)_image.Length - names.Offset)
        {
            throw new ObjectFormatException(
                $"the section name table lies outside of the file of {_image.Length} bytes", offset: (long)_sectionTable);
        }

        return _image.Slice((int)names.Offset, (int)names.Size);
    }

    private ObjectFormatException NoSection(int index) => new($"section {index} does not exist: there are {SectionCount}");

    private ObjectFormatException TableOutside(int length) =>
        new($"truncated: the section table at 0x{_sectionTable:x} lies outside of the file of {length} bytes", offset: 40);
}
