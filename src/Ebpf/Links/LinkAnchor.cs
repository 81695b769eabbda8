using System.Globalization;
using Ebpf.Links;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Where a program stands among the others at the same hook: for tcx, netkit, and cgroups since Linux 6.17.</summary>
/// <remarks>
/// Programs run from the head of the list to its tail. A neighbour is named by a live object or by its id; it must be at the same hook when
/// the program is attached, or the kernel answers ENOENT. At a cgroup a link can stand only beside a link; tcx and netkit take both.
/// </remarks>
public sealed record LinkAnchor
{
    private enum Side
    {
        Before,
        After,
    }

    private readonly Side _side;
    private readonly BpfLink? _link;
    private readonly BpfProgram? _program;
    private readonly uint _id;
    private readonly bool _isLinkId;

    private LinkAnchor(Side side, BpfLink? link = null, BpfProgram? program = null, uint id = 0, bool isLinkId = false) =>
        (_side, _link, _program, _id, _isLinkId) = (side, link, program, id, isLinkId);

    /// <summary>Gets the anchor for the first place: the program runs before all that are there now.</summary>
    public static LinkAnchor Head { get; } = new(Side.Before);

    /// <summary>Gets the anchor for the last place: the program runs after all that are there now.</summary>
    public static LinkAnchor Tail { get; } = new(Side.After);

    /// <summary>
    /// Gets the revision that the list of programs must have, as <see cref="HookPrograms.Revision"/> tells it; otherwise attaching fails with
    /// ESTALE. Each change of the list adds one. The default is <c>null</c>: any.
    /// </summary>
    public ulong? ExpectedRevision { get; init; }

    /// <summary>Creates the anchor for the place before a link.</summary>
    /// <param name="link">The link; it must be open when the program is attached.</param>
    /// <exception cref="ArgumentException">The kernel has no <c>bpf_link</c> for it.</exception>
    public static LinkAnchor Before(BpfLink link) => new(Side.Before, link: Checked(link));

    /// <summary>Creates the anchor for the place before a program.</summary>
    /// <param name="program">The program; it must be open when the other one is attached.</param>
    public static LinkAnchor Before(BpfProgram program) => new(Side.Before, program: program ?? throw new ArgumentNullException(nameof(program)));

    /// <summary>Creates the anchor for the place before a link.</summary>
    /// <param name="id">The id of the link.</param>
    public static LinkAnchor BeforeLink(uint id) => new(Side.Before, id: Checked(id), isLinkId: true);

    /// <summary>Creates the anchor for the place before a program.</summary>
    /// <param name="id">The id of the program.</param>
    public static LinkAnchor BeforeProgram(uint id) => new(Side.Before, id: Checked(id));

    /// <summary>Creates the anchor for the place after a link.</summary>
    /// <inheritdoc cref="Before(BpfLink)"/>
    public static LinkAnchor After(BpfLink link) => new(Side.After, link: Checked(link));

    /// <summary>Creates the anchor for the place after a program.</summary>
    /// <inheritdoc cref="Before(BpfProgram)"/>
    public static LinkAnchor After(BpfProgram program) => new(Side.After, program: program ?? throw new ArgumentNullException(nameof(program)));

    /// <summary>Creates the anchor for the place after a link.</summary>
    /// <inheritdoc cref="BeforeLink"/>
    public static LinkAnchor AfterLink(uint id) => new(Side.After, id: Checked(id), isLinkId: true);

    /// <summary>Creates the anchor for the place after a program.</summary>
    /// <inheritdoc cref="BeforeProgram"/>
    public static LinkAnchor AfterProgram(uint id) => new(Side.After, id: Checked(id));

    /// <summary>Returns the place in words: <c>before link 7</c>.</summary>
    public override string ToString()
    {
        string side = _side == Side.Before ? "before" : "after";
        string place = this switch
        {
            { _link: { } link } => $"{side} {link.Description}",
            { _program: { } program } => $"{side} program \"{program.Name}\"",
            { _id: not 0 } => string.Create(CultureInfo.InvariantCulture, $"{side} {(_isLinkId ? "link" : "program")} {_id}"),
            _ => _side == Side.Before ? "at the head" : "at the tail",
        };
        return ExpectedRevision is { } revision ? string.Create(CultureInfo.InvariantCulture, $"{place} of revision {revision}") : place;
    }

    /// <summary>Whether it names a neighbour that is a program; <c>null</c> if it names none.</summary>
    internal bool? IsBesideProgram => this switch
    {
        { _link: not null } => false,
        { _program: not null } => true,
        { _id: not 0 } => !_isLinkId,
        _ => null,
    };

    /// <summary>What the kernel is given; the descriptor stays open until that is disposed.</summary>
    /// <param name="anchor">The anchor; <c>null</c> for none, which is the tail on every kernel.</param>
    /// <exception cref="ObjectDisposedException">The link or program that it names is disposed.</exception>
    internal static EncodedAnchor Encode(LinkAnchor? anchor) => anchor is null ? default : new EncodedAnchor(
        anchor._side == Side.Before,
        anchor._link?.Handle ?? anchor._program?.Handle,
        anchor._id,
        anchor._link is not null || anchor._isLinkId,
        anchor.ExpectedRevision ?? 0);

    private static BpfLink Checked(BpfLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link.Handle is not null
            ? link
            : throw new ArgumentException($"The kernel has no link for {link.Description}: name the program.", nameof(link));
    }

    private static uint Checked(uint id)
    {
        ArgumentOutOfRangeException.ThrowIfZero(id);
        return id;
    }
}
