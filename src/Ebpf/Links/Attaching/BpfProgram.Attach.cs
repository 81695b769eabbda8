using Ebpf.Links.Attaching;

namespace Ebpf;

/// <content>Attaching by the name of the section, and to a target that it cannot say.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches the program to what its section's name says: <c>tp/sched/sched_switch</c>.</summary>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// The section's name does not say where, as with XDP, or the program was opened: use <see cref="Attach(AttachPoint)"/> or the method for
    /// its kind.
    /// </exception>
    /// <exception cref="BpfException">There is no such target, or the kernel refused.</exception>
    public BpfLink Attach() => SectionAttach.Attach(this);

    /// <summary>Attaches the program to what its section's name cannot say: a network interface, a cgroup, a socket map.</summary>
    /// <param name="target">The target.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">Programs of this type or attach type cannot be attached to such a target.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">There is no such target, or the kernel refused otherwise.</exception>
    public BpfLink Attach(AttachPoint target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return target.Attach(this);
    }

    /// <summary>
    /// Attaches the program with a link that is pinned, and outlives this process; or takes over the link that is pinned there already, as
    /// an earlier run left it.
    /// </summary>
    /// <remarks>
    /// <list type="bullet">
    /// <item>Nothing is pinned at the path: the program is attached, and the link pinned.</item>
    /// <item>
    /// A link is pinned there: its program is replaced by this one in one step, as <see cref="BpfLink.Update(BpfProgram, BpfProgram?)"/> does, so that every event is
    /// seen by one of the two. For kinds that have no such step (probes, tracing), this program is attached beside it before the old link is
    /// closed, so that for a moment both run.
    /// </item>
    /// <item>
    /// What is pinned there is attached to nothing any more, since its interface or cgroup is gone: the file is removed, and the program
    /// attached anew.
    /// </item>
    /// </list>
    /// Not safe against other processes that do the same with this path at this time: the one that comes later fails.
    /// </remarks>
    /// <param name="path">A path in a BPF file system, as for <see cref="IPinnable.Pin"/>.</param>
    /// <param name="target">What to attach to; <c>null</c> for what the section's name says.</param>
    /// <returns>The link; disposing it leaves the pin, and so the program attached.</returns>
    /// <exception cref="InvalidOperationException">
    /// Programs of this type cannot be attached to such a target, or nothing says where.
    /// </exception>
    /// <exception cref="NotSupportedException">The kernel has no <c>bpf_link</c> for this way of attaching, so nothing can be pinned.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">
    /// What is pinned there is no link, or one that is attached elsewhere; or the kernel refused otherwise. What was pinned before still is.
    /// </exception>
    public BpfLink AttachPinned(string path, AttachPoint? target = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return PinTakeover.Attach(this, path, target);
    }
}
