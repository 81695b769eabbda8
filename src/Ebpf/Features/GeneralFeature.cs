namespace Ebpf;

/// <summary>Specifies a feature of the kernel that does not belong to a type of program, map or link.</summary>
public enum GeneralFeature
{
    /// <summary>Names of programs and maps (Linux 4.15).</summary>
    ObjectNames,

    /// <summary>Calls of functions within a program, BPF to BPF calls (Linux 4.16).</summary>
    FunctionCalls,

    /// <summary>
    /// The expected attach type of a program, which is given to the kernel when the program is loaded (Linux 4.17).
    /// </summary>
    ExpectedAttachType,

    /// <summary>Global variables: instructions that load the address of a map's value (Linux 5.2).</summary>
    GlobalData,

    /// <summary>Dots in the names of programs and maps (Linux 5.2).</summary>
    DotsInNames,

    /// <summary>Programs of more than 4,096 instructions, up to a million (Linux 5.2).</summary>
    LargePrograms,

    /// <summary>Loops whose end the verifier can prove (Linux 5.3).</summary>
    BoundedLoops,

    /// <summary>Batch operations: reading or writing many elements of a map in one system call (Linux 5.6).</summary>
    BatchOperations,

    /// <summary>Links: attachments that a descriptor holds, <c>bpf_link</c> (Linux 5.7).</summary>
    Links,

    /// <summary>Iterators over objects of the kernel (Linux 5.8).</summary>
    Iterators,

    /// <summary>Statistics of the run time and run count of programs, which a descriptor turns on (Linux 5.8).</summary>
    RunTimeStatistics,

    /// <summary>Binding a map to a program that does not use it, <c>BPF_PROG_BIND_MAP</c> (Linux 5.10).</summary>
    BindMap,

    /// <summary>BTF of kernel modules (Linux 5.11).</summary>
    ModuleBtf,

    /// <summary>Accounting of memory by cgroup instead of the limit of locked memory, RLIMIT_MEMLOCK (Linux 5.11).</summary>
    CgroupMemoryAccounting,

    /// <summary>
    /// Atomic operations that return the previous value, and all without that except addition: <c>or</c>, <c>and</c>, <c>xor</c>,
    /// exchange, compare-and-exchange (Linux 5.12).
    /// </summary>
    FetchingAtomics,

    /// <summary>Links of perf events: kprobes, uprobes, tracepoints (Linux 5.15).</summary>
    PerfEventLinks,

    /// <summary>
    /// Cookies: a number that each attachment passes to its program, <c>bpf_get_attach_cookie</c> (Linux 5.15).
    /// </summary>
    AttachCookies,

    /// <summary>The tag <c>__arg_ctx</c> for a parameter of a global function that is the context (Linux 6.8).</summary>
    ContextTags,

    /// <summary>BPF tokens, which delegate rights to a user namespace (Linux 6.9).</summary>
    Tokens,

    /// <summary>Standard output and standard error of programs, <c>bpf_stream_printk</c> (Linux 6.17).</summary>
    ProgramStreams,
}
