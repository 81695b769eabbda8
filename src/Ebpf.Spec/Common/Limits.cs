namespace Ebpf.Common;

/// <summary>
/// The bounds for input from strangers: what a malformed or hostile file may cost, in steps and in bytes, and what sound ones stay
/// far below.
/// </summary>
internal static class Limits
{
    /// <summary>
    /// How many bytes the name of a section may have: a path (4096) can be part of it. Without a limit, many sections whose names
    /// lie in one long string would cost the product of both.
    /// </summary>
    public const int MaxSectionName = 5000;

    /// <summary>
    /// How many bytes the name of a symbol may have: four times what the kernel takes (<c>KSYM_NAME_LEN</c>). Without a limit, many
    /// symbols that point into one long string would cost the product of both.
    /// </summary>
    public const int MaxSymbolName = 2048;

    /// <summary>How many sections <c>.BTF.ext</c> may have records of: no ELF file has more.</summary>
    public const int MaxSections = ushort.MaxValue;

    /// <summary>How many instructions a program may have with all functions that it calls: no kernel takes more (<c>BPF_COMPLEXITY_LIMIT_INSNS</c>).</summary>
    public const int MaxInstructions = 1_000_000;

    /// <summary>How many maps may be in maps of maps from the start, by the numbers of iproute2.</summary>
    public const int MaxInitializers = 1 << 16;

    /// <summary>How many sentences reading an object says about what it leaves out.</summary>
    public const int MaxWarnings = 100;

    /// <summary>How many members, values, parameters or variables a type can have: 24 bits since Linux 7.1, 16 before.</summary>
    public const int MaxElements = 0xff_ffff;

    /// <summary>How many types the kernel accepts in one BTF (<c>BTF_MAX_TYPE</c>).</summary>
    public const uint MaxKernelTypes = 0xf_ffff;

    /// <summary>How many bytes of strings the kernel accepts in one BTF (<c>BTF_MAX_NAME_OFFSET</c> and one).</summary>
    public const uint MaxKernelStrings = 0x100_0000;

    /// <summary>
    /// How many bytes a name in BTF may have: eight times what the kernel accepts (<c>KSYM_NAME_LEN</c>). Without a limit, many types
    /// that point to one long string would cost the product of both. Texts of tags and lines of source are not limited.
    /// </summary>
    public const int MaxBtfName = 4096;

    /// <summary>Up to how many bytes an offset may point into the middle of a string of BTF, as the kernel's names do that share ends.</summary>
    public const int MaxSharedString = 256;

    /// <summary>How many dots the name of a type or variable may have in a path.</summary>
    public const int MaxDotsInName = 4;

    /// <summary>How many numbers, structures and arrays are looked at for each byte when a value is turned into the other byte order.</summary>
    public const int MaxReversalStepsPerByte = 32;

    /// <summary>How many typedefs, qualifiers and array dimensions may follow one another; the kernel allows no more.</summary>
    public const int MaxTypeDepth = 32;

    /// <summary>The alignment of <c>__int128</c> and <c>long double</c>, in bytes: the largest that BTF can show.</summary>
    public const uint MaxAlignment = 16;

    /// <summary>
    /// How many numbers an index of BTF has on the heap, 64 KiB; from 85,000 bytes on, arrays are collected with the oldest
    /// objects only.
    /// </summary>
    public const int MaxIndexOnHeap = 16 * 1024;
}
