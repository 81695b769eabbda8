using Ebpf.Links;

namespace Ebpf;

/// <content>Attaching by the name of the section.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches the program to what its section's name says: <c>tp/sched/sched_switch</c>.</summary>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// The section's name does not say where, as with XDP, or the program was opened: use the method for its kind.
    /// </exception>
    /// <exception cref="BpfException">There is no such target, or the kernel refused.</exception>
    public BpfLink Attach()
    {
        switch (ProgramSpec.ReadTarget(_rule, _attachTo, SectionName, Name))
        {
            case TracepointTarget target:
                return AttachTracepoint(target.Category, target.Name);
            case RawTracepointTarget target:
                return AttachRawTracepoint(target.Name);
            case TracingTarget target when Type == ProgramType.Tracing:
                return TracingHook.Attach(this, target.Name, new());
            case LsmTarget target when AttachType == Ebpf.AttachType.LsmMac:
                return TracingHook.AttachLsm(this, target.Hook, new());
            case null when SectionName.Length == 0:
                throw new InvalidOperationException(
                    $"Program \"{Name}\" comes from no section whose name would say where to attach it: use the method for its kind.");
            case null:
                throw CannotAttachItself("it does not say where");
            default:
                throw CannotAttachItself("this library cannot yet attach programs of this kind by it");
        }
    }

    private InvalidOperationException CannotAttachItself(string why) =>
        new($"Program \"{Name}\" (section \"{SectionName}\") cannot be attached by the section's name: {why}.");
}
