namespace Ebpf.Btf;

/// <summary>How types are written as C. The defaults are those of <c>bpftool btf dump … format c</c>.</summary>
public sealed record CWriterOptions
{
    /// <summary>
    /// Gets or sets the macro that keeps the text from being read twice; empty for none. <c>null</c>, the default, is
    /// <c>__VMLINUX_H__</c>, which <c>&lt;bpf/bpf_tracing.h&gt;</c> asks for, and none for what is to be included behind it:
    /// split BTF without its base.
    /// </summary>
    public string? HeaderGuard { get; init; }

    /// <summary>
    /// Gets or sets whether clang shall make every access to a structure CO-RE relocatable
    /// (<c>__attribute__((preserve_access_index))</c>). A program can still say no with <c>BPF_NO_PRESERVE_ACCESS_INDEX</c>.
    /// </summary>
    public bool PreserveAccessIndex { get; init; } = true;

    /// <summary>Gets or sets whether type tags (<c>__attribute__((btf_type_tag("…")))</c>) are written. Only clang, and GCC 16, know them.</summary>
    public bool TypeTags { get; init; } = true;

    /// <summary>
    /// Gets or sets whether tags of declarations (<c>__attribute__((btf_decl_tag("…")))</c>) are written: those of structures, unions,
    /// their members, typedefs and functions.
    /// </summary>
    public bool DeclarationTags { get; init; }

    /// <summary>
    /// Gets or sets whether all types are followed by the prototypes of all kfuncs, the functions that BTF tags as <c>bpf_kfunc</c>
    /// (since Linux 6.10). A program can leave them out with <c>BPF_NO_KFUNC_PROTOTYPES</c>.
    /// </summary>
    public bool KernelFunctions { get; init; } = true;

    /// <summary>
    /// Gets or sets whether structures and unions to which chosen types only point are defined as well. They need not be for the text
    /// to compile, and lead to most of a kernel's types.
    /// </summary>
    public bool FollowPointers { get; init; }

    /// <summary>
    /// Gets or sets whether the types of the base are written as well when the BTF is split (that of a kernel module). By default they
    /// are taken as written before, all of them, with the same options.
    /// </summary>
    public bool IncludeBase { get; init; }
}
