using Ebpf.Elf;

namespace Ebpf.Executables;

/// <summary>Where a symbol stands.</summary>
internal enum SymbolOrigin
{
    /// <summary><c>.dynsym</c>: what other files can see.</summary>
    DynamicTable,

    /// <summary><c>.symtab</c>: everything that the compiler named, until the file is stripped.</summary>
    StaticTable,

    /// <summary><c>.gnu_debugdata</c>: functions that stripping took away, compressed.</summary>
    MiniDebugInformation,

    /// <summary>A separate file with debug information.</summary>
    DebugFile,

    /// <summary><c>.gopclntab</c>: the functions of a Go program, for its own stack traces.</summary>
    GoTable,
}

/// <summary>A symbol that is defined in an executable.</summary>
internal sealed record ExecutableSymbol
{
    /// <summary>The name, without a version.</summary>
    public required string Name { get; init; }

    /// <summary>The version of the name (<c>GLIBC_2.14</c>); <c>null</c> if it has none.</summary>
    public string? Version { get; init; }

    /// <summary>Whether the name without a version means this one.</summary>
    public bool IsDefault { get; init; } = true;

    /// <summary>The address, as the file has it.</summary>
    public required ulong Address { get; init; }

    /// <summary>How many bytes it has; 0 if that is not known, as with functions in assembly language.</summary>
    public ulong Size { get; init; }

    public ElfSymbolType Type { get; init; } = ElfSymbolType.Function;

    public ElfSymbolBinding Binding { get; init; }

    public required SymbolOrigin Origin { get; init; }

    /// <summary>Whether its address is a resolver's, which runs once to choose the function that is called (<c>STT_GNU_IFUNC</c>).</summary>
    public bool IsIndirect => Type == ElfSymbolType.IndirectFunction;

    public override string ToString() => Version is null ? Name : $"{Name}{(IsDefault ? "@@" : "@")}{Version}";
}

/// <summary>An entry of a symbol table, decoded; the name stays where it is.</summary>
/// <param name="Index">Its number.</param>
/// <param name="NameOffset">Where its name begins in the table of names.</param>
/// <param name="Address">Its value.</param>
/// <param name="Size">How many bytes it has.</param>
/// <param name="Info">Type and binding.</param>
/// <param name="Section">The number of its section; 0 for one that is not defined here.</param>
internal readonly record struct SymbolEntry(long Index, uint NameOffset, ulong Address, ulong Size, byte Info, ushort Section)
{
    public ElfSymbolType Type => (ElfSymbolType)(Info & 0xf);

    public ElfSymbolBinding Binding => (ElfSymbolBinding)(Info >> 4);

    /// <summary>Whether it is defined here, and can be code.</summary>
    public bool CanBeCode =>
        Section != 0 && Type is ElfSymbolType.Function or ElfSymbolType.IndirectFunction or ElfSymbolType.None && NameOffset != 0;
}

/// <summary>Looks at a symbol.</summary>
/// <returns>Whether to go on.</returns>
internal delegate bool SymbolVisitor(in SymbolEntry entry, ReadOnlySpan<byte> name);
