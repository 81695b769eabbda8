using Ebpf.Links.Network;

namespace Ebpf;

/// <content>Attaching to netkit devices.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches a program to a pair of netkit devices. Since Linux 6.7 (CONFIG_NETKIT).</summary>
    /// <remarks>
    /// Both devices' programs are attached through the primary one, so that a container cannot change those of its own device. A verdict other
    /// than those of <see cref="NetkitAction"/> drops the packet. Programs of netkit and of tcx cannot share a program array.
    /// </remarks>
    /// <param name="interfaceName">
    /// The name of the primary device in this thread's network namespace, or in <see cref="NetkitOptions.NetworkNamespace"/>.
    /// </param>
    /// <param name="device">
    /// The device whose packets it sees; <c>null</c> for what the program was loaded for (<c>SEC("netkit/primary")</c>,
    /// <c>SEC("netkit/peer")</c>).
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is no program for netkit, was loaded for the other device, or says no device and none is given.
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">The kernel has no netkit.</exception>
    /// <exception cref="BpfException">
    /// There is no such interface, it is no netkit device (ENXIO) or the peer of a pair (EACCES), the program is attached there already (EEXIST),
    /// the anchor is not there (ENOENT), or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachNetkit(string interfaceName, NetkitDevice? device = null, NetkitOptions? options = null) =>
        NetkitHook.Attach(this, InterfaceTarget.Of(interfaceName, options?.NetworkNamespace), device, options ?? new());

    /// <inheritdoc cref="AttachNetkit(string, NetkitDevice?, NetkitOptions?)"/>
    /// <param name="interfaceIndex">
    /// The index of the primary device in this thread's network namespace, or in <see cref="NetkitOptions.NetworkNamespace"/>; at least 1.
    /// </param>
    /// <param name="device">The device whose packets it sees; <c>null</c> for what the program was loaded for.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public BpfLink AttachNetkit(int interfaceIndex, NetkitDevice? device = null, NetkitOptions? options = null) =>
        NetkitHook.Attach(this, InterfaceTarget.Of(interfaceIndex, options?.NetworkNamespace), device, options ?? new());
}
