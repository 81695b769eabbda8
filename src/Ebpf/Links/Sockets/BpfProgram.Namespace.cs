using System.Runtime.InteropServices;
using Ebpf.Links.Sockets;

namespace Ebpf;

/// <content>Attaching to network namespaces.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a program (<c>sk_lookup</c>) that chooses the socket for connections and packets that arrive in a network namespace. Since
    /// Linux 5.9.
    /// </summary>
    /// <remarks>
    /// A namespace takes up to 64 such programs, which run in the order in which they were attached. The link is detached when the namespace
    /// goes (<see cref="BpfLink.IsDetached"/>), and does not keep it from going.
    /// </remarks>
    /// <param name="networkNamespace">The namespace; <c>null</c> for that of this thread.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">It is no such program.</exception>
    /// <exception cref="BpfException">
    /// The namespace has as many programs as it takes (E2BIG), or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachSkLookup(NetworkNamespace? networkNamespace = null) => NamespaceHook.Attach(this, Ebpf.AttachType.SkLookup, networkNamespace);

    /// <summary>
    /// Attaches a program (<c>sk_lookup</c>) that chooses the socket for connections and packets that arrive in a network namespace that is
    /// open. Since Linux 5.9.
    /// </summary>
    /// <param name="networkNamespace">What owns a descriptor of the namespace, such as of <c>/proc/PID/ns/net</c>; it stays the caller's.</param>
    /// <inheritdoc cref="AttachSkLookup(NetworkNamespace?)"/>
    public BpfLink AttachSkLookup(SafeHandle networkNamespace)
    {
        ArgumentNullException.ThrowIfNull(networkNamespace);
        return NamespaceHook.Attach(this, Ebpf.AttachType.SkLookup, networkNamespace);
    }

    /// <summary>
    /// Attaches a program that takes packets apart into their addresses and ports (<c>flow_dissector</c>) in a network namespace. Since Linux
    /// 5.7.
    /// </summary>
    /// <remarks>
    /// There is one: a namespace takes one such program, and while the initial namespace has one no other can have, and the other way round.
    /// </remarks>
    /// <param name="networkNamespace">The namespace; <c>null</c> for that of this thread.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">It is no such program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.7.</exception>
    /// <exception cref="BpfException">
    /// The namespace has such a program (E2BIG, EEXIST), or another one has that excludes this (EEXIST), or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachFlowDissector(NetworkNamespace? networkNamespace = null) =>
        NamespaceHook.Attach(this, Ebpf.AttachType.FlowDissector, networkNamespace);

    /// <summary>
    /// Attaches a program that takes packets apart into their addresses and ports (<c>flow_dissector</c>) in a network namespace that is
    /// open. Since Linux 5.7.
    /// </summary>
    /// <param name="networkNamespace">What owns a descriptor of the namespace, such as of <c>/proc/PID/ns/net</c>; it stays the caller's.</param>
    /// <inheritdoc cref="AttachFlowDissector(NetworkNamespace?)"/>
    public BpfLink AttachFlowDissector(SafeHandle networkNamespace)
    {
        ArgumentNullException.ThrowIfNull(networkNamespace);
        return NamespaceHook.Attach(this, Ebpf.AttachType.FlowDissector, networkNamespace);
    }
}
