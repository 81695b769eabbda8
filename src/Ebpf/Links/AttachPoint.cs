namespace Ebpf;

/// <summary>
/// What a program is attached to, where its section's name cannot say it: a network interface, a cgroup, a socket map, a process.
/// </summary>
/// <remarks>
/// A value that can be used any number of times. Nothing is looked up before a program is attached; the method for the program's kind is
/// chosen by its type and attach type.
/// </remarks>
public sealed partial class AttachPoint
{
    private readonly string _name;
    private readonly Func<BpfProgram, BpfLink> _attach;
    private readonly Func<BpfProgram, LinkInfo, bool>? _isAt;

    /// <summary>For the factories, one for each kind of target.</summary>
    /// <param name="name">What the target is called in messages.</param>
    /// <param name="attach">Attaches a program there.</param>
    /// <param name="isAt">
    /// Whether a link that exists, and is attached to something, is attached there; <c>null</c> if that cannot be told.
    /// </param>
    private AttachPoint(string name, Func<BpfProgram, BpfLink> attach, Func<BpfProgram, LinkInfo, bool>? isAt = null) =>
        (_name, _attach, _isAt) = (name, attach, isAt);

    /// <summary>Creates a target of one's own: the way to everything that an attach method of <see cref="BpfProgram"/> can be told.</summary>
    /// <param name="name">What it is called in messages: <c>interface eth0 in generic mode</c>.</param>
    /// <param name="attach">
    /// Attaches a program: <c>program =&gt; program.AttachXdp("eth0", new XdpOptions { Mode = XdpMode.Generic })</c>.
    /// </param>
    public static AttachPoint Custom(string name, Func<BpfProgram, BpfLink> attach)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(attach);
        return new AttachPoint(name, attach);
    }

    /// <summary>Returns the target in words: <c>interface eth0</c>.</summary>
    public override string ToString() => _name;

    /// <summary>Attaches a program there.</summary>
    internal BpfLink Attach(BpfProgram program) => _attach(program);

    /// <summary>Whether a link may be attached there: <c>false</c> if it is attached elsewhere for certain.</summary>
    internal bool MayHold(BpfProgram program, LinkInfo link) => _isAt is null || _isAt(program, link);

    /// <summary>The error for a program that cannot be attached to a target of this kind.</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">The target in words.</param>
    /// <param name="sections">Sections whose programs can be: <c>SEC("xdp") and SEC("tcx/…")</c>.</param>
    private static InvalidOperationException Mismatch(BpfProgram program, string target, string sections)
    {
        string section = program.SectionName.Length > 0 ? $" (section \"{program.SectionName}\")" : "";
        return new($"Attach program \"{program.Name}\" to {target}: it is a {program.Type} program{section}; there go programs of {sections}.");
    }
}
