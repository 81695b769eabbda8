namespace Ebpf.Executables;

/// <summary>Where 32-bit and 64-bit ELF files differ.</summary>
internal sealed class ElfLayout
{
    /// <summary>ELFCLASS32.</summary>
    public static ElfLayout Bits32 { get; } = new()
    {
        HeaderSize = 52,
        ProgramHeaders = 28,
        SectionHeaders = 32,
        Counts = 40,
        ProgramHeaderSize = 32,
        SectionHeaderSize = 40,
        SymbolSize = 16,
    };

    /// <summary>ELFCLASS64.</summary>
    public static ElfLayout Bits64 { get; } = new()
    {
        Is64Bit = true,
        HeaderSize = 64,
        ProgramHeaders = 32,
        SectionHeaders = 40,
        Counts = 52,
        ProgramHeaderSize = 56,
        SectionHeaderSize = 64,
        SymbolSize = 24,
    };

    public bool Is64Bit { get; private init; }

    public required int HeaderSize { get; init; }

    /// <summary>Where <c>e_phoff</c> is.</summary>
    public required int ProgramHeaders { get; init; }

    /// <summary>Where <c>e_shoff</c> is.</summary>
    public required int SectionHeaders { get; init; }

    /// <summary>Where <c>e_ehsize</c> is, and behind it sizes and counts of two bytes each.</summary>
    public required int Counts { get; init; }

    public required int ProgramHeaderSize { get; init; }

    public required int SectionHeaderSize { get; init; }

    public required int SymbolSize { get; init; }
}

/// <summary><c>e_type</c>.</summary>
internal enum ElfFileType : ushort
{
    None = 0,
    Relocatable = 1,

    /// <summary>A program that is loaded at the addresses that it says.</summary>
    Executable = 2,

    /// <summary>A shared library, or a program that can be loaded anywhere (PIE).</summary>
    Shared = 3,
    Core = 4,
}

/// <summary><c>e_machine</c>, of the machines whose code or arguments are looked at.</summary>
internal enum ElfMachine : ushort
{
    None = 0,
    I386 = 3,
    PowerPc64 = 21,
    S390 = 22,
    Arm = 40,
    X86_64 = 62,
    AArch64 = 183,
    RiscV = 243,
    LoongArch = 258,
}

/// <summary><c>p_type</c>.</summary>
internal enum ElfSegmentType : uint
{
    Null = 0,
    Load = 1,
    Dynamic = 2,
    Interpreter = 3,
    Note = 4,
}

/// <summary>One program header, decoded.</summary>
internal readonly struct ElfSegment
{
    public required ElfSegmentType Type { get; init; }

    /// <summary><c>p_flags</c>: 1 executable, 2 writable, 4 readable.</summary>
    public required uint Flags { get; init; }

    public required ulong Offset { get; init; }

    public required ulong Address { get; init; }

    public required ulong FileSize { get; init; }

    public required ulong MemorySize { get; init; }

    public required ulong Alignment { get; init; }

    public bool IsLoaded => Type == ElfSegmentType.Load;

    public bool IsExecutable => (Flags & 1) != 0;

    public bool IsWritable => (Flags & 2) != 0;
}
