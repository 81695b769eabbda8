using System.Buffers.Binary;
using System.Text;
using Ebpf.Elf;

namespace Ebpf.Fuzz;

/// <summary>Writes objects of any size and in either byte order, as no compiler would.</summary>
internal sealed class ElfBuilder(ByteOrder order = ByteOrder.LittleEndian)
{
    private const int Names = 1, Symbols = 2, SymbolNames = 3;

    private readonly bool _big = order == ByteOrder.BigEndian;

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

    /// <summary>Adds a section of code, of instructions as little-endian machines have them.</summary>
    public int Code(string name, params ReadOnlySpan<ulong> slots) => Code(SectionName(name), slots);

    /// <inheritdoc cref="Code(string, ReadOnlySpan{ulong})"/>
    public int Code(uint name, params ReadOnlySpan<ulong> slots)
    {
        List<byte> data = new(slots.Length * sizeof(ulong));
        foreach (ulong slot in slots)
        {
            byte registers = (byte)(slot >> 8);
            data.Add((byte)slot);
            data.Add(_big ? (byte)((registers << 4) | (registers >> 4)) : registers);
            Write(data, slot >> 16, sizeof(ushort));
            Write(data, slot >> 32, sizeof(uint));
        }

        return Section(name, ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Executable, [.. data]);
    }

    public int Data(string name, params byte[] data) =>
        Section(SectionName(name), ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Write, data);

    /// <summary>Adds a section of 64-bit numbers.</summary>
    public int Numbers(string name, IEnumerable<ulong> numbers)
    {
        List<byte> data = [];
        foreach (ulong number in numbers) Write(data, number, sizeof(ulong));
        return Data(name, [.. data]);
    }

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
            Write(data, offset, sizeof(ulong));
            Write(data, ((ulong)symbol << 32) | 1, sizeof(ulong));
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
        Write(_symbols, name, sizeof(uint));
        _symbols.Add((byte)(((int)binding << 4) | (int)type));
        _symbols.Add((byte)visibility);
        Write(_symbols, (ulong)section, sizeof(ushort));
        Write(_symbols, value, sizeof(ulong));
        Write(_symbols, size, sizeof(ulong));
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
        image.AddRange([2, (byte)(_big ? 2 : 1), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Write(image, ElfConstants.TypeRelocatable, sizeof(ushort));
        Write(image, ElfConstants.MachineBpf, sizeof(ushort));
        Write(image, 1, sizeof(uint));
        Write(image, 0, sizeof(ulong));
        Write(image, 0, sizeof(ulong));
        Write(image, (ulong)table, sizeof(ulong));
        Write(image, 0, sizeof(uint));
        ReadOnlySpan<int> rest = [ElfConstants.HeaderSize, 0, 0, ElfConstants.SectionHeaderSize, _sections.Count, Names];
        foreach (int number in rest) Write(image, (ulong)number, sizeof(ushort));
        foreach (var section in _sections) image.AddRange(section.Data);
        int offset = ElfConstants.HeaderSize;
        foreach (var section in _sections)
        {
            Write(image, section.Name, sizeof(uint));
            Write(image, (ulong)section.Type, sizeof(uint));
            Write(image, (ulong)section.Flags, sizeof(ulong));
            Write(image, 0, sizeof(ulong));
            Write(image, (ulong)offset, sizeof(ulong));
            Write(image, (ulong)section.Data.Length, sizeof(ulong));
            Write(image, section.Link, sizeof(uint));
            Write(image, section.Info, sizeof(uint));
            Write(image, 0, sizeof(ulong));
            Write(image, section.EntrySize, sizeof(ulong));
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

    private void Write(List<byte> bytes, ulong value, int size)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        if (_big)
        {
            BinaryPrimitives.WriteUInt64BigEndian(word, value << (64 - (size * 8)));
            bytes.AddRange(word[..size]);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, value);
            bytes.AddRange(word[..size]);
        }
    }
}
