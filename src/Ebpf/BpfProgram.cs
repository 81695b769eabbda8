using Ebpf.Kernel;
using Ebpf.Links;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>A program in the kernel.</summary>
/// <remarks>
/// Disposing it closes the descriptor; the kernel keeps the program for as long as something else holds it (a link, a
/// pin, a program array). Safe for use by several threads at once.
/// </remarks>
public sealed partial class BpfProgram : IDisposable
{
    private readonly ProgramSpec _spec;

    internal BpfProgram(BpfHandle handle, ProgramSpec spec)
    {
        Handle = handle;
        _spec = spec;
    }

    /// <summary>The name in the object; the kernel shows its first 15 bytes.</summary>
    public string Name => _spec.Name;

    /// <summary>The kind of program.</summary>
    public ProgramType Type => _spec.Type;

    /// <summary>Where the program is to be attached, as the verifier was told.</summary>
    public AttachType AttachType => _spec.AttachType;

    /// <summary>The section in which the program stood; empty for one that came from no object.</summary>
    public string SectionName => _spec.SectionName;

    /// <summary>The descriptor.</summary>
    public BpfHandle Handle { get; }

    /// <summary>
    /// What the verifier wrote when it accepted the program; empty unless <see cref="CollectionOptions.LogLevel"/> asks for it.
    /// </summary>
    public string VerifierLog { get; internal init; } = "";

    /// <summary>The number by which the kernel knows the program.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public uint Id
    {
        get
        {
            ProgramInfo info = default;
            Errno error = Handle.Kernel.GetInfo(Handle, ref info);
            return error == Errno.None
                ? info.Id
                : throw Refusal.Explain(Handle.Kernel, $"Ask about program \"{Name}\"", error);
        }
    }

    /// <summary>Attaches the program to where its section's name says: <c>tp/sched/sched_switch</c>.</summary>
    /// <returns>The link, whose disposal detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// The section's name does not say where, as with XDP: attach it with the method for its kind.
    /// </exception>
    /// <exception cref="ObjectFormatException">The section's name is malformed.</exception>
    /// <exception cref="BpfException">The kernel refused, or there is no such target.</exception>
    public BpfLink Attach()
    {
        switch (_spec.AttachTarget)
        {
            case TracepointTarget target:
                return AttachTracepoint(target.Category, target.Name);
            case RawTracepointTarget target:
                return AttachRawTracepoint(target.Name);
            case TracingTarget target when Type == ProgramType.Tracing:
                return TracingAttachment.Attach(this, target.Name, cookie: 0);
            case LsmTarget target when AttachType == AttachType.LsmMac:
                return TracingAttachment.Attach(this, target.Hook, cookie: 0);
            case null:
                throw CannotAttachItself("it does not say where");
            default:
                throw CannotAttachItself("this library cannot yet attach programs of this kind by it");
        }
    }

    /// <summary>Attaches an XDP program to a network interface. Since Linux 5.9.</summary>
    /// <param name="interfaceName">The name of the interface: <c>eth0</c>; in this thread's network namespace.</param>
    /// <param name="mode">Where the program runs.</param>
    /// <returns>The link, whose disposal detaches the program.</returns>
    /// <exception cref="BpfException">
    /// There is no such interface, another program is attached, the driver lacks the mode, or the kernel refused otherwise.
    /// </exception>
    public KernelLink AttachXdp(string interfaceName, XdpMode mode = XdpMode.Default)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        return XdpAttachment.Attach(this, interfaceName, mode);
    }

    /// <summary>Attaches an XDP program to a network interface. Since Linux 5.9.</summary>
    /// <param name="interfaceIndex">The number of the interface, in this thread's network namespace.</param>
    /// <param name="mode">Where the program runs.</param>
    /// <inheritdoc cref="AttachXdp(string, XdpMode)"/>
    public KernelLink AttachXdp(int interfaceIndex, XdpMode mode = XdpMode.Default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        return XdpAttachment.Attach(this, interfaceIndex, mode);
    }

    /// <summary>Attaches a tracepoint program.</summary>
    /// <param name="category">The tracepoint's category: <c>sched</c>.</param>
    /// <param name="name">Its name: <c>sched_switch</c>.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie</c> gives the program; other than 0 since Linux 5.15.</param>
    /// <returns>The link, whose disposal detaches the program.</returns>
    /// <exception cref="BpfException">There is no such tracepoint, or the kernel refused.</exception>
    public PerfEventLink AttachTracepoint(string category, string name, ulong cookie = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return TracepointAttachment.Attach(this, category, name, cookie);
    }

    /// <summary>Attaches a raw tracepoint program, which sees the tracepoint's own arguments. Since Linux 4.17.</summary>
    /// <param name="name">The tracepoint's name: <c>sched_switch</c>.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie</c> gives the program; other than 0 since Linux 6.10.</param>
    /// <returns>The link, whose disposal detaches the program.</returns>
    /// <exception cref="BpfException">There is no such tracepoint, or the kernel refused.</exception>
    public KernelLink AttachRawTracepoint(string name, ulong cookie = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return TracepointAttachment.AttachRaw(this, name, cookie);
    }

    /// <summary>Closes the descriptor. Doing it again does nothing.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>The kind and the name.</summary>
    public override string ToString() => $"{Type} program \"{Name}\"";

    private InvalidOperationException CannotAttachItself(string why) =>
        new($"Program \"{Name}\" (section \"{SectionName}\") cannot be attached by the section's name: {why}.");
}
