using Ebpf.Links.Tracing;

namespace Ebpf;

/// <content>Replacing functions of other programs.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Puts a program (<c>freplace</c>) into the place of the function for which it was loaded (<see cref="CollectionOptions.TargetPrograms"/>),
    /// until the link is disposed. Since Linux 5.6.
    /// </summary>
    /// <remarks>Once: to attach it again, give the target (<see cref="AttachFreplace(BpfProgram, string?)"/>).</remarks>
    /// <returns>The link; disposing it brings the function back.</returns>
    /// <exception cref="InvalidOperationException">It is no program that replaces a function.</exception>
    /// <exception cref="BpfException">
    /// It was attached before (EINVAL), the function is replaced already or traced, or its program is in a program array (EBUSY; the message
    /// says which), or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachFreplace() => FreplaceHook.Attach(this);

    /// <summary>
    /// Puts a program (<c>freplace</c>) into the place of a function of a program that need not be the one for which it was loaded, until the
    /// link is disposed. Since Linux 5.10. The types of the target are opened by their id, which needs CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="target">
    /// The program: of the type and attach type of the one that was given when this program was loaded, with BTF, compiled by the kernel to
    /// machine code. It stays the caller's.
    /// </param>
    /// <param name="function">
    /// A global function of it with the same parameters and result as the one for which this program was loaded; <c>null</c> for the one of
    /// the same name.
    /// </param>
    /// <returns>The link; disposing it brings the function back.</returns>
    /// <exception cref="InvalidOperationException">It is no program that replaces a function.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.10.</exception>
    /// <exception cref="BpfException">
    /// The target has no BTF, or no such function; it is not like the one at loading (EINVAL); the function is replaced already or traced, or
    /// the target is in a program array (EBUSY; the message says which); or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachFreplace(BpfProgram target, string? function = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        return FreplaceHook.Attach(this, target, function);
    }
}
