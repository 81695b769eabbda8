using Ebpf.Linux;

namespace Ebpf.Links.Network;

/// <summary>
/// Creates the links of interfaces that stand in an order, tcx and netkit, which the kernel keeps by the same code (<c>kernel/bpf/mprog.c</c>).
/// </summary>
internal static class OrderedLinks
{
    /// <summary>Creates a link.</summary>
    /// <returns><c>null</c> after an error.</returns>
    public static LinkAttachment? Create(BpfProgram program, int interfaceIndex, AttachType attachType, LinkAnchor? anchor, out Errno error)
    {
        using BorrowedDescriptor borrowed = program.Handle.Borrow();
        using EncodedAnchor encoded = LinkAnchor.Encode(anchor);
        LinkCreateAttr attr = new()
        {
            Program = borrowed.Descriptor,
            Target = interfaceIndex,
            AttachType = attachType,
            Flags = encoded.Flags,
            Ordered = encoded.ForLink,
        };
        return program.Kernel.CreateLink(ref attr, out error) is { } link ? new LinkAttachment(link) : null;
    }

    /// <summary>What the errors mean that both kinds have.</summary>
    /// <returns><c>null</c> for other errors.</returns>
    public static string? Explain(LinkAnchor? anchor, Errno error) => error switch
    {
        Errno.ENODEV => InterfaceTarget.NoSuchInterface,
        Errno.EEXIST => "this program is attached there already: load it a second time to attach it twice",
        Errno.ENOENT when anchor is not null => $"there is no such neighbour at this hook ({anchor})",
        Errno.ESTALE => $"the list of programs has another revision by now ({anchor}): read it and try again",
        Errno.ERANGE => "64 programs are there, as many as the kernel allows, or the neighbour is not where the anchor says",
        Errno.EBUSY => "the place belongs to a link",
        Errno.EINVAL when anchor is not null => $"the neighbour is no program or link of this kind ({anchor})",
        _ => null,
    };
}
