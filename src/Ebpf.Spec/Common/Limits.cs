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

    /// <summary>How many program headers an executable may have: the kernel takes 64 KiB of them, a core file has one for each mapping.</summary>
    public const int MaxProgramHeaders = 1 << 18;

    /// <summary>How many bytes the notes of an executable may have: core files have many, programs a few hundred bytes.</summary>
    public const int MaxNotes = 1 << 24;

    /// <summary>How many arguments of a USDT probe are looked at: <c>sys/sdt.h</c> writes at most 12, and BPF programs read no more.</summary>
    public const int MaxUsdtArguments = 16;

    /// <summary>How many bytes the table for the dynamic linker may have (PT_DYNAMIC): some 40 entries of 16 bytes, and one for each library.</summary>
    public const int MaxDynamicTable = 1 << 20;

    /// <summary>How many bytes compressed symbols of an executable may become (<c>.gnu_debugdata</c>): those of large programs have a few million.</summary>
    public const int MaxMiniDebugInformation = 1 << 28;

    /// <summary>How many bytes compressed symbols may become in any case.</summary>
    public const int MinMiniDebugInformation = 1 << 18;

    /// <summary>How many bytes may come of each byte of compressed symbols: three to five do.</summary>
    public const int MaxUnpackedPerByte = 32;

    /// <summary>How many bytes the names of functions may have together, for each byte of the file: less than one, unless they overlap.</summary>
    public const ulong MaxNameBytesPerByte = 4;

    /// <summary>How many bytes of a function are decoded to tell whether an instruction begins at a place.</summary>
    public const ulong MaxFunctionDecoded = 1 << 24;

    /// <summary>How many functions a pattern may match: the kernel takes no more at once (<c>MAX_UPROBE_MULTI_CNT</c>).</summary>
    public const int MaxFunctionsMatched = 1 << 20;

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

    /// <summary>How many bytes of a name the index of names looks at: hostile names, which can share their ends, cost no more than they are.</summary>
    public const int MaxNameHashed = 31 * sizeof(ulong);

    /// <summary>How many bytes a name that is searched for may have on the stack; a longer one is put on the heap.</summary>
    public const int MaxNameOnStack = 256;

    /// <summary>How many bytes of a name the kernel accepts in BTF: <c>KSYM_NAME_LEN</c> without the zero, since Linux 6.1.</summary>
    public const int MaxKernelName = 511;

    /// <summary>How many bytes of a name the kernel accepts in BTF before Linux 6.1.</summary>
    public const int MaxKernelNameBefore6_1 = 127;

    /// <summary>Up to how many bytes an offset may point into the middle of a string of BTF, as the kernel's names do that share ends.</summary>
    public const int MaxSharedString = 256;

    /// <summary>How many dots the name of a type or variable may have in a path.</summary>
    public const int MaxDotsInName = 4;

    /// <summary>How many numbers, structures and arrays are looked at for each byte when a value is turned into the other byte order.</summary>
    public const int MaxReversalStepsPerByte = 32;

    /// <summary>How many typedefs, qualifiers and array dimensions may follow one another; the kernel allows no more.</summary>
    public const int MaxTypeDepth = 32;

    /// <summary>How many bits a number may have: those of <c>__int128</c>.</summary>
    public const uint MaxNumberBits = 128;

    /// <summary>The alignment of <c>__int128</c> and <c>long double</c>, in bytes: the largest that BTF can show.</summary>
    public const uint MaxAlignment = 16;

    /// <summary>
    /// How many numbers an index of BTF has on the heap, 64 KiB; from 85,000 bytes on, arrays are collected with the oldest
    /// objects only.
    /// </summary>
    public const int MaxIndexOnHeap = 16 * 1024;

    /// <summary>How many bytes a part of a type may lie from where the type begins.</summary>
    public const ulong MaxOffset = uint.MaxValue;

    /// <summary>How many bytes of a name are shown in a message.</summary>
    public const int MaxNameInText = 128;

    /// <summary>How many characters of a type are shown in a message.</summary>
    public const int MaxTypeText = 512;

    /// <summary>How many types the text of one goes through, those of parameters included.</summary>
    public const int MaxTypeTextSteps = 64;

    /// <summary>How many pointers, arrays, functions and qualifiers a declaration in a message goes through.</summary>
    public const int MaxDeclarationDepth = 16;

    /// <summary>How many anonymous parts of a structure are remembered: those of a kernel have fewer.</summary>
    public const int MaxAnonymousPartsKept = 64;

    /// <summary>How many bytes are shown of a value that is no number.</summary>
    public const int MaxBytesShown = 64;

    /// <summary>How many characters the names of combined flags may have: real ones are some ten names.</summary>
    public const int MaxFlagsText = 4096;

    /// <summary>How deep structures and arrays in one another can be shown.</summary>
    public const int MaxValueDepth = 128;

    /// <summary>How many parts of a value that leave no text behind, as zeros that are skipped, are looked at for each character of it.</summary>
    public const int MaxValuePartsPerCharacter = 4;

    /// <summary>How deep types without names may be nested in a declaration: C promises 63 levels, and compilers stop at 256 brackets.</summary>
    public const int MaxDeclarationNesting = 128;

    /// <summary>How many pointers, arrays and functions may be around a name that is declared: C promises 12.</summary>
    public const int MaxDeclarationChain = 256;

    /// <summary>How many characters a name in C# has; longer ones are cut. C# allows 511, some of which are for telling names apart.</summary>
    public const int MaxCSharpName = 400;

    /// <summary>How many characters a comment in C# has; longer ones are cut.</summary>
    public const int MaxCSharpComment = 1000;

    /// <summary>How deep structs may lie in the struct of a struct_ops map; real ones have one level.</summary>
    public const int MaxStructOpsDepth = 4;

    /// <summary>How many indices the accessor of a CO-RE relocation may have (<c>BPF_CORE_SPEC_MAX_LEN</c>).</summary>
    public const int MaxCoReIndices = 64;

    /// <summary>How many types of one name CO-RE looks at: no kernel has nearly as many.</summary>
    public const int MaxCoReCandidates = 1024;

    /// <summary>How many types one comparison for CO-RE goes through: pointers, arrays and functions can go round in circles.</summary>
    public const int MaxCoReTypes = 1024;

    /// <summary>How deep structures and parameters may lie in each other where CO-RE matches types; libbpf takes no more.</summary>
    public const int MaxCoReNesting = 32;

    /// <summary>How many pointers, arrays and results of functions may follow each other where CO-RE matches types.</summary>
    public const int MaxCoReChain = 1024;

    /// <summary>How many names CO-RE compares to match two types: the largest structures of a kernel need less than a tenth of it.</summary>
    public const int MaxCoReComparisons = 1 << 22;

    /// <summary>
    /// How many rounds deduplication takes. Each needs a declaration in what the round before resolved; real code needs three.
    /// </summary>
    public const int MaxDedupRounds = 16;

    /// <summary>
    /// How many steps comparing structures may take for each type. What compilers write takes less than one; what is left undone costs size, and is never wrong.
    /// </summary>
    public const int MaxDedupStepsPerType = 32;

    /// <summary>How many names a message lists when there is none of the one that is asked for.</summary>
    public const int MaxNamesListed = 20;

    /// <summary>How many similar names a message suggests.</summary>
    public const int MaxNamesSuggested = 3;

    /// <summary>How many characters a name may have to be looked for, or suggested, as similar.</summary>
    public const int MaxNameCompared = 48;

    /// <summary>How many names are compared to suggest similar ones.</summary>
    public const int MaxNamesCompared = 100_000;
}
