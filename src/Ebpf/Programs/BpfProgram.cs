using Ebpf.Links;
using Ebpf.Linux;
using Ebpf.Sections;

namespace Ebpf;

/// <summary>A program in the kernel.</summary>
/// <remarks>
/// Disposing it closes the descriptor; the kernel keeps the program for as long as something else holds it (a link, a
/// pin, a program array). Safe for use by several threads at once.
/// </remarks>
public sealed partial class BpfProgram : IDisposable
{
    private readonly SectionRule? _rule;
    private readonly string? _attachTo;

    /// <summary>A program that was loaded from a spec, whose later changes do not matter.</summary>
    internal BpfProgram(BpfHandle handle, ProgramSpec spec)
    {
        Handle = handle;
        Name = spec.Name;
        Type = spec.Type;
        AttachType = spec.AttachType;
        SectionName = spec.SectionName;
        (_rule, _attachTo) = (spec.Rule, spec.AttachTo);
    }

    /// <summary>Another descriptor of a program.</summary>
    private BpfProgram(BpfProgram other, BpfHandle handle)
    {
        Handle = handle;
        (Name, Type, AttachType, SectionName) = (other.Name, other.Type, other.AttachType, other.SectionName);
        (_rule, _attachTo, VerifierLog, PinPath) = (other._rule, other._attachTo, other.VerifierLog, other.PinPath);
    }

    /// <summary>A program that was there already.</summary>
    private BpfProgram(BpfHandle handle, string name, ProgramType type)
    {
        Handle = handle;
        Name = name;
        Type = type;
    }

    /// <summary>
    /// The name in the object. Of a program that was opened the kernel knows the first 15 bytes, and the whole name if the program
    /// was loaded with BTF that this process may open.
    /// </summary>
    public string Name { get; }

    /// <summary>The kind of program.</summary>
    public ProgramType Type { get; }

    /// <summary>
    /// Where the program is to be attached, as the verifier was told; <c>null</c> for one that was opened: the kernel does not tell.
    /// </summary>
    public AttachType? AttachType { get; }

    /// <summary>The section in which the program stood; empty for one that came from no object, or was opened.</summary>
    public string SectionName { get; } = "";

    /// <summary>The descriptor.</summary>
    public BpfHandle Handle { get; }

    /// <summary>
    /// What the verifier wrote when it accepted the program; empty unless <see cref="CollectionOptions.LogLevel"/> asks for it.
    /// </summary>
    public string VerifierLog { get; internal init; } = "";

    /// <summary>The number by which the kernel knows the program.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public uint Id => GetInfo(out _).Id;

    internal LinuxKernel Kernel => Handle.Kernel;

    /// <summary>Attaches the program to where its section's name says: <c>tp/sched/sched_switch</c>.</summary>
    /// <returns>The link, whose disposal detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// The section's name does not say where, as with XDP, or the program was opened: attach it with the method for its kind.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused, or there is no such target.</exception>
    public BpfLink Attach()
    {
        switch (ProgramSpec.ReadTarget(_rule, _attachTo, SectionName, Name))
        {
            case TracepointTarget target:
                return AttachTracepoint(target.Category, target.Name);
            case RawTracepointTarget target:
                return AttachRawTracepoint(target.Name);
            case TracingTarget target when Type == ProgramType.Tracing:
                return TracingAttachment.Attach(this, target.Name, cookie: 0);
            case LsmTarget target when AttachType == Ebpf.AttachType.LsmMac:
                return TracingAttachment.Attach(this, target.Hook, cookie: 0);
            case null when SectionName.Length == 0:
                throw new InvalidOperationException(
                    $"Program \"{Name}\" comes from no section whose name would say where to attach it: use the method for its kind.");
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
