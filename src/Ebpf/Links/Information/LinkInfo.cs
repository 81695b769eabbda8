using Ebpf.Links.Information;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>
/// What the kernel knows about a link (<c>struct bpf_link_info</c>): for each kind of link there is a record that adds what it has of its
/// own.
/// </summary>
/// <remarks>
/// What the running kernel does not tell, or hides from this process, is <c>null</c>, not 0. For an attachment without a <c>bpf_link</c>
/// (<see cref="BpfLink.Handle"/>) it holds what this library knows, or can ask elsewhere.
/// </remarks>
public record LinkInfo
{
    /// <summary>Gets the kind of link.</summary>
    public LinkType Type { get; init; }

    /// <summary>Gets the id under which the kernel knows the link; <c>null</c> if it has no <c>bpf_link</c> for the attachment.</summary>
    public uint? Id { get; init; }

    /// <summary>Gets the id of the attached program; 0 for a struct_ops map.</summary>
    public uint? ProgramId { get; init; }

    /// <summary>
    /// Gets whether the link is attached to nothing any more: it was detached, or its network interface, cgroup, network namespace or map
    /// is gone; <c>null</c> where the kernel does not tell, as for probes, tracing and netfilter.
    /// </summary>
    public virtual bool? IsDetached => null;

    /// <summary>Asks the kernel.</summary>
    /// <exception cref="BpfException">It refused.</exception>
    internal static LinkInfo Read(BpfHandle link, string operation) => new LinkInfoReader(link, operation).Read();
}
