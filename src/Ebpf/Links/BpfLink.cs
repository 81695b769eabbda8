using Ebpf.Links;

namespace Ebpf;

/// <summary>A program that is attached, or a struct_ops map that is registered, until the link is disposed or detached.</summary>
/// <remarks>
/// <para>
/// One class for every way of attaching: what the kernel did beneath, a <c>bpf_link</c> or something older, makes no difference to the
/// caller except where a member says so.
/// </para>
/// <para>
/// A link that nobody disposes stays attached until the process ends: the garbage collector detaches nothing. Safe for use by several
/// threads at once.
/// </para>
/// </remarks>
public sealed partial class BpfLink : IDisposable
{
    private readonly Attachment _attachment;
    private uint _id;

    internal BpfLink(Attachment attachment, LinkType type, string description)
    {
        _attachment = attachment;
        Type = type;
        Description = description;
        attachment.Owner = this;
    }

    /// <summary>Gets the kind of link: to what the program is attached.</summary>
    public LinkType Type { get; }

    /// <summary>Gets a description of what is attached to what: <c>program "count_packets" on interface eth0</c>.</summary>
    public string Description { get; }

    /// <summary>
    /// Gets the descriptor of the kernel's link; <c>null</c> if the kernel has no <c>bpf_link</c> for this attachment: a perf event before
    /// Linux 5.15, a struct_ops map without <see cref="BpfStructOps.HasLink"/>.
    /// </summary>
    public BpfHandle? Handle => _attachment.Link;

    /// <summary>
    /// Gets the id under which the kernel knows the link; <c>null</c> if it has no <c>bpf_link</c> for this attachment
    /// (<see cref="Handle"/>). Asked for once. Since Linux 5.8.
    /// </summary>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.8.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public uint? Id
    {
        get
        {
            if (_id == 0 && Handle is { } link) _id = LinkInfo.Read(link, $"Ask about {Description}").Id ?? 0;
            return _id == 0 ? null : _id;
        }
    }

    /// <summary>Asks the kernel about the link. Since Linux 5.8.</summary>
    /// <returns>
    /// What the kernel knows; what this library knows if the kernel has no <c>bpf_link</c> for this attachment (<see cref="Handle"/>).
    /// </returns>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.8.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public LinkInfo GetInfo() => _attachment.GetInfo();

    /// <summary>
    /// Asks whether nothing is attached any more: the link was detached, or its network interface, cgroup or network namespace is gone.
    /// The kernel detaches silently then, and the link and its pins stay as they are. Since Linux 5.8.
    /// </summary>
    /// <returns><c>null</c> where the kernel does not tell: for probes, tracing and netfilter.</returns>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.8.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool? IsDetached() => _attachment.IsDetached();

    /// <summary>
    /// Detaches the program now, also if a pin or another process holds the link, which stays as an object that is attached to nothing.
    /// Since Linux 5.9 for cgroups, network namespaces and XDP; for tcx, netkit, netfilter, socket maps and struct_ops since they have links.
    /// Without a <c>bpf_link</c> (<see cref="Handle"/>) it does what <see cref="Dispose"/> does.
    /// </summary>
    /// <exception cref="NotSupportedException">
    /// Links of this kind are detached only when nothing holds them any more: dispose the link, and remove its pins.
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.9.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Detach() => _attachment.Detach();

    /// <summary>
    /// Replaces the attached program by another in one step: every event is seen by one of the two. Since Linux 5.7, for cgroups, network
    /// namespaces, XDP, tcx, netkit, socket maps and iterators.
    /// </summary>
    /// <param name="program">The new program, of the same type and attach type.</param>
    /// <param name="expected">The program that must be attached now, or nothing is replaced; <c>null</c> for any.</param>
    /// <exception cref="NotSupportedException">
    /// Links of this kind cannot change their program, or the kernel has no <c>bpf_link</c> for this attachment (<see cref="Handle"/>).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The link or a program is disposed.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused: the program is of another type, what it was attached to is gone (ENOLINK), or another program than
    /// <paramref name="expected"/> is attached (EPERM).
    /// </exception>
    public void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        _attachment.Update(program, expected);
    }

    /// <summary>
    /// Closes the link, which detaches the program unless a pin or another descriptor keeps the link. Disposing it again does nothing.
    /// </summary>
    public void Dispose() => _attachment.Close();

    /// <summary>Closes links, the last one first; many probes at the same time, by threads that are made for it.</summary>
    /// <remarks>
    /// The kernel needs 0.04 to 0.5 seconds to close a probe on a perf event, and does those of uprobes one after the other whoever asks: on
    /// Linux 6.18 thirty take 3 seconds either way. Many functions are better attached by one link
    /// (<see cref="LinkType.KprobeMulti"/>, <see cref="LinkType.UprobeMulti"/>).
    /// </remarks>
    /// <param name="links">The links; those that are disposed already stay so.</param>
    public static void DisposeAll(IEnumerable<BpfLink> links)
    {
        ArgumentNullException.ThrowIfNull(links);
        CompositeAttachment.CloseAll([.. links.Select(link => link._attachment)]);
    }

    /// <summary>Returns <see cref="Description"/>.</summary>
    public override string ToString() => Description;
}
