namespace Ebpf.Btf;

/// <summary>Defines how types are written as C. The defaults are those of <c>bpftool btf dump … format c</c>.</summary>
public sealed record CWriterOptions
{
    /// <summary>
    /// Gets the macro that guards the text against being included twice; empty for none. The default, <c>null</c>, is
    /// <c>__VMLINUX_H__</c>, which <c>&lt;bpf/bpf_tracing.h&gt;</c> tests for, and none for split BTF without its base, which is
    /// to be included behind that.
    /// </summary>
    public string? HeaderGuard { get; init; }

    /// <summary>
    /// Gets whether clang is to make every access to a structure CO-RE relocatable
    /// (<c>__attribute__((preserve_access_index))</c>). A program can opt out with <c>BPF_NO_PRESERVE_ACCESS_INDEX</c>.
    /// </summary>
    public bool PreserveAccessIndex { get; init; } = true;

    /// <summary>
    /// Gets whether type tags (<c>__attribute__((btf_type_tag("…")))</c>) are written. Only clang, and GCC 16, know them.
    /// </summary>
    public bool TypeTags { get; init; } = true;

    /// <summary>
    /// Gets whether declaration tags (<c>__attribute__((btf_decl_tag("…")))</c>) are written: those of structures, unions, their
    /// members, typedefs and functions.
    /// </summary>
    public bool DeclarationTags { get; init; }

    /// <summary>
    /// Gets whether all types are followed by the prototypes of all kfuncs, the functions that BTF tags as <c>bpf_kfunc</c>
    /// (since Linux 6.10). A program can leave them out with <c>BPF_NO_KFUNC_PROTOTYPES</c>.
    /// </summary>
    public bool KernelFunctions { get; init; } = true;

    /// <summary>
    /// Gets whether structures and unions to which chosen types only point are defined as well. The text compiles without them,
    /// and they lead to most of a kernel's types.
    /// </summary>
    public bool FollowPointers { get; init; }

    /// <summary>
    /// Gets whether the types of the base of split BTF (that of a kernel module) are written as well. By default they are taken
    /// to be written before, all of them, with the same options.
    /// </summary>
    public bool IncludeBase { get; init; }
}
