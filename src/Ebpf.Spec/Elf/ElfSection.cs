namespace Ebpf.Elf;

/// <summary>One section header, decoded.</summary>
internal readonly struct ElfSection
{
    public required int Index { get; init; }

    /// <summary>Where the name stands in the section name table.</summary>
    public required uint NameOffset { get; init; }

    public required ElfSectionType Type { get; init; }

    public required ElfSectionFlags Flags { get; init; }

    /// <summary>Where the bytes begin in the file; checked against the file when the data are asked for.</summary>
    public required ulong Offset { get; init; }

    /// <summary>The size in bytes; not checked for a section without bits.</summary>
    public required ulong Size { get; init; }

    public required uint Link { get; init; }

    public required uint Info { get; init; }

    public required ulong EntrySize { get; init; }

    public bool IsCode =>
        Type == ElfSectionType.ProgramBits && (Flags & ElfSectionFlags.Executable) != 0 && Size > 0;
}
