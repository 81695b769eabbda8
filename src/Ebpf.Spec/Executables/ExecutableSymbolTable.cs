using System.Buffers;
using System.Text;
using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Executables;

/// <summary>A symbol table of an executable, of which neither entries nor names are kept in memory.</summary>
/// <remarks>
/// A name is looked for in the names first, as text, and then by its offset in the entries: two passes over plain bytes, where looking at
/// the name of each entry would read here and there.
/// </remarks>
internal sealed class ExecutableSymbolTable
{
    /// <summary>A multiple of both sizes of an entry.</summary>
    private const int ChunkSize = 96 * 1024;

    private readonly ElfExecutable _file;
    private readonly ulong _entries;
    private readonly long _count;
    private readonly ulong _names;
    private readonly ulong _namesEnd;
    private readonly SymbolVersions? _versions;

    /// <summary>Describes a table.</summary>
    /// <param name="file">The file in which it is.</param>
    /// <param name="origin">Which table it is.</param>
    /// <param name="entries">Where its entries begin in the file, and how many there are; what lies outside of the file is left out.</param>
    /// <param name="names">Where its names begin, and how many bytes they have.</param>
    /// <param name="versions">The versions of its names.</param>
    public ExecutableSymbolTable(
        ElfExecutable file, SymbolOrigin origin, (ulong Offset, ulong Count) entries, (ulong Offset, ulong Size) names, SymbolVersions? versions = null)
    {
        ulong length = file.Source.Length;
        _file = file;
        Origin = origin;
        _versions = versions;
        _entries = Math.Min(entries.Offset, length);
        _count = (long)Math.Min(entries.Count, (length - _entries) / (ulong)file.Layout.SymbolSize);
        _names = Math.Min(names.Offset, length);
        _namesEnd = _names + Math.Min(names.Size, length - _names);
    }

    public SymbolOrigin Origin { get; }

    /// <summary>What is added to each address: where the executed file is prelinked, and this one is not.</summary>
    public ulong Shift { get; init; }

    /// <summary>How many entries it has.</summary>
    public long Count => _count;

    /// <summary>The table that a section header tells of.</summary>
    /// <returns><c>null</c> if there is no such section, or it has no contents.</returns>
    public static ExecutableSymbolTable? InSection(ElfExecutable file, ElfSectionType type, SymbolOrigin origin, ulong shift = 0)
    {
        if (!file.TryFindSection(type, out ElfSection section) || section.Link >= (uint)file.SectionCount) return null;
        ElfSection names = file.Section((int)section.Link);
        ulong count = section.Size / (ulong)file.Layout.SymbolSize;
        return count < 2 || names.Type != ElfSectionType.StringTable
            ? null
            : new ExecutableSymbolTable(file, origin, (section.Offset, count), (names.Offset, names.Size)) { Shift = shift };
    }

    /// <summary>Finds the functions of a name.</summary>
    /// <param name="name">The name, without a version.</param>
    /// <param name="found">Gets what is found.</param>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public void Find(ReadOnlySpan<byte> name, List<ExecutableSymbol> found)
    {
        if (TextSearch.Find(_file.Source, _names, _namesEnd, name) is not { } texts) FindByEach(name, found);
        else if (texts.Count > 0) FindEntries(texts, found);
    }

    /// <summary>Looks at each symbol that is defined here and can be code, in the order of the table.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public void ForEach(SymbolVisitor visit)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            for (long first = 0; first < _count; first += ChunkSize / _file.Layout.SymbolSize)
            {
                ReadOnlySpan<byte> entries = ReadEntries(first, buffer);
                if (entries.IsEmpty) return;
                for (int at = 0, i = 0; at < entries.Length; at += _file.Layout.SymbolSize, i++)
                {
                    SymbolEntry entry = Decode(entries[at..], first + i);
                    if (!entry.CanBeCode) continue;
                    ReadOnlySpan<byte> name = _file.Windows.TextAt(_names + entry.NameOffset, _namesEnd);
                    if (!name.IsEmpty && !visit(entry, name)) return;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The function in which an address lies: the one that ends behind it, or else the nearest one of unknown size before it.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ExecutableSymbol? FindContaining(ulong address)
    {
        SymbolEntry? best = null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            for (long first = 0; first < _count; first += ChunkSize / _file.Layout.SymbolSize)
            {
                ReadOnlySpan<byte> entries = ReadEntries(first, buffer);
                if (entries.IsEmpty) break;
                for (int at = 0, i = 0; at < entries.Length; at += _file.Layout.SymbolSize, i++)
                {
                    SymbolEntry entry = Decode(entries[at..], first + i);
                    ulong start = AddressOf(entry);
                    if (!entry.CanBeCode || start > address || (entry.Size > 0 && address - start >= entry.Size)) continue;
                    if (best is not { } other || start > AddressOf(other) || (start == AddressOf(other) && entry.Size > 0 && other.Size == 0)) best = entry;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return best is { } entryFound ? Symbol(entryFound, _file.Windows.TextAt(_names + entryFound.NameOffset, _namesEnd)) : null;
    }

    /// <summary>The symbol of an entry; <c>null</c> if it is none of those looked for.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="text">Its name; a linker writes the version into that of <c>.symtab</c>: <c>memcpy@@GLIBC_2.14</c>.</param>
    public ExecutableSymbol Symbol(in SymbolEntry entry, ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)'@');
        string? version = null;
        bool isDefault = true;
        if (end >= 0)
        {
            isDefault = text[end..].StartsWith("@@"u8);
            version = Encoding.UTF8.GetString(text[(end + (isDefault ? 2 : 1))..]);
            text = text[..end];
        }
        else if (_versions is not null)
        {
            (version, isDefault) = _versions.Of(entry.Index);
        }

        return new ExecutableSymbol
        {
            Name = Encoding.UTF8.GetString(text),
            Version = version,
            IsDefault = isDefault,
            Address = AddressOf(entry),
            Size = entry.Size,
            Type = entry.Type,
            Binding = entry.Binding,
            Origin = Origin,
        };
    }

    /// <summary>Adds the symbol of an entry if it is a function of a name: for tables that are looked up by hash.</summary>
    public void AddIfNamed(long index, ReadOnlySpan<byte> name, List<ExecutableSymbol> found)
    {
        if (index >= _count) return;
        Span<byte> bytes = stackalloc byte[ElfConstants.SymbolSize];
        bytes = bytes[.._file.Layout.SymbolSize];
        if (!_file.Source.TryRead(_entries + ((ulong)index * (ulong)bytes.Length), bytes)) return;
        SymbolEntry entry = Decode(bytes, index);
        ReadOnlySpan<byte> text = _file.Windows.TextAt(_names + entry.NameOffset, _namesEnd);
        if (text.SequenceEqual(name) && IsFunction(entry)) found.Add(Symbol(entry, text));
    }

    /// <summary>Whether a symbol is code, by its type, or by where it is: assembly language leaves types out.</summary>
    public bool IsFunction(in SymbolEntry entry) =>
        entry.CanBeCode && (entry.Type != ElfSymbolType.None || _file.IsCode(AddressOf(entry)));

    /// <summary>The entries whose names begin at given places.</summary>
    private void FindEntries(List<uint> texts, List<ExecutableSymbol> found)
    {
        // One look at a table of bits for nearly every entry.
        const int filterBits = 1 << 12;
        Span<ulong> filter = stackalloc ulong[filterBits / 64];
        filter.Clear();
        foreach (uint text in texts) filter[(int)(text % filterBits / 64)] |= 1UL << (int)(text % 64);
        int size = _file.Layout.SymbolSize;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            for (long first = 0; first < _count; first += ChunkSize / size)
            {
                ReadOnlySpan<byte> entries = ReadEntries(first, buffer);
                if (entries.IsEmpty) return;
                for (int at = 0; at < entries.Length; at += size)
                {
                    uint text = entries.U32(at, _file.Swap);
                    if ((filter[(int)(text % filterBits / 64)] & (1UL << (int)(text % 64))) == 0 || texts.BinarySearch(text) < 0) continue;
                    SymbolEntry entry = Decode(entries[at..], first + (at / size));
                    if (IsFunction(entry)) found.Add(Symbol(entry, _file.Windows.TextAt(_names + entry.NameOffset, _namesEnd)));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void FindByEach(ReadOnlySpan<byte> name, List<ExecutableSymbol> found)
    {
        byte[] wanted = name.ToArray();
        ForEach((in SymbolEntry entry, ReadOnlySpan<byte> text) =>
        {
            if (text.StartsWith(wanted) && (text.Length == wanted.Length || text[wanted.Length] == '@') && IsFunction(entry))
                found.Add(Symbol(entry, text));
            return true;
        });
    }

    private ReadOnlySpan<byte> ReadEntries(long first, byte[] buffer)
    {
        int size = _file.Layout.SymbolSize;
        int length = (int)Math.Min((_count - first) * size, ChunkSize);
        length = _file.Source.ReadAt(_entries + ((ulong)first * (ulong)size), buffer.AsSpan(0, length));
        return buffer.AsSpan(0, length - (length % size));
    }

    private SymbolEntry Decode(ReadOnlySpan<byte> entry, long index)
    {
        bool swap = _file.Swap;
        return _file.Is64Bit
            ? new SymbolEntry(index, entry.U32(0, swap), entry.U64(8, swap), entry.U64(16, swap), entry[4], entry.U16(6, swap))
            : new SymbolEntry(index, entry.U32(0, swap), entry.U32(4, swap), entry.U32(8, swap), entry[12], entry.U16(14, swap));
    }

    /// <summary>On 32-bit ARM the lowest bit says that the function is Thumb code, and is no part of the address.</summary>
    private ulong AddressOf(in SymbolEntry entry) =>
        (_file.Machine == ElfMachine.Arm && entry.Type != ElfSymbolType.None ? entry.Address & ~1UL : entry.Address) + Shift;
}
