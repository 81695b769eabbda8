namespace Ebpf.Sections;

/// <summary>What the programs in sections of one name are.</summary>
internal sealed class SectionRule
{
    /// <summary>Creates a rule.</summary>
    /// <param name="pattern">
    /// The name of the section. A <c>+</c> at its end lets a target follow: <c>x+</c> is <c>x</c> or <c>x/…</c>.
    /// </param>
    /// <param name="programType">The type of the programs.</param>
    /// <param name="attachType">Their attach type; <c>null</c> for types of program without one.</param>
    /// <param name="flags">What else the name says.</param>
    /// <param name="attach">How the programs attach themselves.</param>
    /// <param name="programFlags">Flags with which the programs are loaded, beside those that <paramref name="flags"/> mean.</param>
    public SectionRule(
        string pattern,
        ProgramType programType,
        AttachType? attachType = null,
        SectionFlags flags = SectionFlags.None,
        AutoAttachKind attach = AutoAttachKind.None,
        ProgramFlags programFlags = ProgramFlags.None)
    {
        Pattern = pattern;
        TakesTarget = pattern.EndsWith('+');
        Name = TakesTarget ? pattern[..^1] : pattern;
        ProgramType = programType;
        AttachType = attachType;
        Flags = flags;
        AutoAttach = attach;
        ProgramFlags = programFlags
            | (flags.HasFlag(SectionFlags.Sleepable) ? ProgramFlags.Sleepable : ProgramFlags.None)
            | (flags.HasFlag(SectionFlags.XdpFrags) ? ProgramFlags.XdpHasFragments : ProgramFlags.None);
    }

    /// <summary>The name as libbpf's documentation writes it, with the <c>+</c>.</summary>
    public string Pattern { get; }

    /// <summary>The name of the section, without a target.</summary>
    public string Name { get; }

    /// <summary>Whether <c>/</c> and a target may follow the name.</summary>
    public bool TakesTarget { get; }

    /// <summary>The type of the programs.</summary>
    public ProgramType ProgramType { get; }

    /// <summary>Their attach type; <c>null</c> for types of program without one.</summary>
    public AttachType? AttachType { get; }

    /// <summary>What else the name says.</summary>
    public SectionFlags Flags { get; }

    /// <summary>How the programs attach themselves.</summary>
    public AutoAttachKind AutoAttach { get; }

    /// <summary>The flags with which the programs are loaded.</summary>
    public ProgramFlags ProgramFlags { get; }

    /// <summary>The pattern.</summary>
    public override string ToString() => Pattern;
}

/// <summary>What else a section's name says about its program.</summary>
[Flags]
internal enum SectionFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The attach type is left out on kernels that do not know the field (before Linux 4.17).</summary>
    ExpectedAttachOptional = 1 << 0,

    /// <summary>The name can be asked for the attach type that a manual attachment uses.</summary>
    Attachable = 1 << 1,

    /// <summary>The target is looked up in BTF, and its id is passed when the program is loaded.</summary>
    AttachBtf = 1 << 2,

    /// <summary>The program is loaded with <see cref="ProgramFlags.Sleepable"/>.</summary>
    Sleepable = 1 << 3,

    /// <summary>The program is loaded with <see cref="ProgramFlags.XdpHasFragments"/>.</summary>
    XdpFrags = 1 << 4,

    /// <summary>
    /// The attach type becomes <see cref="AttachType.TraceUprobeMulti"/> on kernels that have it (Linux 6.6).
    /// </summary>
    Usdt = 1 << 5,

    /// <summary>The probe is at the function's return, not at its entry: <c>kretprobe</c> and its like.</summary>
    AtReturn = 1 << 6,
}
