using System.Runtime.InteropServices;
using Ebpf.Links.Sockets;

namespace Ebpf;

/// <content>Attaching to infrared receivers.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a program that decodes infrared signals to a receiver: it is called for each pulse and space that arrives, and reports keys
    /// and movements. Since Linux 4.18.
    /// </summary>
    /// <remarks>
    /// There is no link in the kernel: the program stays attached, also beyond the end of the process, until the link is disposed or the
    /// receiver is unplugged. A receiver takes up to 64 programs, which see every signal one after the other.
    /// </remarks>
    /// <param name="path">The device: <c>/dev/lirc0</c>.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">It is no program for infrared receivers.</exception>
    /// <exception cref="BpfException">
    /// There is no such device, it does not receive raw signals (EINVAL), it has this program already (EEXIST) or as many as it takes
    /// (E2BIG), or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachLirc(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LircHook.Attach(this, path);
    }

    /// <summary>Attaches a program that decodes infrared signals to a receiver that is open. Since Linux 4.18.</summary>
    /// <param name="device">What owns a descriptor of the device; it stays the caller's.</param>
    /// <inheritdoc cref="AttachLirc(string)"/>
    public BpfLink AttachLirc(SafeHandle device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return LircHook.Attach(this, device);
    }
}
