using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Links;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>A program that is attached, or a struct_ops map that is registered, until the link is disposed.</summary>
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
            if (_id == 0 && Handle is { } link) _id = Ask(link).Header.Id;
            return _id == 0 ? null : _id;
        }
    }

    /// <summary>Asks the kernel about the link. Since Linux 5.8.</summary>
    /// <returns>
    /// What the kernel knows; only <see cref="LinkInfo.Type"/> if it has no <c>bpf_link</c> for this attachment (<see cref="Handle"/>).
    /// </returns>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.8.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public LinkInfo GetInfo()
    {
        if (Handle is not { } link) return new LinkInfo { Type = Type };
        LinkInfoHeader known = Ask(link).Header;
        return new LinkInfo { Type = (LinkType)known.Type, Id = known.Id, ProgramId = known.ProgramId };
    }

    /// <summary>Replaces the attached program by another in one step: every event is seen by one of the two. Since Linux 5.7.</summary>
    /// <param name="program">The new program, of the same type and attach type.</param>
    /// <param name="expected">The program that must be attached now, or nothing is replaced; <c>null</c> for any.</param>
    /// <exception cref="NotSupportedException">The kernel has no <c>bpf_link</c> for this attachment (<see cref="Handle"/>).</exception>
    /// <exception cref="ObjectDisposedException">The link or a program is disposed.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused: links of this kind cannot change their program, the program is of another type, or another program than
    /// <paramref name="expected"/> is attached (EPERM).
    /// </exception>
    public void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        BpfHandle link = Handle
            ?? throw new NotSupportedException($"The kernel has no link for {Description}, so its program cannot be replaced: attach the other one anew.");
        Errno error = link.Kernel.UpdateLink(link, program.Handle, expected?.Handle);
        if (error == Errno.None) return;
        string? advice = error switch
        {
            Errno.EPERM when expected is not null => $"the program that is attached now is not \"{expected.Name}\"",
            Errno.EINVAL when !CanUpdate => $"{Type} links cannot change their program: attach the other one anew",
            Errno.EINVAL => "the program is of another type or attach type than the link",
            Errno.ENOLINK => "what the link was attached to is gone",
            _ => null,
        };
        throw Refusal.Explain(link.Kernel, $"Replace {Description} by program \"{program.Name}\"", error, Privileges.Bpf, advice);
    }

    /// <summary>
    /// Closes the link, which detaches the program unless a pin or another descriptor keeps the link. Disposing it again does nothing.
    /// </summary>
    public void Dispose() => _attachment.Close();

    /// <summary>Returns <see cref="Description"/>.</summary>
    public override string ToString() => Description;

    /// <summary>Whether the kernel has a function for it (<c>update_prog</c> in its <c>struct bpf_link_ops</c>).</summary>
    private bool CanUpdate => Type is not (LinkType.RawTracepoint or LinkType.Tracing or LinkType.PerfEvent or LinkType.KprobeMulti
        or LinkType.StructOps or LinkType.UprobeMulti or LinkType.TracingMulti or LinkType.Netfilter);

    private KernelLinkInfo Ask(BpfHandle link)
    {
        KernelLinkInfo info = default;
        Errno error = link.Kernel.GetInfo(link, ref info);
        if (error == Errno.None) return info;
        string operation = $"Ask about {Description}";
        Version since = new(5, 8);
        throw error == Errno.EINVAL && KernelFacts.Of(link.Kernel).Version < since
            ? new FeatureNotSupportedException(operation, "information about links", since, error)
            : Refusal.Explain(link.Kernel, operation, error);
    }
}
