using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

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

    /// <summary>
    /// Gets whether the link is attached to nothing any more: it was detached, or its interface, cgroup or network namespace is gone;
    /// <c>null</c> where the kernel does not tell.
    /// </summary>
    public virtual bool? IsDetached => null;

    /// <summary>Reads what the kernel knows.</summary>
    internal static LinkInfo Read(BpfHandle link, string operation)
    {
        KernelLinkInfo info = default;
        Errno error = link.Kernel.GetInfo(link, ref info);
        Version since = new(5, 8);
        return error switch
        {
            Errno.None => new() { Type = (LinkType)info.Header.Type, Id = info.Header.Id, ProgramId = info.Header.ProgramId },
            Errno.EINVAL when KernelFacts.Of(link.Kernel).Version < since =>
                throw new FeatureNotSupportedException(operation, "information about links", since, error),
            _ => throw Refusal.Explain(link.Kernel, operation, error),
        };
    }
}
