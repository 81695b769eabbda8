using System.Buffers.Binary;
using System.Text;
using Ebpf.Elf;

namespace Ebpf.Spec.Tests.Fuzz;

/// <summary>Writes little-endian objects of any size, as no compiler would.</summary>
internal sealed class ElfBuilder
{
    private const int Names = 1, Symbols = 2, SymbolNames = 3;

    private readonly List<(uint Name, ElfSectionType Type, ElfSectionFlags Flags, byte[] Data, uint Link, uint Info, uint EntrySize)> _sections =
        [(0, ElfSectionType.Null, 0, [], 0, 0, 0), default, default, default];

    private readonly List<byte> _names = [0];
    private readonly List<byte> _symbols = [.. new byte[ElfConstants.SymbolSize]];
    private readonly List<byte> _symbolNames = [0];
    private readonly Dictionary<string, uint> _symbolNameOffsets = [];

    /// <summary>How many symbols there are, the null symbol included.</summary>
    public int SymbolCount => _symbols.Count / ElfConstants.SymbolSize;

    /// <summary>Adds a name of sections.</summary>
    public uint SectionName(string name) => AddName(_names, name);

    /// <summary>Adds a name of symbols, once.</summary>
    public uint SymbolName(string name)
    {
        if (!_symbolNameOffsets.TryGetValue(name, out uint offset)) _symbolNameOffsets.Add(name, offset = AddName(_symbolNames, name));
        return offset;
    }

    public int Code(string name, params ReadOnlySpan<ulong> slots) => Code(SectionName(name), slots);

    public int Code(uint name, params ReadOnlySpan<ulong> slots)
    {
        byte[] data = new byte[slots.Length * sizeof(ulong)];
        for (int i = 0; i < slots.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(i * sizeof(ulong)), slots[i]);
        return Section(name, ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Executable, data);
    }

    public int Data(string name, params byte[] data) =>
        Section(SectionName(name), ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Write, data);

    public int Section(uint name, ElfSectionType type, ElfSectionFlags flags, byte[] data, uint link = 0, uint info = 0, uint entrySize = 0)
    {
        _sections.Add((name, type, flags, data, link, info, entrySize));
        return _sections.Count - 1;
    }

    /// <summary>Adds relocations against a section.</summary>
    public void Relocate(int section, IEnumerable<(ulong Offset, int Symbol)> relocations)
    {
        List<byte> data = [];
        foreach ((ulong offset, int symbol) in relocations)
        {
            Write(data, offset);
            Write(data, ((ulong)symbol << 32) | 1);
        }

        Section(0, ElfSectionType.Relocation, 0, [.. data], Symbols, (uint)section, ElfConstants.RelocationSize);
    }

    public int Symbol(
        string name,
        ElfSymbolType type,
        int section,
        ulong value,
        ulong size,
        ElfSymbolBinding binding = ElfSymbolBinding.Global,
        ElfSymbolVisibility visibility = ElfSymbolVisibility.Default) =>
        Symbol(SymbolName(name), type, section, value, size, binding, visibility);

    public int Symbol(
        uint name,
        ElfSymbolType type,
        int section,
        ulong value,
        ulong size,
        ElfSymbolBinding binding = ElfSymbolBinding.Global,
        ElfSymbolVisibility visibility = ElfSymbolVisibility.Default)
    {
        Write(_symbols, name | ((ulong)type << 32) | ((ulong)binding << 36) | ((ulong)visibility << 40) | ((ulong)section << 48));
        Write(_symbols, value);
        Write(_symbols, size);
        return SymbolCount - 1;
    }

    public byte[] Build()
    {
        _sections[Names] = (SectionName(".strtab"), ElfSectionType.StringTable, 0, [.. _names], 0, 0, 0);
        _sections[Symbols] = (0, ElfSectionType.SymbolTable, 0, [.. _symbols], SymbolNames, 0, ElfConstants.SymbolSize);
        _sections[SymbolNames] = (0, ElfSectionType.StringTable, 0, [.. _symbolNames], 0, 0, 0);
        int table = ElfConstants.HeaderSize + _sections.Sum(section => section.Data.Length);
        List<byte> image = new(table + (_sections.Count * ElfConstants.SectionHeaderSize));
        image.AddRange("\u007fELF"u8);
        image.AddRange([2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Write(image, ElfConstants.TypeRelocatable | ((ulong)ElfConstants.MachineBpf << 16) | (1ul << 32));
        Write(image, 0);
        Write(image, 0);
        Write(image, (ulong)table);
        Write(image, (ulong)ElfConstants.HeaderSize << 32);
        Write(image, ((ulong)ElfConstants.SectionHeaderSize << 16) | ((ulong)_sections.Count << 32) | ((ulong)Names << 48));
        foreach (var section in _sections) image.AddRange(section.Data);
        int offset = ElfConstants.HeaderSize;
        foreach (var section in _sections)
        {
            Write(image, section.Name | ((ulong)section.Type << 32));
            Write(image, (ulong)section.Flags);
            Write(image, 0);
            Write(image, (ulong)offset);
            Write(image, (ulong)section.Data.Length);
            Write(image, section.Link | ((ulong)section.Info << 32));
            Write(image, 0);
            Write(image, section.EntrySize);
            offset += section.Data.Length;
        }

        return [.. image];
    }

    private static uint AddName(List<byte> names, string name)
    {
        uint offset = (uint)names.Count;
        names.AddRange(Encoding.UTF8.GetBytes(name));
        names.Add(0);
        return offset;
    }

    private static void Write(List<byte> bytes, ulong value)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(word, value);
        bytes.AddRange(word);
    }
}
