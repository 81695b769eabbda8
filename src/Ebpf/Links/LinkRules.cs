namespace Ebpf.Links;

/// <summary>What the kernel can do with the links of each kind: the functions in its <c>struct bpf_link_ops</c>.</summary>
/// <remarks>
/// Its own answers do not tell: to an update it answers EINVAL, as to a program that does not fit; to a detaching EOPNOTSUPP.
/// </remarks>
internal static class LinkRules
{
    /// <summary>Whether a link can be detached while something holds it (<c>detach</c>).</summary>
    /// <returns><c>null</c> for a kind that this library does not know.</returns>
    public static bool? CanDetach(LinkType type) => type switch
    {
        LinkType.Cgroup or LinkType.Netns or LinkType.Xdp or LinkType.Tcx or LinkType.Netkit or LinkType.Netfilter or LinkType.SockMap
            or LinkType.StructOps => true,
        LinkType.RawTracepoint or LinkType.Tracing or LinkType.Iter or LinkType.PerfEvent or LinkType.KprobeMulti
            or LinkType.UprobeMulti or LinkType.TracingMulti => false,
        _ => null,
    };

    /// <summary>Whether the program of a link can be replaced (<c>update_prog</c>).</summary>
    /// <returns><c>null</c> for a kind that this library does not know.</returns>
    public static bool? CanUpdate(LinkType type) => type switch
    {
        LinkType.Cgroup or LinkType.Netns or LinkType.Xdp or LinkType.Tcx or LinkType.Netkit or LinkType.SockMap or LinkType.Iter => true,
        LinkType.RawTracepoint or LinkType.Tracing or LinkType.PerfEvent or LinkType.KprobeMulti or LinkType.UprobeMulti
            or LinkType.TracingMulti or LinkType.Netfilter or LinkType.StructOps => false,
        _ => null,
    };
}
