using Ebpf.Asm;
using Ebpf.Common;
using Ebpf.Object;

namespace Ebpf;

/// <summary>The description of a program: what is in the object, and what the user made of it before loading.</summary>
/// <remarks>Not safe for use by several threads at once.</remarks>
public sealed class ProgramSpec
{
    private InstructionList? _instructions;
    private FunctionLinker? _linker;
    private ObjectFunction? _entry;

    /// <summary>Describes a program that comes from no object.</summary>
    public ProgramSpec()
    {
    }

    internal ProgramSpec(FunctionLinker linker, ObjectFunction entry)
    {
        _linker = linker;
        _entry = entry;
    }

    /// <summary>The name; the kernel is given its first 15 bytes, and the whole one with the program's BTF.</summary>
    public string Name { get; set; } = "";

    /// <summary>The kind of program; <see cref="ProgramType.Unspecified"/> when the section does not say.</summary>
    public ProgramType Type { get; set; }

    /// <summary>Where the program is to be attached, which the verifier wants to know for some kinds.</summary>
    public AttachType AttachType { get; set; }

    /// <summary>
    /// What the section name says behind its kind: <c>sched/sched_switch</c> of <c>tp/sched/sched_switch</c>;
    /// <c>null</c> when it says nothing.
    /// </summary>
    public string? AttachTo { get; set; }

    /// <summary>
    /// <see cref="AttachTo"/>, taken apart as the kind of section demands; <c>null</c> when there is none, or when the kind
    /// does not say what it means.
    /// </summary>
    /// <exception cref="ObjectFormatException"><see cref="AttachTo"/> has not the form that the kind of section demands.</exception>
    public AttachTarget? AttachTarget => ReadTarget(Rule, AttachTo, SectionName, Name);

    /// <summary>The section in which the program stands; empty for one that comes from no object.</summary>
    public string SectionName { get; init; } = "";

    /// <summary>The flags with which the program is loaded.</summary>
    public ProgramFlags Flags { get; set; }

    /// <summary>The licence; helpers that are GPL-only want one that the kernel takes as compatible.</summary>
    public string License { get; set; } = "";

    /// <summary>The kernel version that kprobes on kernels before 5.0 must state; 0 for the running one's.</summary>
    public uint KernelVersion { get; set; }

    /// <summary>
    /// The number of the network interface to which the program is bound, in the network namespace of the thread that loads it;
    /// 0 for none. With <see cref="ProgramFlags.XdpDeviceBoundOnly"/> an XDP program can then ask the interface's driver about
    /// packets (Linux 6.3); without it the program is offloaded to the interface's hardware (Linux 4.16).
    /// </summary>
    public uint InterfaceIndex { get; set; }

    /// <summary>Whether loading the collection loads the program; a <c>?</c> before the section's name says no.</summary>
    public bool AutoLoad { get; set; } = true;

    /// <summary>The order of the bytes of the object.</summary>
    public ByteOrder ByteOrder { get; init; } = EndianReader.Host;

    /// <summary>The types that <see cref="Instructions"/> refer to; <c>null</c> without BTF.</summary>
    public BtfSpec? Types { get; set; }

    /// <summary>
    /// The code: the program, and behind it every function of the object that it needs. Decoded when first asked for.
    /// </summary>
    /// <exception cref="ObjectFormatException">The code is malformed, or calls a function that is not there.</exception>
    public InstructionList Instructions
    {
        get => _instructions ??= _linker is null ? [] : _linker.Link(_entry!);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _instructions = value;
        }
    }

    /// <summary>What the section name says of attaching; <c>null</c> for one that is not known.</summary>
    internal SectionRule? Rule { get; init; }

    /// <summary>Reads <see cref="AttachTarget"/>, for a program that was loaded.</summary>
    internal static AttachTarget? ReadTarget(SectionRule? rule, string? attachTo, string section, string program)
    {
        if (attachTo is null || rule is null) return null;
        try
        {
            return AttachTargetParser.Parse(rule, attachTo);
        }
        catch (FormatException error)
        {
            throw new ObjectFormatException(error.Message, section, program, inner: error);
        }
    }

    /// <summary>Copies the spec; nothing is shared that could be changed.</summary>
    public ProgramSpec Clone() => new()
    {
        _linker = _linker,
        _entry = _entry,
        _instructions = _instructions?.Clone(),
        Name = Name,
        Type = Type,
        AttachType = AttachType,
        AttachTo = AttachTo,
        SectionName = SectionName,
        Flags = Flags,
        License = License,
        KernelVersion = KernelVersion,
        InterfaceIndex = InterfaceIndex,
        AutoLoad = AutoLoad,
        ByteOrder = ByteOrder,
        Types = Types,
        Rule = Rule,
    };

    /// <summary>One line that says what the program is.</summary>
    public override string ToString() => $"{Type} program \"{Name}\" (section \"{SectionName}\")";
}
