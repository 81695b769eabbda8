using Ebpf.Links.Network;

namespace Ebpf;

/// <content>Attaching to network interfaces by XDP.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches an XDP program to a network interface. Since Linux 5.9.</summary>
    /// <param name="interfaceName">The name of the interface (<c>eth0</c>) in this thread's network namespace.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">It is no XDP program, or one for a device map or CPU map.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">
    /// There is no such interface, another program is attached, the driver does not support the mode, or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachXdp(string interfaceName, XdpOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        return XdpHook.Attach(this, interfaceName, options ?? new());
    }

    /// <summary>Attaches an XDP program to a network interface. Since Linux 5.9.</summary>
    /// <param name="interfaceIndex">The index of the interface in this thread's network namespace; at least 1.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <inheritdoc cref="AttachXdp(string, XdpOptions?)"/>
    public BpfLink AttachXdp(int interfaceIndex, XdpOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        return XdpHook.Attach(this, interfaceIndex, options ?? new());
    }
}
