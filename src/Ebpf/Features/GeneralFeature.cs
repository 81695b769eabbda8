namespace Ebpf;

/// <summary>Features of the kernel that belong to no kind of program, map or link.</summary>
public enum GeneralFeature
{
    /// <summary>Programs and maps have names (Linux 4.15).</summary>
    ObjectNames,

    /// <summary>Programs have functions of their own (Linux 4.16).</summary>
    FunctionCalls,

    /// <summary>The kernel is told at load where a program will be attached (Linux 4.17).</summary>
    ExpectedAttachType,

    /// <summary>Global variables: instructions that load the address of a map's value (Linux 5.2).</summary>
    GlobalData,

    /// <summary>The names of programs and maps may have dots (Linux 5.2).</summary>
    DotsInNames,

    /// <summary>Programs of more than 4096 instructions, up to a million (Linux 5.2).</summary>
    LargePrograms,

    /// <summary>Loops of which the verifier can see the end (Linux 5.3).</summary>
    BoundedLoops,

    /// <summary>Many elements of a map in one call (Linux 5.6).</summary>
    BatchOperations,

    /// <summary>Links: attachments that a descriptor holds (Linux 5.7).</summary>
    Links,

    /// <summary>Iterators over the kernel's objects (Linux 5.8).</summary>
    Iterators,

    /// <summary>Run time and count of programs (Linux 5.8).</summary>
    RunTimeStatistics,

    /// <summary>Maps that live as long as a program that does not use them (Linux 5.10).</summary>
    BindMap,

    /// <summary>BTF of kernel modules (Linux 5.11).</summary>
    ModuleBtf,

    /// <summary>Memory is charged to the cgroup, not to the limit of locked memory (Linux 5.11).</summary>
    CgroupMemoryAccounting,

    /// <summary>
    /// Atomic operations that tell what was there before, and all but the addition that does not: with <c>or</c>, <c>and</c>,
    /// <c>xor</c>, exchange, compare-and-exchange (Linux 5.12).
    /// </summary>
    FetchingAtomics,

    /// <summary>Links to perf events: kprobes, uprobes, tracepoints (Linux 5.15).</summary>
    PerfEventLinks,

    /// <summary>A number that each attachment gives its program (Linux 5.15).</summary>
    AttachCookies,

    /// <summary>Functions in programs mark a parameter as the context: <c>__arg_ctx</c> (Linux 6.8).</summary>
    ContextTags,

    /// <summary>BPF tokens: rights that are delegated to a user namespace (Linux 6.9).</summary>
    Tokens,

    /// <summary>Output streams of programs (Linux 6.17).</summary>
    ProgramStreams,
}
