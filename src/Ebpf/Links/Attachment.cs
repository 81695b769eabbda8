using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>What the kernel did to attach a program, and how it is undone: what the kinds of <see cref="BpfLink"/> differ in.</summary>
/// <remarks>
/// <para>
/// It is undone by <see cref="Close"/> and <see cref="Detach"/> alone, never by the garbage collector: descriptors whose closing detaches
/// are <see cref="BpfHandle.CloseOnlyOnDispose"/>.
/// </para>
/// <para>Safe for use by several threads at once; of two that close or detach, one does it, and no step is done twice.</para>
/// </remarks>
internal abstract class Attachment
{
    /// <summary>The kernel's link; <c>null</c> where the kernel has none.</summary>
    public virtual BpfHandle? Link => null;

    /// <summary>The public link over this one, for messages; set when that is made.</summary>
    public virtual BpfLink? Owner { get; set; }

    /// <summary>What messages call the attachment.</summary>
    protected string Description => Owner?.Description ?? "a program";

    /// <summary>Whether the kernel may need long to close it, as with probes, so that many are closed at the same time.</summary>
    public virtual bool ClosesSlowly => false;

    /// <summary>Gives up what this holds: detaches, unless something else keeps the kernel's link. Closing again does nothing.</summary>
    public abstract void Close();

    /// <summary>Detaches now, whoever else holds it. Where nobody else can, closing does it.</summary>
    /// <exception cref="NotSupportedException">The kernel cannot detach this kind while something holds it.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public virtual void Detach() => Close();

    /// <summary>Whether nothing is attached any more: it was detached, or what it was attached to is gone.</summary>
    /// <returns><c>null</c> where the kernel does not tell.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public abstract bool? IsDetached();

    /// <summary>Replaces the program in one step.</summary>
    /// <param name="program">The new one.</param>
    /// <param name="expected">The one that must be attached now; <c>null</c> for any.</param>
    /// <exception cref="NotSupportedException">This kind of attachment has no such step.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public virtual void Update(BpfProgram program, BpfProgram? expected) => throw new NotSupportedException(
        $"The kernel has no link for {Description}, so its program cannot be replaced: attach the other one anew.");

    /// <summary>What the kernel knows; without a link of the kernel's, what this knows itself.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public virtual LinkInfo GetInfo() => new() { Type = Owner?.Type ?? LinkType.Unspecified };
}
