using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>The symbols of what code and definitions refer to.</summary>
internal sealed class ObjectSymbols(ObjectWriter writer)
{
    private readonly Dictionary<string, ElfOutputSymbol> _maps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ElfOutputSymbol> _externs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DataPlace> _data = new(StringComparer.Ordinal);

    /// <summary>Adds the symbol of a map's definition.</summary>
    public void AddMap(string name, ElfOutputSection section, uint offset, uint size) =>
        _maps.Add(name, writer.Elf.AddSymbol(name, ElfSymbolType.Object, ElfSymbolBinding.Global, section, offset, size));

    /// <summary>The symbol of a map's definition.</summary>
    /// <exception cref="BpfException">There is none.</exception>
    public ElfOutputSymbol Map(string name, Func<string, BpfException> refuse)
    {
        if (_maps.TryGetValue(name, out ElfOutputSymbol? symbol)) return symbol;
        throw refuse(writer.Spec.Maps.ContainsKey(name)
            ? $"it refers to map \"{name}\", which has no definition that an object can refer to"
            : $"it refers to map \"{name}\", which the collection does not have");
    }

    /// <summary>Notes where the variables of a map are.</summary>
    public void AddData(string map, ElfOutputSection section, List<(uint Offset, uint Size, ElfOutputSymbol Symbol)> variables)
    {
        variables.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        _data.Add(map, new DataPlace(section, variables));
    }

    /// <summary>The symbol nearest to a place in a section of variables, and how far the place is behind it.</summary>
    /// <exception cref="BpfException">There is no such section.</exception>
    public (ElfOutputSymbol Symbol, uint Distance) Data(string map, uint offset, Func<string, BpfException> refuse)
    {
        if (!_data.TryGetValue(map, out DataPlace? place))
        {
            throw refuse(writer.Spec.Maps.ContainsKey(map)
                ? $"it loads an address in map \"{map}\", and objects can only refer to addresses in sections of variables"
                : $"it refers to map \"{map}\", which the collection does not have");
        }

        int low = 0, high = place.Variables.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (place.Variables[middle].Offset <= offset) low = middle + 1;
            else high = middle;
        }

        // Linkers may move what is global: what belongs to a variable refers to it, the rest to the section.
        if (low > 0 && offset - place.Variables[low - 1].Offset < place.Variables[low - 1].Size)
            return (place.Variables[low - 1].Symbol, offset - place.Variables[low - 1].Offset);
        return (writer.Elf.SymbolOf(place.Section), offset);
    }

    /// <summary>The symbol of something that the kernel defines.</summary>
    public ElfOutputSymbol Extern(string name, bool isWeak)
    {
        if (!_externs.TryGetValue(name, out ElfOutputSymbol? symbol))
        {
            symbol = writer.Elf.AddSymbol(
                name, ElfSymbolType.None, isWeak ? ElfSymbolBinding.Weak : ElfSymbolBinding.Global, section: null);
            _externs.Add(name, symbol);
        }

        return symbol;
    }

    private sealed record DataPlace(ElfOutputSection Section, List<(uint Offset, uint Size, ElfOutputSymbol Symbol)> Variables);
}
