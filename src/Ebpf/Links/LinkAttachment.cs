using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>A <c>bpf_link</c>: closing its last descriptor detaches.</summary>
/// <param name="link">Its descriptor, which this takes.</param>
/// <param name="beneath">What the link is on and must live as long: a perf event. This takes it too.</param>
internal sealed class LinkAttachment(BpfHandle link, BpfHandle? beneath = null) : Attachment
{
    private volatile bool _wasDetached;

    public override BpfHandle Link => link;

    public override BpfLink? Owner
    {
        get => base.Owner;
        set
        {
            base.Owner = value;
            link.Owner = value;
        }
    }

    public override bool ClosesSlowly => beneath is not null;

    private LinkType Type => Owner?.Type ?? LinkType.Unspecified;

    public override void Close()
    {
        link.Dispose();
        beneath?.Dispose();
    }

    public override void Detach()
    {
        if (LinkRules.CanDetach(Type) == false) throw CannotDetach();
        Errno error = link.Kernel.DetachLink(link);
        if (error == Errno.EOPNOTSUPP) throw CannotDetach();
        if (error != Errno.None)
        {
            Version since = new(5, 9);
            throw error == Errno.EINVAL && KernelFacts.Of(link.Kernel).Version < since
                ? new FeatureNotSupportedException($"Detach {Description}", "detaching links that are held", since, error)
                : Refusal.Explain(link.Kernel, $"Detach {Description}", error, Privileges.None);
        }

        _wasDetached = true;
    }

    public override bool? IsDetached() => _wasDetached ? true : GetInfo().IsDetached;

    public override void Update(BpfProgram program, BpfProgram? expected)
    {
        if (LinkRules.CanUpdate(Type) == false) throw CannotUpdate();
        Errno error = link.Kernel.UpdateLink(link, program.Handle, expected?.Handle);
        if (error == Errno.None) return;
        string? advice = error switch
        {
            Errno.EPERM when expected is not null => NotTheExpected(expected),
            Errno.EINVAL => "the program is of another type or attach type than the link, or was loaded for another target",
            Errno.EEXIST => "this program is attached at the same hook already",
            Errno.ENOLINK => "what the link was attached to is gone, or the link was detached: attach the program anew",
            Errno.EOPNOTSUPP when expected is null => "the kernel, or what the link is attached to, cannot replace this program",
            _ => null,
        };
        throw Refusal.Explain(
            link.Kernel, $"Replace {Description} by program \"{program.Name}\"", error, Privileges.Bpf | Privileges.NetAdmin, advice);
    }

    public override LinkInfo GetInfo() => LinkInfo.Read(link, $"Ask about {Description}");

    private NotSupportedException CannotDetach() => new(
        $"{Description}: the kernel detaches {Type} links only when nothing holds them any more: dispose the link, and remove its pins.");

    private NotSupportedException CannotUpdate() => new(
        $"{Description}: the kernel cannot replace the program of {Type} links: attach the other one anew, then dispose this link.");

    /// <summary>EPERM is not about rights here: the kernel compares programs.</summary>
    private string NotTheExpected(BpfProgram expected)
    {
        LinkInfo info = default!;
        try
        {
            info = GetInfo();
        }
        catch (BpfException)
        {
            // The error of the replacing says more.
        }

        string expectedOne = $"\"{expected.Name}\"";
        return info?.ProgramId is { } id
            ? $"the program that is attached now is not {expectedOne} but the one with id {id}"
            : $"the program that is attached now is not {expectedOne}";
    }
}
