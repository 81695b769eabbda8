using System.Diagnostics.CodeAnalysis;
using Ebpf.Asm;
using Ebpf.Common;
using Ebpf.Sections;

namespace Ebpf;

/// <summary>Describes a program: what is in the object, and what the user made of it before loading.</summary>
/// <remarks>
/// What the name of the section says (<see cref="Type"/>, <see cref="AttachType"/>, <see cref="AttachTo"/>, <see cref="Flags"/>,
/// <see cref="AutoLoad"/>) holds until it is set to something else; so it does for a spec that is made by hand:
/// <c>new ProgramSpec { SectionName = "kprobe/do_unlinkat" }</c>. Not safe for use by several threads at once.
/// </remarks>
public sealed partial class ProgramSpec
{
    private readonly string _sectionName = "";
    private SectionMeaning _section = SectionResolver.Default.Resolve("");
    private InstructionList? _instructions;
    private readonly Func<InstructionList>? _decode;
    private ProgramType? _type;
    private Choice<AttachType?> _attachType;
    private Choice<string?> _attachTo;
    private ProgramFlags? _flags;

    /// <summary>Describes a program that comes from no object.</summary>
    public ProgramSpec()
    {
    }

    /// <summary>Describes a program of an object.</summary>
    /// <param name="section">The name of its section.</param>
    /// <param name="meaning">What that says.</param>
    /// <param name="decode">Gives the code, which is asked for once at most by each copy of the spec.</param>
    internal ProgramSpec(string section, SectionMeaning meaning, Func<InstructionList>? decode)
    {
        _sectionName = section;
        _section = meaning;
        _decode = decode;
    }

    /// <summary>Gets or sets the name. The kernel is given its first 15 bytes, and the whole name with the program's BTF.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the type of the program; <see cref="ProgramType.Unspecified"/> when the section does not say.</summary>
    public ProgramType Type
    {
        get => _type ?? _section.Rule?.ProgramType ?? ProgramType.Unspecified;
        set => _type = value;
    }

    /// <summary>
    /// Gets or sets where the program is to be attached, which the verifier must know for some types of program;
    /// <c>null</c> when nothing says it, as for types that have no attach type: the kernel is then given 0.
    /// </summary>
    public AttachType? AttachType
    {
        get => _attachType.Or(_section.Rule?.AttachType);
        set => _attachType = new(value);
    }

    /// <summary>
    /// Gets or sets what the section name says behind its kind: <c>sched/sched_switch</c> of <c>tp/sched/sched_switch</c>;
    /// <c>null</c> when it says nothing.
    /// </summary>
    public string? AttachTo
    {
        get => _attachTo.Or(_section.Target);
        set => _attachTo = new(value);
    }

    /// <summary>
    /// Gets <see cref="AttachTo"/> taken apart as the kind of section demands; <c>null</c> when there is none, or when the kind of
    /// section does not say what it means.
    /// </summary>
    /// <exception cref="ObjectFormatException"><see cref="AttachTo"/> does not have the form that the kind of section demands.</exception>
    public AttachTarget? AttachTarget => ReadTarget(Rule, AttachTo, SectionName, Name);

    /// <summary>Gets the name of the section in which the program stands; empty for one that comes from no object.</summary>
    public string SectionName
    {
        get => _sectionName;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            (_sectionName, _section) = (value, SectionResolver.Default.Resolve(value));
        }
    }

    /// <summary>Gets or sets the flags with which the program is loaded.</summary>
    public ProgramFlags Flags
    {
        get => _flags ?? _section.Rule?.ProgramFlags ?? ProgramFlags.None;
        set => _flags = value;
    }

    /// <summary>Gets or sets the licence. Helpers that are GPL-only need one that the kernel takes as compatible.</summary>
    public string License { get; set; } = "";

    /// <summary>Gets or sets the kernel version that kprobes on kernels before 5.0 must state; 0 for that of the running one.</summary>
    public uint KernelVersion { get; set; }

    /// <summary>
    /// Gets or sets the index of the network interface to which the program is bound, in the network namespace of the thread that
    /// loads it; 0 for none. With <see cref="ProgramFlags.XdpDeviceBoundOnly"/> an XDP program can then ask the interface's driver about
    /// packets (Linux 6.3); without it the program is offloaded to the interface's hardware (Linux 4.16).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    public int InterfaceIndex
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>
    /// Gets or sets whether loading the collection loads the program. By default it does, unless a <c>?</c> stands before the
    /// section's name; of a program in a struct_ops map, unless no such map is created.
    /// </summary>
    public bool AutoLoad
    {
        get => AutoLoadChoice ?? _section.AutoLoad;
        set => AutoLoadChoice = value;
    }

    /// <summary>Gets the byte order of the object.</summary>
    public ByteOrder ByteOrder { get; init; } = EndianReader.Host;

    /// <summary>Gets or sets the types that <see cref="Instructions"/> refer to; <c>null</c> without BTF.</summary>
    public BtfSpec? Types { get; set; }

    /// <summary>
    /// Gets or sets the code: the program, followed by every function of the object that it needs. It is decoded when it is first
    /// asked for.
    /// </summary>
    /// <exception cref="ObjectFormatException">The code is malformed, or calls a function that does not exist.</exception>
    public InstructionList Instructions
    {
        get => _instructions ??= _decode?.Invoke() ?? [];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _instructions = value;
        }
    }

    /// <summary>What the section name says of the program; <c>null</c> for a name that is not known.</summary>
    internal SectionRule? Rule => _section.Rule;

    /// <summary>
    /// What the user said of <see cref="AutoLoad"/>; <c>null</c> if nothing: then a program in a struct_ops map is loaded if one
    /// of its maps is created, whatever the section's name says.
    /// </summary>
    internal bool? AutoLoadChoice { get; private set; }

    /// <summary>
    /// Names the known sections that may have been meant, for a program without a type: <c>; similar: xdp</c>. Empty if none is
    /// near.
    /// </summary>
    internal string SimilarSections => SectionResolver.Similar(SectionName);

    /// <summary>Gets <see cref="AttachTarget"/> if there is one.</summary>
    /// <param name="target">The target.</param>
    /// <returns>
    /// Whether there is one; <c>false</c> also if <see cref="AttachTo"/> does not have the form that the kind of section demands.
    /// </returns>
    public bool TryGetAttachTarget([NotNullWhen(true)] out AttachTarget? target)
    {
        target = null;
        return Rule is not null && AttachTo is { } text && AttachTargetParser.TryParse(Rule, text, out target, out _)
            && target is not null;
    }

    /// <summary>Reads <see cref="AttachTarget"/>, for a program that was loaded.</summary>
    internal static AttachTarget? ReadTarget(SectionRule? rule, string? attachTo, string section, string program)
    {
        if (attachTo is null || rule is null) return null;
        return AttachTargetParser.TryParse(rule, attachTo, out AttachTarget? target, out string? problem)
            ? target
            : throw new ObjectFormatException(problem, section, program);
    }

    /// <summary>Creates a copy of the spec, which shares nothing with it that could be changed.</summary>
    public ProgramSpec Clone() => new(SectionName, _section, _decode)
    {
        _instructions = _instructions?.Clone(),
        _type = _type,
        _attachType = _attachType,
        _attachTo = _attachTo,
        _flags = _flags,
        AutoLoadChoice = AutoLoadChoice,
        Name = Name,
        License = License,
        KernelVersion = KernelVersion,
        InterfaceIndex = InterfaceIndex,
        ByteOrder = ByteOrder,
        Types = Types,
    };

    /// <summary>Returns one line that says what the program is.</summary>
    public override string ToString() => $"{Type} program \"{Name}\" (section \"{SectionName}\")";

    /// <summary>What the user set, if anything: <c>null</c> can be set too.</summary>
    private readonly struct Choice<T>(T value)
    {
        private readonly T _value = value;
        private readonly bool _isMade = true;

        public T Or(T other) => _isMade ? _value : other;
    }
}
