namespace Ebpf.Elf;

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
