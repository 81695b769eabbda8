using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Elf;
using Ebpf.Object.Reading;

namespace Ebpf.Object.Maps;

/// <summary>
/// Reads maps that are defined by plain numbers (section <c>maps</c>): <c>struct bpf_map_def</c>, which libbpf gave up in
/// 1.0, and iproute2's <c>struct bpf_elf_map</c>.
/// </summary>
internal sealed class LegacyMapReader(ObjectFile file, ObjectMaps objectMaps)
{
    /// <summary>type, key_size, value_size, max_entries, map_flags: what all definitions begin with.</summary>
    private const int CommonSize = 5 * sizeof(uint);

    /// <summary>And id, pinning: iproute2 before 4.15.</summary>
    private const int OldIproute2Size = 7 * sizeof(uint);

    /// <summary>And inner_id, inner_idx.</summary>
    private const int Iproute2Size = 9 * sizeof(uint);

    private const string Iproute2Struct = "bpf_elf_map";

    /// <summary>The symbols of all such sections, by section and place.</summary>
    private List<ElfSymbol>? _symbols;

    /// <summary>The first of <see cref="_symbols"/> that has not been read.</summary>
    private int _next;

    /// <summary>Reads a section.</summary>
    /// <param name="sectionIndex">The section; each time a later one.</param>
    /// <param name="spec">Receives the maps.</param>
    /// <exception cref="ObjectFormatException">A definition is malformed.</exception>
    public void Read(int sectionIndex, CollectionSpec spec)
    {
        ElfSection section = file.Elf.Section(sectionIndex);
        string sectionName = file.Elf.SectionName(section);
        ReadOnlySpan<ElfSymbol> symbols = SymbolsIn(sectionIndex);
        if (symbols.IsEmpty) throw new ObjectFormatException("definitions of maps without symbols", sectionName);

        ReadOnlyMemory<byte> data = file.Elf.Data(section);
        List<MapSpec> maps = [];
        for (int i = 0; i < symbols.Length; i++)
        {
            // One ends where the next begins: assemblers need not say how large a symbol is.
            ulong end = i + 1 < symbols.Length ? symbols[i + 1].Value : (ulong)data.Length;
            MapSpec map = ReadMap(data, symbols[i], end, sectionName);
            if (!spec.Maps.TryAdd(map.Name, map)) throw new ObjectFormatException("two maps have this name", sectionName, map.Name);
            objectMaps.Define(sectionIndex, symbols[i].Value, map);
            maps.Add(map);
        }

        Iproute2Maps.Connect(maps, sectionName);
    }

    private ReadOnlySpan<ElfSymbol> SymbolsIn(int section)
    {
        _symbols ??= ReadSymbols();
        int first = _next;
        while (_next < _symbols.Count && _symbols[_next].Section == section) _next++;
        return CollectionsMarshal.AsSpan(_symbols)[first.._next];
    }

    private List<ElfSymbol> ReadSymbols()
    {
        List<ElfSymbol> found = [];
        for (int i = 1; i < file.Symbols.Count; i++)
        {
            ElfSymbol symbol = file.Symbols[i];
            if (file.Role(symbol.Section) == SectionRole.LegacyMaps && symbol.Type is ElfSymbolType.Object or ElfSymbolType.None
                && !file.Symbols.NameUtf8(symbol).IsEmpty)
            {
                found.Add(symbol);
            }
        }

        found.Sort(static (a, b) =>
            a.Section != b.Section ? a.Section.CompareTo(b.Section)
            : a.Value != b.Value ? a.Value.CompareTo(b.Value)
            : a.Index.CompareTo(b.Index));
        return found;
    }

    private MapSpec ReadMap(ReadOnlyMemory<byte> data, in ElfSymbol symbol, ulong end, string section)
    {
        string name = file.Symbols.Name(symbol);
        if (symbol.Binding == ElfSymbolBinding.Local)
            throw new ObjectFormatException("the map is static: a loader cannot see it, remove the qualifier", section, name);
        if (symbol.Value > end || end > (ulong)data.Length || end - symbol.Value < CommonSize)
        {
            throw new ObjectFormatException(
                $"a definition has at least {CommonSize} bytes, which are not there", section, name, (long)symbol.Value);
        }

        ReadOnlyMemory<byte> definition = data[(int)symbol.Value..(int)end];
        ReadOnlySpan<byte> bytes = definition.Span;
        bool swap = file.Elf.ByteOrder.NeedsSwap();
        int known = IsIproute2(symbol, bytes, swap) ? bytes.Length < Iproute2Size ? OldIproute2Size : Iproute2Size : CommonSize;
        return new MapSpec
        {
            Name = name,
            SectionName = section,
            Type = (MapType)bytes.U32(0, swap),
            KeySize = bytes.U32(4, swap),
            ValueSize = bytes.U32(8, swap),
            MaxEntries = bytes.U32(12, swap),
            Flags = (MapFlags)bytes.U32(16, swap),
            Iproute2 = known switch
            {
                Iproute2Size => new Iproute2Map
                {
                    Id = bytes.U32(20, swap),
                    Pinning = (Iproute2Pinning)bytes.U32(24, swap),
                    InnerId = bytes.U32(28, swap),
                    InnerIndex = (int)bytes.U32(32, swap),
                },
                OldIproute2Size => new Iproute2Map { Id = bytes.U32(20, swap), Pinning = (Iproute2Pinning)bytes.U32(24, swap) },
                _ => null,
            },
            Extra = definition[known..],
        };
    }

    /// <summary>BTF, where there is any, names the struct; else its size and its contents tell.</summary>
    private bool IsIproute2(in ElfSymbol symbol, ReadOnlySpan<byte> bytes, bool swap)
    {
        if (bytes.Length < OldIproute2Size) return false;
        if (file.DataSections.TryGetVariable(symbol.Section, file.Symbols.Name(symbol), out DataSectionEntry? entry))
            return entry.Variable!.Type.Resolve().Name == Iproute2Struct;
        if (bytes.Length != OldIproute2Size) return bytes.Length == Iproute2Size;

        // The kernel's own samples had as many bytes, of which the last two numbers were inner_map_idx and numa_node.
        uint sixth = bytes.U32(20, swap), seventh = bytes.U32(24, swap);
        return (sixth | seventh) != 0
            && (MapType)bytes.U32(0, swap) is not (MapType.ArrayOfMaps or MapType.HashOfMaps)
            && !((MapFlags)bytes.U32(16, swap)).HasFlag(MapFlags.NumaNode);
    }
}
