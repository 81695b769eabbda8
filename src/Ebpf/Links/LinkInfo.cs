namespace Ebpf;

/// <summary>What the kernel knows about a link (<c>struct bpf_link_info</c>).</summary>
public record LinkInfo
{
    /// <summary>Gets the kind of link.</summary>
    public LinkType Type { get; init; }

    /// <summary>Gets the id under which the kernel knows the link; <c>null</c> if it has no <c>bpf_link</c> for the attachment.</summary>
    public uint? Id { get; init; }

    /// <summary>
    /// Gets the id of the attached program; 0 for a struct_ops map, <c>null</c> if the kernel has no <c>bpf_link</c> for the attachment.
    /// </summary>
    public uint? ProgramId { get; init; }
}
