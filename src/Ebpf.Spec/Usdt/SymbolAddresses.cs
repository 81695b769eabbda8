using System.Text;
using Ebpf.Common;
using Ebpf.Elf;
using Ebpf.Executables;

namespace Ebpf.Usdt;

/// <summary>Finds the addresses of variables by name, for arguments that name one. All symbols are read once, when the first is asked for.</summary>
/// <param name="file">The file.</param>
internal sealed class SymbolAddresses(ElfExecutable file)
{
    private const int ThreadLocal = 6;

    private Entry[]? _entries;

    /// <summary>Finds the addresses that symbols of a name have, local symbols of several source files included.</summary>
    public IReadOnlyCollection<ulong> Find(string name)
    {
        _entries ??= Read();
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        uint hash = Hash(wanted);
        int index = Array.BinarySearch(_entries, new Entry(hash, 0, 0, 0));
        HashSet<ulong> found = [];
        for (index = index < 0 ? ~index : index; index < _entries.Length && _entries[index].Hash == hash; index++)
        {
            Entry entry = _entries[index];
            if (file.Windows.TextAt(entry.Name, entry.NamesEnd).SequenceEqual(wanted)) found.Add(entry.Address);
        }

        return found;
    }

    /// <summary>FNV-1a: what has the same is compared byte by byte.</summary>
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte character in name) hash = (hash ^ character) * 16777619;
        return hash;
    }

    /// <summary>The full table, or the one for the dynamic linker of a file that is stripped.</summary>
    private Entry[] Read()
    {
        List<Entry> entries = [];
        Read(ElfSectionType.SymbolTable, entries);
        if (entries.Count == 0) Read(ElfSectionType.DynamicSymbolTable, entries);
        entries.Sort();
        return [.. entries];
    }

    private void Read(ElfSectionType type, List<Entry> entries)
    {
        if (!file.TryFindSection(type, out ElfSection table) || table.Link >= file.SectionCount) return;
        ElfSection names = file.Section((int)table.Link);
        if (!file.Source.Contains(names.Offset, names.Size) || !file.Source.Contains(table.Offset, table.Size)) return;
        ulong namesEnd = names.Offset + names.Size;
        int size = file.Layout.SymbolSize;
        const int perRead = 1024;
        byte[] symbols = new byte[size * perRead];
        for (ulong at = 0; at + (ulong)size <= table.Size; at += (ulong)symbols.Length)
        {
            int length = file.Source.ReadAt(table.Offset + at, symbols.AsSpan(0, (int)Math.Min((ulong)symbols.Length, table.Size - at)));
            for (int i = 0; i + size <= length; i += size)
            {
                ReadOnlySpan<byte> symbol = symbols.AsSpan(i, size);
                int kind = symbol[file.Is64Bit ? 4 : 12] & 0xf, section = symbol.U16(file.Is64Bit ? 6 : 14, file.Swap);
                if (section == 0 || kind == ThreadLocal) continue;
                ulong name = names.Offset + symbol.U32(0, file.Swap);
                ReadOnlySpan<byte> text = file.Windows.TextAt(name, namesEnd);
                if (!text.IsEmpty) entries.Add(new Entry(Hash(text), name, namesEnd, file.Word(symbol, file.Is64Bit ? 8 : 4)));
            }
        }
    }

    private readonly record struct Entry(uint Hash, ulong Name, ulong NamesEnd, ulong Address) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => (Hash, Name).CompareTo((other.Hash, other.Name));
    }
}
