using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Programs;
using Ebpf.Sections;

namespace Ebpf;

/// <summary>Represents a program in the kernel.</summary>
/// <remarks>
/// Disposing it closes the descriptor; the kernel keeps the program for as long as something else refers to it (a link, a pin, a
/// program array). Safe for use by several threads at once.
/// </remarks>
public sealed partial class BpfProgram : IDisposable
{
    private readonly SectionRule? _rule;
    private readonly string? _attachTo;
    private uint _id;

    /// <summary>A program that was loaded from a spec, whose later changes do not matter.</summary>
    internal BpfProgram(BpfHandle handle, ProgramSpec spec)
    {
        Handle = handle;
        handle.Owner = this;
        _pin = new ObjectPin(handle, ObjectKind.Program, spec.Name);
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
        handle.Owner = this;
        _pin = new ObjectPin(handle, ObjectKind.Program, other.Name, other.PinPath);
        (Name, Type, AttachType, SectionName) = (other.Name, other.Type, other.AttachType, other.SectionName);
        (_rule, _attachTo, VerifierLog, AttachContext) = (other._rule, other._attachTo, other.VerifierLog, other.AttachContext);
    }

    /// <summary>A program that was there already.</summary>
    private BpfProgram(BpfHandle handle, string name, ProgramType type, string? path)
    {
        Handle = handle;
        handle.Owner = this;
        _pin = new ObjectPin(handle, ObjectKind.Program, name, path);
        Name = name;
        Type = type;
    }

    /// <summary>
    /// Gets the name in the object. Of a program that was opened the kernel knows the first 15 bytes, and the whole name if the program
    /// was loaded with BTF that this process may open.
    /// </summary>
    public string Name { get; }

    /// <summary>Gets the type of the program.</summary>
    public ProgramType Type { get; }

    /// <summary>
    /// Gets the attach type with which the program was loaded; <c>null</c> for a program that was opened, since the kernel does
    /// not tell it.
    /// </summary>
    public AttachType? AttachType { get; internal init; }

    /// <summary>
    /// Gets the name of the section that held the program; empty for one that did not come from an object, or was opened.
    /// </summary>
    public string SectionName { get; } = "";

    /// <summary>Gets the descriptor.</summary>
    public BpfHandle Handle { get; }

    /// <summary>
    /// Gets the verifier's log of a program that it accepted; empty unless <see cref="CollectionOptions.LogLevel"/> asks for it.
    /// </summary>
    public string VerifierLog { get; internal init; } = "";

    /// <summary>Gets the id of the program in the kernel. The kernel is asked once.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public uint Id => _id != 0 ? _id : _id = AskForHead(out _).Id;

    /// <summary>Where the section's name says to attach it; <c>null</c> if it does not say.</summary>
    /// <exception cref="ObjectFormatException">The name has not the form that its kind demands.</exception>
    internal AttachTarget? SectionTarget => ProgramSpec.ReadTarget(_rule, _attachTo, SectionName, Name);

    /// <summary>Whether the section's name says that the program is for the return of a function: <c>kretprobe</c> and its like.</summary>
    internal bool IsAtReturn => _rule?.Flags.HasFlag(SectionFlags.AtReturn) == true;

    /// <summary>What attaching it needs of the collection with which it was loaded; <c>null</c> for nothing.</summary>
    internal AttachContext? AttachContext { get; set; }

    internal LinuxKernel Kernel => Handle.Kernel;

    /// <summary>Closes the descriptor. Calling it again has no effect.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>Returns the type and the name.</summary>
    public override string ToString() => $"{Type} program \"{Name}\"";
}
