using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>A <see cref="LinkAnchor"/> as the kernel takes it, for the time of a call: the default is none.</summary>
internal readonly ref struct EncodedAnchor
{
    private const uint Before = 1 << 3, After = 1 << 4, Id = 1 << 5, Link = 1 << 13; // BPF_F_*, <linux/bpf.h>

    private readonly BorrowedDescriptor _neighbour;

    public EncodedAnchor(bool isBefore, BpfHandle? neighbour, uint id, bool isLink, ulong expectedRevision)
    {
        _neighbour = neighbour.Borrow();
        Relative = neighbour is null ? (int)id : _neighbour.Descriptor;
        Flags = (isBefore ? Before : After) | (id != 0 ? Id : 0) | (isLink ? Link : 0);
        ExpectedRevision = expectedRevision;
    }

    /// <summary>The descriptor or the id of the neighbour; 0 for none.</summary>
    public int Relative { get; }

    /// <summary>The flags to be added to those of the link or program.</summary>
    public uint Flags { get; }

    /// <summary>0 for any.</summary>
    public ulong ExpectedRevision { get; }

    /// <summary>What a link is created with beside the flags.</summary>
    public OrderedLinkAttr ForLink => new() { Relative = Relative, ExpectedRevision = ExpectedRevision };

    public void Dispose() => _neighbour.Dispose();
}
