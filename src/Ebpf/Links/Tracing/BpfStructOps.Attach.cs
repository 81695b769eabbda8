using Ebpf.Links.Tracing;

namespace Ebpf;

/// <content>Registering.</content>
public sealed partial class BpfStructOps
{
    /// <summary>Registers the map: from now on the kernel calls its functions.</summary>
    /// <returns>
    /// The link; disposing it unregisters the map. A map without <see cref="HasLink"/> stays registered even when the process ends, until
    /// the link is disposed or the element of the map deleted, and can be registered only once.
    /// </returns>
    /// <exception cref="BpfException">
    /// The map lacks a function that the kernel requires, one of the same name is registered, or the kernel refused otherwise.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The map was not created by a collection, so that nothing is known to put into it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The map, or a program of it, is disposed.</exception>
    public BpfLink Attach() => StructOpsHook.Attach(Map);
}
