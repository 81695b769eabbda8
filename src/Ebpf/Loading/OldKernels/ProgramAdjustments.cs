namespace Ebpf.Loading.OldKernels;

/// <summary>In what a program is loaded otherwise than its spec says, because the kernel is older than something in it.</summary>
[Flags]
internal enum ProgramAdjustments
{
    None = 0,

    /// <summary>The dots in the name became underscores (Linux before 5.2).</summary>
    NoDots = 1,

    /// <summary>It has no name (before 4.15).</summary>
    NoName = 2,

    /// <summary>The kernel is not told of types, functions and lines of source (before 5.0).</summary>
    NoDebugInfo = 4,

    /// <summary>The kernel is not told where it will be attached (before 4.17), for sections that can do without.</summary>
    NoAttachType = 8,

    /// <summary>It states the version of the running kernel, which kprobes had to (before 5.0).</summary>
    StatedVersion = 16,

    /// <summary>It reads memory with the helpers that do not tell the kernel's from user space's (before 5.5).</summary>
    OldProbeReads = 32,

    /// <summary>Parameters that are marked as the context (<c>__arg_ctx</c>) have the type that says so (before 6.8).</summary>
    ContextTypes = 64,

    /// <summary>Atomic additions whose result nothing reads do not fetch it (before 5.12).</summary>
    PlainAtomics = 128,
}
