namespace Ebpf.Sections;

/// <summary>How a program attaches itself to what its section names.</summary>
internal enum AutoAttachKind
{
    /// <summary>It cannot: what to attach to (a cgroup, a device, a socket) is only known to the caller.</summary>
    None,

    /// <summary>Kernel function: <c>function[+offset]</c>.</summary>
    Kprobe,

    /// <summary>Many kernel functions: a name or a pattern with <c>*</c> and <c>?</c>.</summary>
    KprobeMulti,

    /// <summary>Entry and exit of many kernel functions: as <see cref="KprobeMulti"/>.</summary>
    KprobeSession,

    /// <summary>System call: its name, without the prefix of the architecture.</summary>
    Ksyscall,

    /// <summary>User-space function: <c>path:function[+offset]</c>.</summary>
    Uprobe,

    /// <summary>Many user-space functions of a file: <c>path:pattern</c>.</summary>
    UprobeMulti,

    /// <summary>USDT probe: <c>path:provider:name</c>.</summary>
    Usdt,

    /// <summary>Tracepoint: <c>category/name</c>.</summary>
    Tracepoint,

    /// <summary>Raw tracepoint: <c>name</c>.</summary>
    RawTracepoint,

    /// <summary>Something found in BTF, resolved when the program is loaded: <c>[module:]name</c>.</summary>
    Trace,

    /// <summary>Many kernel functions found in BTF: <c>[module:]pattern</c>.</summary>
    TracingMulti,

    /// <summary>LSM hook: <c>name</c>.</summary>
    Lsm,

    /// <summary>Iterator: the kind of object, <c>task</c> for instance.</summary>
    Iter,
}
