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
}
