using Ebpf.Links.Network;

namespace Ebpf;

/// <content>Attaching to network interfaces by XDP.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches an XDP program to a network interface: by a link since Linux 5.9, before that by a message to the kernel
    /// (<see cref="XdpOptions.WithoutLink"/>).
    /// </summary>
    /// <remarks>
    /// Some drivers stop and start the interface for it, which takes seconds. A program that sees packets in one piece is refused on
    /// interfaces with a large MTU: those of <c>SEC("xdp.frags")</c> are not. Packets that a program redirects to a virtual Ethernet
    /// interface are dropped unless its peer has an XDP program, or generic receive offload is on.
    /// </remarks>
    /// <param name="interfaceName">
    /// The name of the interface (<c>eth0</c>) in this thread's network namespace, or in <see cref="XdpOptions.NetworkNamespace"/>.
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="InvalidOperationException">It is no XDP program, or one for a device map or CPU map.</exception>
    /// <exception cref="BpfException">
    /// There is no such interface, another program is attached, the driver does not support the mode, or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachXdp(string interfaceName, XdpOptions? options = null) =>
        XdpHook.Attach(this, InterfaceTarget.Of(interfaceName, options?.NetworkNamespace), options ?? new());

    /// <inheritdoc cref="AttachXdp(string, XdpOptions?)"/>
    /// <param name="interfaceIndex">
    /// The index of the interface in this thread's network namespace, or in <see cref="XdpOptions.NetworkNamespace"/>; at least 1.
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public BpfLink AttachXdp(int interfaceIndex, XdpOptions? options = null) =>
        XdpHook.Attach(this, InterfaceTarget.Of(interfaceIndex, options?.NetworkNamespace), options ?? new());
}
