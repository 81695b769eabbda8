using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Executables;

/// <summary>
/// The symbols that the dynamic linker sees, found as it finds them: by the program header PT_DYNAMIC and the hash tables, without section
/// headers.
/// </summary>
internal sealed class DynamicSymbols
{
    private readonly ElfExecutable _file;
    private readonly ulong? _gnuHash;

    /// <summary>To the end of the file: how many symbols there are only matters to those who look at all.</summary>
    private readonly ExecutableSymbolTable _entries;

    private readonly Lazy<ExecutableSymbolTable> _table;

    private DynamicSymbols(ElfExecutable file, Func<ulong, ExecutableSymbolTable> make, Func<ulong> count, ulong? gnuHash)
    {
        _file = file;
        _gnuHash = gnuHash;
        _entries = make(long.MaxValue);
        _table = new(() => make(count()), LazyThreadSafetyMode.None);
    }

    /// <summary>All of them.</summary>
    public ExecutableSymbolTable Table => _table.Value;

    /// <summary>Finds the table of a file.</summary>
    /// <returns><c>null</c> if it is not linked dynamically, or what would tell is damaged.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public static DynamicSymbols? Of(ElfExecutable file)
    {
        foreach (ElfSegment segment in file.Segments)
        {
            if (segment.Type == ElfSegmentType.Dynamic && file.Source.TryRead(segment.Offset, segment.FileSize, Limits.MaxDynamicTable) is { } entries)
                return Read(file, entries);
        }

        return null;
    }

    /// <summary>Finds the functions of a name.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public void Find(ReadOnlySpan<byte> name, List<ExecutableSymbol> found)
    {
        if (_gnuHash is { } hash) FindByHash(hash, name, found);
        else Table.Find(name, found);
    }

    private static DynamicSymbols? Read(ElfExecutable file, byte[] entries)
    {
        ulong? hash = null, strings = null, symbols = null, gnuHash = null, versions = null, definitions = null;
        ulong stringsSize = 0, definitionCount = 0;
        int word = file.Is64Bit ? 8 : 4;
        for (int at = 0; at + (2 * word) <= entries.Length; at += 2 * word)
        {
            ulong value = file.Word(entries, at + word);
            switch (file.Word(entries, at))
            {
                case 0: at = entries.Length; break;
                case 4: hash = Place(value); break;
                case 5: strings = Place(value); break;
                case 6: symbols = Place(value); break;
                case 10: stringsSize = value; break;
                case 0x6ffffef5: gnuHash = Place(value); break;
                case 0x6ffffff0: versions = Place(value); break;
                case 0x6ffffffc: definitions = Place(value); break;
                case 0x6ffffffd: definitionCount = value; break;
            }
        }

        if (strings is not { } names || symbols is not { } table) return null;
        SymbolVersions? known = versions is { } of && definitions is { } named
            ? new SymbolVersions(file, of, (named, definitionCount), (names, names + Math.Min(stringsSize, file.Source.Length)))
            : null;
        return new DynamicSymbols(
            file,
            count => new ExecutableSymbolTable(file, SymbolOrigin.DynamicTable, (table, count), (names, stringsSize), known),
            () => gnuHash is { } newer ? CountByGnuHash(file, newer) : hash is { } older ? CountByHash(file, older) : CountBySection(file),
            gnuHash);

        ulong? Place(ulong address) => file.TryGetOffset(address, out ulong offset) ? offset : null;
    }

    private static ulong CountBySection(ElfExecutable file) =>
        file.TryFindSection(ElfSectionType.DynamicSymbolTable, out ElfSection section) ? section.Size / (ulong)file.Layout.SymbolSize : 0;

    private static ulong CountByHash(ElfExecutable file, ulong offset)
    {
        // Numbers of buckets and of chains, which is that of the symbols; of 8 bytes each on 64-bit s390.
        bool isWide = file is { Machine: ElfMachine.S390, Is64Bit: true };
        ReadOnlySpan<byte> header = file.Windows.At(offset, isWide ? 16 : 8);
        if (header.Length < (isWide ? 16 : 8)) return 0;
        return isWide ? header.U64(8, file.Swap) : header.U32(4, file.Swap);
    }

    /// <summary>The table does not tell: the last symbol is at the end of the chain that begins last.</summary>
    private static ulong CountByGnuHash(ElfExecutable file, ulong offset)
    {
        if (GnuHash.Read(file, offset) is not { } hash) return 0;
        uint last = 0;
        for (ulong i = 0; i < hash.BucketCount; i++)
        {
            if (!hash.TryRead(hash.Buckets + (i * 4), out uint bucket)) return 0;
            last = Math.Max(last, bucket);
        }

        if (last < hash.FirstSymbol) return hash.FirstSymbol;
        while (hash.TryRead(hash.Chains + ((ulong)(last - hash.FirstSymbol) * 4), out uint value) && (value & 1) == 0 && last < int.MaxValue) last++;
        return (ulong)last + 1;
    }

    private void FindByHash(ulong offset, ReadOnlySpan<byte> name, List<ExecutableSymbol> found)
    {
        if (GnuHash.Read(_file, offset) is not { BucketCount: > 0 } hash) return;
        uint value = 5381;
        foreach (byte c in name) value = (value * 33) + c;
        if (!hash.TryRead(hash.Buckets + (value % hash.BucketCount * 4), out uint symbol) || symbol < hash.FirstSymbol) return;
        for (; symbol < _entries.Count && hash.TryRead(hash.Chains + ((ulong)(symbol - hash.FirstSymbol) * 4), out uint chain); symbol++)
        {
            if ((chain | 1) == (value | 1)) _entries.AddIfNamed(symbol, name, found);
            if ((chain & 1) != 0) break;
        }
    }

    /// <summary>The parts of a GNU hash table.</summary>
    private readonly record struct GnuHash(ElfExecutable File, uint BucketCount, uint FirstSymbol, ulong Buckets, ulong Chains)
    {
        public static GnuHash? Read(ElfExecutable file, ulong offset)
        {
            const int headerSize = 16;
            ReadOnlySpan<byte> header = file.Windows.At(offset, headerSize);
            if (header.Length < headerSize) return null;
            uint buckets = header.U32(0, file.Swap);
            ulong filterSize = (ulong)header.U32(8, file.Swap) * (file.Is64Bit ? 8u : 4u);
            ulong start = offset + headerSize + filterSize;
            if (!file.Source.Contains(start, (ulong)buckets * 4)) return null;
            return new GnuHash(file, buckets, header.U32(4, file.Swap), start, start + ((ulong)buckets * 4));
        }

        public bool TryRead(ulong offset, out uint value)
        {
            ReadOnlySpan<byte> bytes = File.Windows.At(offset, 4);
            value = bytes.Length == 4 ? bytes.U32(0, File.Swap) : 0;
            return bytes.Length == 4;
        }
    }
}
