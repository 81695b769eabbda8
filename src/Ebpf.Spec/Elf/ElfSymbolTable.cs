using System.Text;
using Ebpf.Common;

namespace Ebpf.Elf;

/// <summary>The symbol table of an object, read in place.</summary>
internal sealed class ElfSymbolTable
{
    private readonly ReadOnlyMemory<byte> _entries;
    private readonly ReadOnlyMemory<byte> _names;
    private readonly ReadOnlyMemory<byte> _extendedIndices;
    private readonly int _sectionCount;
    private readonly bool _swap;
    private string?[]? _texts;

    public ElfSymbolTable(
        ReadOnlyMemory<byte> entries,
        ReadOnlyMemory<byte> names,
        ReadOnlyMemory<byte> extendedIndices,
        int sectionCount,
        bool swap)
    {
        _entries = entries;
        _names = names;
        _extendedIndices = extendedIndices;
        _sectionCount = sectionCount;
        _swap = swap;
        Count = entries.Length / ElfConstants.SymbolSize;
    }

    /// <summary>How many there are, the null symbol included.</summary>
    public int Count { get; }

    /// <exception cref="ObjectFormatException">There is no such symbol, or its section does not exist.</exception>
    public ElfSymbol this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count)
                throw new ObjectFormatException($"symbol {index} does not exist: the table has {Count}", ".symtab");
            ReadOnlySpan<byte> entry = _entries.Span.Slice(index * ElfConstants.SymbolSize, ElfConstants.SymbolSize);
            return new ElfSymbol
            {
                Index = index,
                NameOffset = entry.U32(0, _swap),
                Type = (ElfSymbolType)(entry[4] & 0xf),
                Binding = (ElfSymbolBinding)(entry[4] >> 4),
                Visibility = (ElfSymbolVisibility)(entry[5] & 3),
                Section = SectionOf(index, entry.U16(6, _swap)),
                IsCommon = entry.U16(6, _swap) == ElfConstants.CommonIndex,
                Value = entry.U64(8, _swap),
                Size = entry.U64(16, _swap),
            };
        }
    }

    /// <summary>The name in place; empty when the offset lies outside of the table.</summary>
    /// <exception cref="ObjectFormatException">The name is too long.</exception>
    public ReadOnlySpan<byte> NameUtf8(in ElfSymbol symbol)
    {
        ReadOnlySpan<byte> names = _names.Span;
        if (symbol.NameOffset >= (uint)names.Length) return default;
        names = names[(int)symbol.NameOffset..];
        int end = names[..Math.Min(names.Length, Limits.MaxSymbolName + 1)].IndexOf((byte)0);
        if (end >= 0) return names[..end];
        return names.Length <= Limits.MaxSymbolName
            ? default
            : throw new ObjectFormatException(
                $"the name of symbol {symbol.Index} has more than {Limits.MaxSymbolName} bytes",
                ".symtab",
                offset: (long)symbol.Index * ElfConstants.SymbolSize);
    }

    /// <summary>The name, which is decoded once.</summary>
    /// <inheritdoc cref="NameUtf8"/>
    public string Name(in ElfSymbol symbol)
    {
        // Two threads may both decode it; the strings are equal.
        _texts ??= new string?[Count];
        return _texts[symbol.Index] ??= Encoding.UTF8.GetString(NameUtf8(symbol));
    }

    private int SectionOf(int symbol, ushort index)
    {
        int section = index;
        if (index == ElfConstants.ExtendedIndex && _extendedIndices.Length >= (symbol + 1) * sizeof(uint))
            section = (int)Math.Min(_extendedIndices.Span.U32(symbol * sizeof(uint), _swap), int.MaxValue);
        else if (index >= ElfConstants.FirstReservedIndex)
            return -1;
        if (section >= _sectionCount)
        {
            throw new ObjectFormatException(
                $"symbol {symbol} lies in section {section}, but there are {_sectionCount}",
                ".symtab",
                offset: (long)symbol * ElfConstants.SymbolSize);
        }

        return section;
    }
}

/// <summary>One entry of the symbol table, decoded; the name stays where it is.</summary>
internal readonly struct ElfSymbol
{
    public required int Index { get; init; }

    /// <summary>Where the name stands in the string table of the symbols.</summary>
    public required uint NameOffset { get; init; }

    public required ElfSymbolType Type { get; init; }

    public required ElfSymbolBinding Binding { get; init; }

    public required ElfSymbolVisibility Visibility { get; init; }

    /// <summary>The section; 0 for an undefined symbol, -1 for one that belongs to none (absolute, common).</summary>
    public required int Section { get; init; }

    /// <summary>The offset in the section.</summary>
    public required ulong Value { get; init; }

    public required ulong Size { get; init; }

    /// <summary>Whether it is common (<c>SHN_COMMON</c>): a variable to which a linker would give a place.</summary>
    public bool IsCommon { get; init; }

    public bool IsUndefined => Section == 0;

    /// <summary>Whether another object that is linked with this one could not see it.</summary>
    public bool IsHidden => Visibility is ElfSymbolVisibility.Hidden or ElfSymbolVisibility.Internal;
}
