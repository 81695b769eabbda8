namespace Ebpf.Linux;

/// <summary><c>struct perf_event_attr</c>.</summary>
internal struct PerfEventAttr
{
    public uint Type;
    public uint Size;
    public ulong Config;

    /// <summary>Events, or with <see cref="PerfEventFlags.Frequency"/> samples a second.</summary>
    public ulong SamplePeriod;

    public ulong SampleType;
    public ulong ReadFormat;
    public PerfEventFlags Flags;

    /// <summary>Events, or with <see cref="PerfEventFlags.Watermark"/> bytes, after which a reader is woken.</summary>
    public uint Wakeup;

    public uint BreakpointType;

    /// <summary>The address of the name of a function (kprobe) or of a path (uprobe).</summary>
    public ulong Config1;

    /// <summary>The address or the offset of a probe.</summary>
    public ulong Config2;

    public ulong BranchSampleType;
    public ulong SampleUserRegisters;
    public uint SampleUserStack;
    public int ClockId;
    public ulong SampleInterruptRegisters;
    public uint AuxWatermark;
    public ushort SampleMaxStack;
    public ushort Reserved;
    public uint AuxSampleSize;
    public uint AuxAction;
    public ulong SignalData;
    public ulong Config3;
}

/// <summary>The bit field in the middle of <c>struct perf_event_attr</c>.</summary>
[Flags]
internal enum PerfEventFlags : ulong
{
    None = 0,
    Disabled = 1 << 0,
    Inherit = 1 << 1,
    Pinned = 1 << 2,
    Exclusive = 1 << 3,
    ExcludeUser = 1 << 4,
    ExcludeKernel = 1 << 5,
    ExcludeHypervisor = 1 << 6,
    ExcludeIdle = 1 << 7,
    Frequency = 1 << 10,
    Watermark = 1 << 14,
    WriteBackward = 1 << 27,
}
