namespace Ebpf.Elf;

/// <summary>Numbers of the ELF format that BPF objects and executables use (gABI; BPF's own from LLVM's BPF.def).</summary>
internal static class ElfConstants
{
    public const int HeaderSize = 64;
    public const int SectionHeaderSize = 64;
    public const int SymbolSize = 24;
    public const int RelocationSize = 16;

    public const ushort TypeRelocatable = 1;
    public const ushort MachineNone = 0;
    public const ushort MachineBpf = 247;

    /// <summary>Section indices from here on are not sections (<c>SHN_LORESERVE</c>).</summary>
    public const int FirstReservedIndex = 0xff00;

    /// <summary>The symbol has no section yet, a linker would find a place for it (<c>SHN_COMMON</c>).</summary>
    public const int CommonIndex = 0xfff2;

    /// <summary>The index does not fit 16 bits and stands elsewhere (<c>SHN_XINDEX</c>).</summary>
    public const int ExtendedIndex = 0xffff;
}

/// <summary><c>sh_type</c>.</summary>
internal enum ElfSectionType : uint
{
    Null = 0,
    ProgramBits = 1,
    SymbolTable = 2,
    StringTable = 3,
    RelocationAddend = 4,
    Dynamic = 6,
    Note = 7,
    NoBits = 8,
    Relocation = 9,
    DynamicSymbolTable = 11,
    SymbolTableIndices = 18,
}

/// <summary><c>sh_flags</c>.</summary>
[Flags]
internal enum ElfSectionFlags : ulong
{
    None = 0,
    Write = 1,
    Allocate = 2,
    Executable = 4,

    /// <summary><c>sh_info</c> is the index of a section.</summary>
    InfoLink = 0x40,
    Compressed = 0x800,
}

/// <summary>The low half of <c>st_info</c>.</summary>
internal enum ElfSymbolType : byte
{
    None = 0,
    Object = 1,
    Function = 2,
    Section = 3,
    File = 4,

    /// <summary>A function that chooses at run time which of several is called (<c>STT_GNU_IFUNC</c>).</summary>
    IndirectFunction = 10,
}

/// <summary>The high half of <c>st_info</c>.</summary>
internal enum ElfSymbolBinding : byte
{
    Local = 0,
    Global = 1,
    Weak = 2,
}

/// <summary>The low bits of <c>st_other</c>.</summary>
internal enum ElfSymbolVisibility : byte
{
    Default = 0,
    Internal = 1,
    Hidden = 2,
    Protected = 3,
}
