using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Common;

namespace Ebpf.Elf;

/// <summary>The symbol table of an object, read in place.</summary>
internal sealed class ElfSymbolTable
{
    private const int VisibilityOffset = 5;

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
            SymbolRecord record = MemoryMarshal.Read<SymbolRecord>(_entries.Span[(index * ElfConstants.SymbolSize)..]);
            if (_swap) record = record.Swap();
            return new ElfSymbol
            {
                Index = index,
                NameOffset = record.Name,
                Type = (ElfSymbolType)(record.Info & 0xf),
                Binding = (ElfSymbolBinding)(record.Info >> 4),
                Visibility = (ElfSymbolVisibility)(record.Other & 3),
                Section = SectionOf(index, record.Section),
                IsCommon = record.Section == ElfConstants.CommonIndex,
                Value = record.Value,
                Size = record.Size,
            };
        }
    }

    /// <summary>Whether any symbol is hidden from other objects.</summary>
    public bool HasHidden
    {
        get
        {
            ReadOnlySpan<byte> entries = _entries.Span;
            for (int at = VisibilityOffset; at < entries.Length; at += ElfConstants.SymbolSize)
            {
                if ((ElfSymbolVisibility)(entries[at] & 3) is ElfSymbolVisibility.Hidden or ElfSymbolVisibility.Internal) return true;
            }

            return false;
        }
    }

    /// <summary>The name in place; empty when the offset lies outside of the table.</summary>
    /// <exception cref="ObjectFormatException">The name is too long.</exception>
    public ReadOnlySpan<byte> NameUtf8(scoped in ElfSymbol symbol) => NameUtf8(symbol.Index, symbol.NameOffset);

    /// <summary>The name of the symbol of an index that exists, in place.</summary>
    /// <inheritdoc cref="NameUtf8(in ElfSymbol)"/>
    public ReadOnlySpan<byte> NameUtf8(int index) =>
        NameUtf8(index, _entries.Span.U32(index * ElfConstants.SymbolSize, _swap));

    private ReadOnlySpan<byte> NameUtf8(int index, uint offset)
    {
        ReadOnlySpan<byte> names = _names.Span;
        if (offset >= (uint)names.Length) return default;
        names = names[(int)offset..];
        int end = names[..Math.Min(names.Length, Limits.MaxSymbolName + 1)].IndexOf((byte)0);
        if (end >= 0) return names[..end];
        return names.Length <= Limits.MaxSymbolName
            ? default
            : throw new ObjectFormatException(
                $"the name of symbol {index} has more than {Limits.MaxSymbolName} bytes",
                ".symtab",
                offset: (long)index * ElfConstants.SymbolSize);
    }

    /// <summary>The name, which is decoded once.</summary>
    /// <inheritdoc cref="NameUtf8(in ElfSymbol)"/>
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

    /// <summary><c>Elf64_Sym</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct SymbolRecord(uint Name, byte Info, byte Other, ushort Section, ulong Value, ulong Size)
    {
        public SymbolRecord Swap() => new(
            BinaryPrimitives.ReverseEndianness(Name),
            Info,
            Other,
            BinaryPrimitives.ReverseEndianness(Section),
            BinaryPrimitives.ReverseEndianness(Value),
            BinaryPrimitives.ReverseEndianness(Size));
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
