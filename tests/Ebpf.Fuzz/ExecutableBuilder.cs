using System.Buffers.Binary;
using System.Text;
using Ebpf.Executables;

namespace Ebpf.Fuzz;

/// <summary>Writes ELF executables of either width and byte order: sections by name, and symbols.</summary>
internal sealed class ExecutableBuilder(bool is64Bit = true, ByteOrder order = ByteOrder.LittleEndian)
{
    private readonly List<(string Name, uint Type, ulong Flags, ulong Address, byte[] Content, uint Link)> _sections = [];
    private readonly List<byte[]> _segments = [];

    public const ulong CodeAddress = 0x401000, CodeOffset = 0x1000;

    public bool HasSectionHeaders { get; init; } = true;

    /// <summary>Whether counts stand in section 0, as for more than 65,280 sections.</summary>
    public bool HasExtendedCounts { get; init; }

    public ElfMachine Machine { get; init; } = ElfMachine.X86_64;

    public ElfLayout Layout => is64Bit ? ElfLayout.Bits64 : ElfLayout.Bits32;

    /// <summary>Adds a section behind the code.</summary>
    public ExecutableBuilder Section(string name, byte[] content, uint type = 1, ulong flags = 0, ulong address = 0, uint link = 0)
    {
        _sections.Add((name, type, flags, address, content, link));
        return this;
    }

    /// <summary>Adds a table of symbols and its names.</summary>
    public ExecutableBuilder Symbols(params (string Name, ulong Value, int Type, int Binding)[] symbols)
    {
        MemoryStream names = new(), table = new();
        names.WriteByte(0);
        table.Write(new byte[Layout.SymbolSize]);
        foreach ((string name, ulong value, int type, int binding) in symbols)
        {
            int at = (int)names.Position;
            names.Write(Encoding.UTF8.GetBytes(name + '\0'));
            byte info = (byte)(type | (binding << 4));
            byte[] entry = is64Bit
                ? [.. U32((uint)at), info, 0, .. U16(1), .. Word(value), .. Word(16)]
                : [.. U32((uint)at), .. Word(value), .. Word(16), info, 0, .. U16(1)];
            table.Write(entry);
        }

        // Section 0 is the null section, 1 the code.
        uint strings = (uint)_sections.Count + 3;
        return Section(".symtab", table.ToArray(), type: 2, link: strings).Section(".strtab", names.ToArray(), type: 3);
    }

    public ExecutableBuilder Segment(ElfSegmentType type, uint flags, ulong offset, ulong address, ulong size)
    {
        byte[] rest = is64Bit
            ? [.. U32((uint)type), .. U32(flags), .. Word(offset), .. Word(address), .. Word(address), .. Word(size), .. Word(size), .. Word(0x1000)]
            : [.. U32((uint)type), .. Word(offset), .. Word(address), .. Word(address), .. Word(size), .. Word(size), .. U32(flags), .. Word(0x1000)];
        _segments.Add(rest);
        return this;
    }

    /// <summary>The file: code of one page at <see cref="CodeOffset"/>, what was added, and the section headers.</summary>
    public byte[] Build(byte[]? code = null)
    {
        code ??= new byte[0x1000];
        Segment(ElfSegmentType.Load, 5, CodeOffset, CodeAddress, (ulong)code.Length);
        MemoryStream file = new();
        file.Write(new byte[CodeOffset]);
        file.Write(code);
        List<byte> headers = [], names = [0];
        List<(string Name, uint Type, ulong Flags, ulong Address, ulong Offset, ulong Size, uint Link)> placed =
            [(".text", 1, 6, CodeAddress, CodeOffset, (ulong)code.Length, 0)];
        foreach ((string name, uint type, ulong flags, ulong address, byte[] content, uint link) in _sections)
        {
            while (file.Position % 8 != 0) file.WriteByte(0);
            placed.Add((name, type, flags, address, (ulong)file.Position, (ulong)content.Length, link));
            file.Write(content);
        }

        foreach (string name in placed.Select(section => section.Name)) names.AddRange(Encoding.UTF8.GetBytes(name + '\0'));
        names.AddRange(Encoding.UTF8.GetBytes(".shstrtab\0"));
        placed.Add((".shstrtab", 3, 0, 0, (ulong)file.Position, (ulong)names.Count, 0));
        file.Write([.. names]);
        while (file.Position % 8 != 0) file.WriteByte(0);
        ulong sectionTable = (ulong)file.Position;
        uint count = (uint)placed.Count + 1;
        headers.AddRange(Header("", 0, 0, 0, 0, HasExtendedCounts ? count : 0, HasExtendedCounts ? count - 1 : 0, names));
        foreach (var section in placed)
            headers.AddRange(Header(section.Name, section.Type, section.Flags, section.Address, section.Offset, section.Size, section.Link, names));
        if (HasSectionHeaders) file.Write([.. headers]);

        byte[] result = file.ToArray();
        byte[] header =
        [
            0x7f, (byte)'E', (byte)'L', (byte)'F', (byte)(is64Bit ? 2 : 1), (byte)(order == ByteOrder.LittleEndian ? 1 : 2), 1, 0, .. new byte[8],
            .. U16(2), .. U16((ushort)Machine), .. U32(1), .. Word(CodeAddress), .. Word((ulong)Layout.HeaderSize),
            .. Word(HasSectionHeaders ? sectionTable : 0), .. U32(0), .. U16((ushort)Layout.HeaderSize), .. U16((ushort)Layout.ProgramHeaderSize),
            .. U16((ushort)_segments.Count), .. U16((ushort)Layout.SectionHeaderSize),
            .. U16(HasExtendedCounts || !HasSectionHeaders ? (ushort)0 : (ushort)count),
            .. U16(HasExtendedCounts ? (ushort)0xffff : HasSectionHeaders ? (ushort)(count - 1) : (ushort)0),
        ];
        header.CopyTo(result, 0);
        int at = header.Length;
        foreach (byte[] segment in _segments)
        {
            segment.CopyTo(result, at);
            at += segment.Length;
        }

        return result;
    }

    public ElfExecutable Open(byte[]? code = null) => new(new MemorySource(Build(code)));

    public byte[] U16(ushort value)
    {
        byte[] bytes = new byte[2];
        if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        else BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    public byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        else BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public byte[] Word(ulong value)
    {
        if (!is64Bit) return U32((uint)value);
        byte[] bytes = new byte[8];
        if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        else BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    public byte[] Note(string name, uint type, byte[] content)
    {
        byte[] text = Encoding.UTF8.GetBytes(name + '\0');
        return [.. U32((uint)text.Length), .. U32((uint)content.Length), .. U32(type), .. Padded(text), .. Padded(content)];

        static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];
    }

    private byte[] Header(string name, uint type, ulong flags, ulong address, ulong offset, ulong size, uint link, List<byte> names)
    {
        uint at = name.Length == 0 ? 0 : (uint)Encoding.UTF8.GetString([.. names]).IndexOf('\0' + name + '\0', StringComparison.Ordinal) + 1;
        ulong entry = type == 2 ? (ulong)Layout.SymbolSize : 0;
        return [.. U32(at), .. U32(type), .. Word(flags), .. Word(address), .. Word(offset), .. Word(size), .. U32(link), .. U32(0), .. Word(1), .. Word(entry)];
    }
}
