using System.Numerics;

namespace Ebpf.Elf;

/// <summary>Finds symbols by their names, which stay where they are: no string is made of them.</summary>
internal sealed class ElfSymbolNames
{
    private readonly ElfSymbolTable _symbols;

    /// <summary>Indices of symbols, 0 where none is; at least half of the places are empty.</summary>
    private readonly int[] _places;

    /// <param name="symbols">All symbols.</param>
    /// <param name="which">Which can be found; of several of a name the first.</param>
    public ElfSymbolNames(ElfSymbolTable symbols, Filter which)
    {
        _symbols = symbols;
        _places = new int[BitOperations.RoundUpToPowerOf2((uint)symbols.Count * 2)];
        for (int i = 1; i < symbols.Count; i++)
        {
            ElfSymbol symbol = symbols[i];
            if (!which(symbol)) continue;
            ref int place = ref Place(symbols.NameUtf8(symbol));
            if (place == 0) place = i;
        }
    }

    /// <summary>Says which symbols can be found.</summary>
    public delegate bool Filter(in ElfSymbol symbol);

    /// <summary>Looks for a symbol.</summary>
    /// <param name="name">Its name, in UTF-8.</param>
    /// <param name="symbol">The symbol.</param>
    public bool TryGet(ReadOnlySpan<byte> name, out ElfSymbol symbol)
    {
        int index = Place(name);
        symbol = index != 0 ? _symbols[index] : default;
        return index != 0;
    }

    /// <summary>Where a name is, or would be.</summary>
    private ref int Place(ReadOnlySpan<byte> name)
    {
        // The hash has a secret of this process in it: nobody can make names that share a place.
        HashCode hash = default;
        hash.AddBytes(name);
        int mask = _places.Length - 1;
        int at = hash.ToHashCode() & mask;
        while (_places[at] != 0 && !_symbols.NameUtf8(_places[at]).SequenceEqual(name)) at = (at + 1) & mask;
        return ref _places[at];
    }
}
