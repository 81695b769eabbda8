namespace Ebpf.Object;

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
