using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Executables;

/// <summary>
/// A program or a shared library in ELF, of 32 or 64 bits and of either byte order, of which only the parts are read that are asked
/// for.
/// </summary>
/// <remarks>
/// What the kernel and the dynamic linker use must be sound: the header and the program headers. They do not look at section headers,
/// so an executable may lack them, or have damaged ones: then it has no sections (<see cref="SectionCount"/>). For one thread at a time.
/// </remarks>
internal sealed partial class ElfExecutable
{
    private readonly ElfSegment[] _segments;
    private ByteWindows? _windows;

    /// <summary>Reads the header and the program headers.</summary>
    /// <param name="source">The file.</param>
    /// <exception cref="ObjectFormatException">It is no ELF file, or is cut short.</exception>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ElfExecutable(ByteSource source)
    {
        Source = source;
        Span<byte> start = stackalloc byte[ElfConstants.HeaderSize];
        start = start[..source.ReadAt(0, start)];
        ReadOnlySpan<byte> header = start;
        if (!header.StartsWith(ElfFile.Magic)) throw new ObjectFormatException("not an ELF file: the magic number is missing", offset: 0);
        if (header.Length < ElfLayout.Bits32.HeaderSize) throw Truncated("ELF header");
        Layout = header[4] switch
        {
            1 => ElfLayout.Bits32,
            2 => ElfLayout.Bits64,
            byte bits => throw new ObjectFormatException($"neither a 32-bit nor a 64-bit ELF file (EI_CLASS is {bits})", offset: 4),
        };
        if (header.Length < Layout.HeaderSize) throw Truncated("ELF header");
        ByteOrder = header[5] switch
        {
            1 => ByteOrder.LittleEndian,
            2 => ByteOrder.BigEndian,
            byte data => throw new ObjectFormatException($"unknown byte order (EI_DATA is {data})", offset: 5),
        };
        Swap = ByteOrder.NeedsSwap();
        Type = (ElfFileType)header.U16(16, Swap);
        Machine = (ElfMachine)header.U16(18, Swap);
        Entry = Word(header, 24);
        _sections = ReadSectionTable(header);
        _segments = ReadSegments(header);
    }

    /// <summary>The file.</summary>
    public ByteSource Source { get; }

    public bool Is64Bit => Layout.Is64Bit;

    public ByteOrder ByteOrder { get; }

    /// <summary>Whether its numbers must be turned round on this machine.</summary>
    public bool Swap { get; }

    public ElfFileType Type { get; }

    public ElfMachine Machine { get; }

    /// <summary>The address at which a program starts; 0 for none.</summary>
    public ulong Entry { get; }

    /// <summary>The program headers, in their order.</summary>
    public ReadOnlySpan<ElfSegment> Segments => _segments;

    /// <summary>Small pieces of the file.</summary>
    public ByteWindows Windows => _windows ??= new ByteWindows(Source);

    /// <summary>Where the fields are.</summary>
    public ElfLayout Layout { get; }

    /// <summary>Whether a file begins as ELF files do.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public static bool IsElf(ByteSource source)
    {
        Span<byte> magic = stackalloc byte[4];
        return source.TryRead(0, magic) && magic.SequenceEqual(ElfFile.Magic);
    }

    /// <summary>A number that has as many bytes as an address.</summary>
    public ulong Word(ReadOnlySpan<byte> data, int offset) => Is64Bit ? data.U64(offset, Swap) : data.U32(offset, Swap);

    /// <summary>The part of the file that is loaded at an address.</summary>
    /// <param name="address">The address, as the file has it: before the library is moved to where there is room.</param>
    /// <param name="segment">The program header of the part.</param>
    /// <returns>Whether bytes of the file are there: not for memory beyond them, which starts with zeros.</returns>
    public bool TryFindSegment(ulong address, out ElfSegment segment)
    {
        foreach (ElfSegment candidate in _segments)
        {
            segment = candidate;
            if (candidate.IsLoaded && address >= candidate.Address && address - candidate.Address < candidate.FileSize) return true;
        }

        segment = default;
        return false;
    }

    /// <summary>Where the bytes of an address lie in the file, by the program headers (PT_LOAD).</summary>
    public bool TryGetOffset(ulong address, out ulong offset)
    {
        bool found = TryFindSegment(address, out ElfSegment segment);
        offset = found ? segment.Offset + (address - segment.Address) : 0;
        return found;
    }

    /// <summary>The address of a place in the file. Where it is loaded more than once, that of the executable part is preferred.</summary>
    public bool TryGetAddress(ulong offset, out ulong address)
    {
        bool found = false;
        address = 0;
        foreach (ElfSegment segment in _segments)
        {
            if (!segment.IsLoaded || offset < segment.Offset || offset - segment.Offset >= segment.FileSize) continue;
            if (found && !segment.IsExecutable) continue;
            address = segment.Address + (offset - segment.Offset);
            found = true;
            if (segment.IsExecutable) break;
        }

        return found;
    }

    /// <summary>Whether an address is in a part that is loaded as code.</summary>
    public bool IsCode(ulong address) => TryFindSegment(address, out ElfSegment segment) && segment.IsExecutable;

    private ElfSegment[] ReadSegments(ReadOnlySpan<byte> header)
    {
        const ushort countElsewhere = 0xffff; // PN_XNUM
        ulong offset = Word(header, Layout.ProgramHeaders);
        int entrySize = header.U16(Layout.Counts + 2, Swap);
        uint count = header.U16(Layout.Counts + 4, Swap);
        if (count == countElsewhere && _sections is not null) count = SectionAt(0).Info;
        if (count == 0 || offset == 0) return [];
        if (entrySize != Layout.ProgramHeaderSize)
            throw new ObjectFormatException($"program headers have {entrySize} bytes: should be {Layout.ProgramHeaderSize}", offset: Layout.Counts + 2);
        byte[] table = Source.TryRead(offset, (ulong)count * (ulong)entrySize, Limits.MaxProgramHeaders * entrySize) ?? throw Truncated("table of program headers");
        ElfSegment[] segments = new ElfSegment[count];
        for (int i = 0; i < segments.Length; i++) segments[i] = SegmentAt(table.AsSpan(i * entrySize, entrySize));
        return segments;
    }

    private ElfSegment SegmentAt(ReadOnlySpan<byte> entry) => new()
    {
        Type = (ElfSegmentType)entry.U32(0, Swap),
        Flags = entry.U32(Is64Bit ? 4 : 24, Swap),
        Offset = Word(entry, Is64Bit ? 8 : 4),
        Address = Word(entry, Is64Bit ? 16 : 8),
        FileSize = Word(entry, Is64Bit ? 32 : 16),
        MemorySize = Word(entry, Is64Bit ? 40 : 20),
        Alignment = Word(entry, Is64Bit ? 48 : 28),
    };

    private ObjectFormatException Truncated(string what) => new($"truncated: the {what} lies outside of the file of {Source.Length} bytes");
}
