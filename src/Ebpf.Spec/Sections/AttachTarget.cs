namespace Ebpf;

/// <summary>Represents the target that a program is to be attached to, as the name of its section gives it.</summary>
/// <remarks>There is one record for each form that libbpf knows; <c>ProgramSpec.AttachTarget</c> returns it.</remarks>
public abstract record AttachTarget
{
    private protected AttachTarget()
    {
    }
}

/// <summary>Represents a kernel function, or an instruction in it: <c>kprobe/do_unlinkat+0x10</c>.</summary>
/// <param name="Function">The name of the function, behind that of its module if it names one: <c>nf_conntrack:nf_ct_get</c>.</param>
/// <param name="Offset">The offset of the instruction in bytes; 0 for the function's entry or return.</param>
public sealed record KprobeTarget(string Function, ulong Offset) : AttachTarget;

/// <summary>
/// Represents kernel functions by a pattern of <c>*</c> and <c>?</c>: <c>kprobe.multi/tcp_*</c>, <c>fentry.multi/ext4:ext4_*</c>.
/// </summary>
/// <param name="Pattern">The pattern; without <c>*</c> and <c>?</c> the name of one function.</param>
/// <param name="Module">The module whose functions are meant; <c>null</c> for all of the kernel's.</param>
public sealed record FunctionPatternTarget(string Pattern, string? Module) : AttachTarget;

/// <summary>Represents a system call: <c>ksyscall/openat</c>.</summary>
/// <param name="Name">The name of the system call, without the architecture's prefix.</param>
public sealed record SystemCallTarget(string Name) : AttachTarget;

/// <summary>Represents a function of a program or library: <c>uprobe/libc.so.6:malloc+0x10</c>.</summary>
/// <param name="Path">The file, or a name to be searched for as the shell and the dynamic linker do.</param>
/// <param name="Function">The name of the function; may have a version (<c>memcpy@GLIBC_2.14</c>).</param>
/// <param name="Offset">The offset of the instruction in bytes; 0 for the function's entry or return.</param>
public sealed record UprobeTarget(string Path, string Function, ulong Offset) : AttachTarget;

/// <summary>Represents functions of a program or library by a pattern: <c>uprobe.multi/libc.so.6:mem*</c>.</summary>
/// <param name="Path">The file, or a name to be searched for as the shell and the dynamic linker do.</param>
/// <param name="Pattern">A pattern of <c>*</c> and <c>?</c>.</param>
public sealed record UprobePatternTarget(string Path, string Pattern) : AttachTarget;

/// <summary>Represents a USDT probe of a program or library: <c>usdt/libc.so.6:libc:setjmp</c>.</summary>
/// <param name="Path">The file, or a name to be searched for as the shell and the dynamic linker do.</param>
/// <param name="Provider">The provider.</param>
/// <param name="Name">The name of the probe.</param>
public sealed record UsdtTarget(string Path, string Provider, string Name) : AttachTarget;

/// <summary>Represents a tracepoint: <c>tp/sched/sched_switch</c>.</summary>
/// <param name="Category">The category.</param>
/// <param name="Name">The name.</param>
public sealed record TracepointTarget(string Category, string Name) : AttachTarget;

/// <summary>Represents a raw tracepoint: <c>raw_tp/sched_switch</c>.</summary>
/// <param name="Name">The name.</param>
public sealed record RawTracepointTarget(string Name) : AttachTarget;

/// <summary>
/// Represents something that BTF describes: a function of the kernel (<c>fentry/do_unlinkat</c>), of a module
/// (<c>fentry/ext4:ext4_file_open</c>), of another program (<c>freplace/handle</c>), or a tracepoint
/// (<c>tp_btf/sched_switch</c>).
/// </summary>
/// <param name="Name">The name of the function or tracepoint.</param>
/// <param name="Module">The module (<c>vmlinux</c> for the kernel itself); <c>null</c> when the name does not say.</param>
public sealed record TracingTarget(string Name, string? Module) : AttachTarget;

/// <summary>Represents a hook of the Linux security modules: <c>lsm/file_open</c>.</summary>
/// <param name="Hook">The name of the hook, without <c>bpf_lsm_</c>.</param>
public sealed record LsmTarget(string Hook) : AttachTarget;

/// <summary>Represents a kind of iterator: <c>iter/task</c>.</summary>
/// <param name="Kind">What is iterated over, without <c>bpf_iter_</c>.</param>
public sealed record IteratorTarget(string Kind) : AttachTarget;
