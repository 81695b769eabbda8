namespace Ebpf;

/// <summary>Options for attaching a program to a cgroup (<see cref="BpfProgram.AttachCgroup(string, CgroupOptions?)"/>).</summary>
public sealed record CgroupOptions
{
    /// <summary>
    /// Gets where in the cgroup the program is attached, for programs that do not say it themselves: those of <c>SEC("cgroup/skb")</c>,
    /// which run in either direction, and those that were opened by id or path, since the kernel does not tell their attach type. The
    /// default is <c>null</c>: as the program was loaded.
    /// </summary>
    public AttachType? AttachType { get; init; }

    /// <summary>
    /// Gets how the program gets on with other programs of its kind in the cgroup, and in those above and below it. The default is
    /// <see cref="CgroupSharing.Multi"/>.
    /// </summary>
    public CgroupSharing Sharing { get; init; }

    /// <summary>
    /// Gets where the program stands among the others that are attached to the same cgroup by links; since Linux 6.17. The kernel takes only
    /// a link for a neighbour, and only one that is <see cref="PreOrder"/> as this one is. The default is <c>null</c>: at the tail.
    /// </summary>
    public LinkAnchor? Anchor { get; init; }

    /// <summary>
    /// Gets whether the program runs on the way from the root to the socket's or process's own cgroup, before all that are attached
    /// without it (<c>BPF_F_PREORDER</c>, since Linux 6.15). By default programs run in the opposite order: those of the own cgroup first.
    /// </summary>
    public bool PreOrder { get; init; }

    /// <summary>
    /// Gets the program whose place this one takes in one step: one that was attached without a link (<c>BPF_F_REPLACE</c>, since Linux
    /// 5.5), which this program is then too. The program of a link is replaced by <see cref="BpfLink.Update(BpfProgram, BpfProgram?)"/>.
    /// The default is <c>null</c>: none.
    /// </summary>
    public BpfProgram? Replace { get; init; }
}

/// <summary>How a program gets on with others of its kind in a cgroup, and in those above and below it.</summary>
public enum CgroupSharing
{
    /// <summary>
    /// Beside any number of others, all of which run, with those of the cgroups above (<c>BPF_F_ALLOW_MULTI</c>, since Linux 4.15). What
    /// every link is.
    /// </summary>
    Multi,

    /// <summary>
    /// Alone in its cgroup; in a cgroup below it, a program that is attached there runs in its place (<c>BPF_F_ALLOW_OVERRIDE</c>). There
    /// is no link for it.
    /// </summary>
    Override,

    /// <summary>
    /// Alone in its cgroup and in all below it, to which no other program of this kind can be attached any more. There is no link for it.
    /// </summary>
    Exclusive,
}
