using System.Buffers.Binary;
using System.Text;

namespace Ebpf.Elf;

/// <summary>
/// Writes a 64-bit relocatable ELF object for BPF out of sections, symbols and relocations. The same parts in the same order give
/// the same bytes.
/// </summary>
/// <remarks>
/// Relocations of a section become an <c>SHT_REL</c> section behind it; symbol and string table come last. Local symbols are put
/// before the others, as ELF wants them.
/// </remarks>
internal sealed class ElfWriter(ByteOrder order)
{
    private readonly List<ElfOutputSection> _sections = [];
    private readonly List<ElfOutputSymbol> _symbols = [];
    private readonly List<byte> _strings = [0];
    private readonly Dictionary<string, uint> _stringOffsets = new(StringComparer.Ordinal) { [""] = 0 };

    /// <summary>Adds a section whose bytes are in the file.</summary>
    public ElfOutputSection AddSection(string name, ElfSectionFlags flags, byte[] data, uint alignment)
    {
        ElfOutputSection section = new(name, ElfSectionType.ProgramBits, flags, alignment) { Data = data, Size = (ulong)data.Length };
        _sections.Add(section);
        return section;
    }

    /// <summary>Adds a section of zeros, which take no bytes in the file.</summary>
    public ElfOutputSection AddZeros(string name, ElfSectionFlags flags, ulong size, uint alignment)
    {
        ElfOutputSection section = new(name, ElfSectionType.NoBits, flags, alignment) { Size = size };
        _sections.Add(section);
        return section;
    }

    /// <summary>Adds a symbol.</summary>
    /// <param name="name">The name; empty for that of a section.</param>
    /// <param name="type">What it stands for.</param>
    /// <param name="binding">Who can refer to it.</param>
    /// <param name="section">The section in which it lies; <c>null</c> for one that is not defined.</param>
    /// <param name="value">Where in the section, in bytes.</param>
    /// <param name="size">Its size, in bytes.</param>
    /// <param name="visibility">Who can see it.</param>
    public ElfOutputSymbol AddSymbol(
        string name,
        ElfSymbolType type,
        ElfSymbolBinding binding,
        ElfOutputSection? section,
        ulong value = 0,
        ulong size = 0,
        ElfSymbolVisibility visibility = ElfSymbolVisibility.Default)
    {
        ElfOutputSymbol symbol = new(name, type, binding, visibility, section, value, size);
        _symbols.Add(symbol);
        return symbol;
    }

    /// <summary>The symbol that stands for a whole section.</summary>
    public ElfOutputSymbol SymbolOf(ElfOutputSection section) =>
        section.Symbol ??= AddSymbol("", ElfSymbolType.Section, ElfSymbolBinding.Local, section);

    /// <summary>Lays everything out and writes it.</summary>
    /// <exception cref="BpfException">The object would have 2 GiB or more.</exception>
    public byte[] ToArray()
    {
        List<Header> headers = [default];
        foreach (ElfOutputSection section in _sections)
        {
            section.Index = headers.Count;
            headers.Add(new Header(section.Name, section.Type, section.Flags, section.Data, section.Size, section.Alignment));
            if (section.Relocations.Count > 0) headers.Add(default);
        }

        int symbolTable = headers.Count;
        bool isExtended = symbolTable + 3 >= ElfConstants.FirstReservedIndex;
        List<ElfOutputSymbol> symbols = NumberSymbols(out int locals);
        byte[] symbolBytes = WriteSymbols(symbols, isExtended, out byte[] sectionIndices);
        int strings = symbolTable + (isExtended ? 2 : 1);
        headers.Add(new Header(".symtab", ElfSectionType.SymbolTable, 0, symbolBytes, (ulong)symbolBytes.Length, sizeof(ulong))
        {
            Link = strings,
            Info = locals,
            EntrySize = ElfConstants.SymbolSize,
        });
        if (isExtended)
        {
            headers.Add(new Header(
                ".symtab_shndx", ElfSectionType.SymbolTableIndices, 0, sectionIndices, (ulong)sectionIndices.Length, sizeof(uint))
            {
                Link = symbolTable,
                EntrySize = sizeof(uint),
            });
        }

        foreach (ElfOutputSection section in _sections)
        {
            if (section.Relocations.Count == 0) continue;
            byte[] relocations = WriteRelocations(section);
            headers[section.Index + 1] = new Header(
                ".rel" + section.Name, ElfSectionType.Relocation, ElfSectionFlags.InfoLink, relocations, (ulong)relocations.Length, sizeof(ulong))
            {
                Link = symbolTable,
                Info = section.Index,
                EntrySize = ElfConstants.RelocationSize,
            };
        }

        // The last names; the table of strings names itself.
        foreach (Header header in headers) Intern(header.Name ?? "");
        Intern(".strtab");
        byte[] stringBytes = [.. _strings];
        headers.Add(new Header(".strtab", ElfSectionType.StringTable, 0, stringBytes, (ulong)stringBytes.Length, 1));
        return Assemble(headers, strings);
    }

    private static ulong Align(ulong offset, uint alignment) => (offset + alignment - 1) / alignment * alignment;

    private byte[] Assemble(List<Header> headers, int strings)
    {
        ulong end = ElfConstants.HeaderSize;
        ulong[] offsets = new ulong[headers.Count];
        for (int i = 1; i < headers.Count; i++)
        {
            offsets[i] = end = Align(end, headers[i].Alignment);
            end += (ulong)(headers[i].Data?.Length ?? 0);
        }

        ulong table = Align(end, sizeof(ulong));
        ulong length = table + ((ulong)headers.Count * ElfConstants.SectionHeaderSize);
        if (length > (ulong)Array.MaxLength) throw new BpfException($"Write object: it would have {length} bytes, more than 2 GiB");
        byte[] image = new byte[length];
        WriteFileHeader(image, table, headers.Count, strings);
        for (int i = 0; i < headers.Count; i++)
        {
            Header header = headers[i];
            header.Data?.CopyTo(image.AsSpan((int)offsets[i]));
            Span<byte> entry = image.AsSpan((int)table + (i * ElfConstants.SectionHeaderSize), ElfConstants.SectionHeaderSize);
            if (i == 0)
            {
                // What does not fit the 16 bits of the file's header stands here (gABI, chapter 4).
                if (headers.Count >= ElfConstants.FirstReservedIndex) Put64(entry[32..], (ulong)headers.Count);
                if (strings >= ElfConstants.FirstReservedIndex) Put32(entry[40..], (uint)strings);
                continue;
            }

            Put32(entry, Intern(header.Name!));
            Put32(entry[4..], (uint)header.Type);
            Put64(entry[8..], (ulong)header.Flags);
            Put64(entry[24..], offsets[i]);
            Put64(entry[32..], header.Size);
            Put32(entry[40..], (uint)header.Link);
            Put32(entry[44..], (uint)header.Info);
            Put64(entry[48..], header.Alignment);
            Put64(entry[56..], header.EntrySize);
        }

        return image;
    }

    private void WriteFileHeader(Span<byte> header, ulong table, int sections, int strings)
    {
        ElfFile.Magic.CopyTo(header);
        header[4] = 2;
        header[5] = order == ByteOrder.LittleEndian ? (byte)1 : (byte)2;
        header[6] = 1;
        Put16(header[16..], ElfConstants.TypeRelocatable);
        Put16(header[18..], ElfConstants.MachineBpf);
        Put32(header[20..], 1);
        Put64(header[40..], table);
        Put16(header[52..], ElfConstants.HeaderSize);
        Put16(header[58..], ElfConstants.SectionHeaderSize);
        Put16(header[60..], sections >= ElfConstants.FirstReservedIndex ? (ushort)0 : (ushort)sections);
        Put16(header[62..], strings >= ElfConstants.FirstReservedIndex ? (ushort)ElfConstants.ExtendedIndex : (ushort)strings);
    }

    /// <summary>The symbols in their final order, with their numbers.</summary>
    private List<ElfOutputSymbol> NumberSymbols(out int locals)
    {
        List<ElfOutputSymbol> ordered = [.. _symbols.Where(symbol => symbol.Binding == ElfSymbolBinding.Local)];
        locals = ordered.Count + 1;
        ordered.AddRange(_symbols.Where(symbol => symbol.Binding != ElfSymbolBinding.Local));
        for (int i = 0; i < ordered.Count; i++) ordered[i].Index = i + 1;
        return ordered;
    }

    private byte[] WriteSymbols(List<ElfOutputSymbol> symbols, bool isExtended, out byte[] sectionIndices)
    {
        byte[] table = new byte[(symbols.Count + 1) * ElfConstants.SymbolSize];
        sectionIndices = isExtended ? new byte[(symbols.Count + 1) * sizeof(uint)] : [];
        foreach (ElfOutputSymbol symbol in symbols)
        {
            Span<byte> entry = table.AsSpan(symbol.Index * ElfConstants.SymbolSize, ElfConstants.SymbolSize);
            int section = symbol.Section?.Index ?? 0;
            Put32(entry, Intern(symbol.Name));
            entry[4] = (byte)(((int)symbol.Binding << 4) | (int)symbol.Type);
            entry[5] = (byte)symbol.Visibility;
            Put16(entry[6..], section >= ElfConstants.FirstReservedIndex ? (ushort)ElfConstants.ExtendedIndex : (ushort)section);
            Put64(entry[8..], symbol.Value);
            Put64(entry[16..], symbol.Size);
            if (section >= ElfConstants.FirstReservedIndex) Put32(sectionIndices.AsSpan(symbol.Index * sizeof(uint)), (uint)section);
        }

        return table;
    }

    private byte[] WriteRelocations(ElfOutputSection section)
    {
        byte[] table = new byte[section.Relocations.Count * ElfConstants.RelocationSize];
        Span<byte> rest = table;
        foreach ((ulong offset, ElfOutputSymbol symbol, ElfRelocationType type) in section.Relocations)
        {
            Put64(rest, offset);
            Put64(rest[8..], ((ulong)symbol.Index << 32) | (uint)type);
            rest = rest[ElfConstants.RelocationSize..];
        }

        return table;
    }

    private uint Intern(string text)
    {
        if (_stringOffsets.TryGetValue(text, out uint offset)) return offset;
        offset = (uint)_strings.Count;
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        _stringOffsets.Add(text, offset);
        return offset;
    }

    private void Put16(Span<byte> destination, ushort value)
    {
        if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt16LittleEndian(destination, value);
        else BinaryPrimitives.WriteUInt16BigEndian(destination, value);
    }

    private void Put32(Span<byte> destination, uint value)
    {
        if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt32LittleEndian(destination, value);
        else BinaryPrimitives.WriteUInt32BigEndian(destination, value);
    }

    private void Put64(Span<byte> destination, ulong value)
    {
        if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt64LittleEndian(destination, value);
        else BinaryPrimitives.WriteUInt64BigEndian(destination, value);
    }

    /// <summary>A section header, without its place in the file.</summary>
    private readonly record struct Header(
        string? Name, ElfSectionType Type, ElfSectionFlags Flags, byte[]? Data, ulong Size, uint Alignment)
    {
        public int Link { get; init; }

        public int Info { get; init; }

        public ulong EntrySize { get; init; }
    }
}

/// <summary>A section that is being written.</summary>
internal sealed class ElfOutputSection(string name, ElfSectionType type, ElfSectionFlags flags, uint alignment)
{
    public string Name { get; } = name;

    public ElfSectionType Type { get; } = type;

    public ElfSectionFlags Flags { get; } = flags;

    public uint Alignment { get; } = alignment;

    /// <summary>The bytes; <c>null</c> for a section of zeros.</summary>
    public byte[]? Data { get; init; }

    public ulong Size { get; init; }

    public List<(ulong Offset, ElfOutputSymbol Symbol, ElfRelocationType Type)> Relocations { get; } = [];

    /// <summary>The symbol that stands for the whole section, once there is one.</summary>
    public ElfOutputSymbol? Symbol { get; set; }

    /// <summary>The index in the table of sections, once everything is laid out.</summary>
    public int Index { get; set; }
}

/// <summary>A symbol that is being written.</summary>
internal sealed class ElfOutputSymbol(
    string name,
    ElfSymbolType type,
    ElfSymbolBinding binding,
    ElfSymbolVisibility visibility,
    ElfOutputSection? section,
    ulong value,
    ulong size)
{
    public string Name { get; } = name;

    public ElfSymbolType Type { get; } = type;

    public ElfSymbolBinding Binding { get; } = binding;

    public ElfSymbolVisibility Visibility { get; } = visibility;

    public ElfOutputSection? Section { get; } = section;

    public ulong Value { get; } = value;

    public ulong Size { get; } = size;

    /// <summary>The index in the table of symbols, once everything is laid out.</summary>
    public int Index { get; set; }
}

/// <summary>The kinds of relocation that BPF objects have (LLVM's <c>BPF.def</c>).</summary>
internal enum ElfRelocationType : uint
{
    /// <summary><c>R_BPF_64_64</c>: a wide load.</summary>
    WideLoad = 1,

    /// <summary><c>R_BPF_64_ABS64</c>: eight bytes of data.</summary>
    Data = 2,

    /// <summary><c>R_BPF_64_32</c>: a call.</summary>
    Call = 10,
}
