using System.Globalization;

namespace Ebpf;

/// <summary>Events that the kernel counts by itself (<c>PERF_COUNT_SW_…</c>): every machine has them.</summary>
public enum PerfSoftwareEvent
{
    /// <summary>The time of each CPU, in nanoseconds: the usual source of a profiler.</summary>
    CpuClock = 0,

    /// <summary>The time that the process has run, in nanoseconds.</summary>
    TaskClock = 1,

    /// <summary>Page faults.</summary>
    PageFaults = 2,

    /// <summary>Changes from one thread to another.</summary>
    ContextSwitches = 3,

    /// <summary>Moves of a thread to another CPU.</summary>
    CpuMigrations = 4,

    /// <summary>Page faults without reading from a disk.</summary>
    MinorPageFaults = 5,

    /// <summary>Page faults that read from a disk.</summary>
    MajorPageFaults = 6,

    /// <summary>Unaligned accesses to memory that the kernel had to do.</summary>
    AlignmentFaults = 7,

    /// <summary>Instructions that the kernel had to do.</summary>
    EmulationFaults = 8,

    /// <summary>Nothing.</summary>
    Dummy = 9,

    /// <summary>What BPF programs put out with <c>bpf_perf_event_output()</c>.</summary>
    BpfOutput = 10,

    /// <summary>Changes from one cgroup to another (Linux 5.13).</summary>
    CgroupSwitches = 11,
}

/// <summary>Events that the processor counts (<c>PERF_COUNT_HW_…</c>): virtual machines often have none of them.</summary>
public enum PerfHardwareEvent
{
    /// <summary>Cycles.</summary>
    CpuCycles = 0,

    /// <summary>Instructions that were completed.</summary>
    Instructions = 1,

    /// <summary>Accesses to the last level of the cache.</summary>
    CacheReferences = 2,

    /// <summary>Those that missed it.</summary>
    CacheMisses = 3,

    /// <summary>Branches that were completed.</summary>
    BranchInstructions = 4,

    /// <summary>Those that were predicted wrongly.</summary>
    BranchMisses = 5,

    /// <summary>Cycles of the bus.</summary>
    BusCycles = 6,

    /// <summary>Cycles in which the front end waited.</summary>
    StalledCyclesFrontend = 7,

    /// <summary>Cycles in which the back end waited.</summary>
    StalledCyclesBackend = 8,

    /// <summary>Cycles at the nominal frequency.</summary>
    ReferenceCpuCycles = 9,
}

/// <summary>The caches of a processor (<c>PERF_COUNT_HW_CACHE_…</c>).</summary>
public enum PerfCache
{
    /// <summary>First level, data.</summary>
    L1Data = 0,

    /// <summary>First level, instructions.</summary>
    L1Instructions = 1,

    /// <summary>The last level.</summary>
    LastLevel = 2,

    /// <summary>Translations of addresses of data.</summary>
    DataTlb = 3,

    /// <summary>Translations of addresses of instructions.</summary>
    InstructionTlb = 4,

    /// <summary>Predictions of branches.</summary>
    BranchPrediction = 5,

    /// <summary>Memory of the own NUMA node.</summary>
    Node = 6,
}

/// <summary>What is done with a cache.</summary>
public enum PerfCacheOperation
{
    /// <summary>Reading.</summary>
    Read = 0,

    /// <summary>Writing.</summary>
    Write = 1,

    /// <summary>Reading ahead.</summary>
    Prefetch = 2,
}

/// <summary>How it ended.</summary>
public enum PerfCacheResult
{
    /// <summary>Any way.</summary>
    Access = 0,

    /// <summary>The cache did not have it.</summary>
    Miss = 1,
}

/// <summary>Which accesses to memory a breakpoint counts.</summary>
[Flags]
public enum BreakpointAccess
{
    /// <summary>Reading. Not alone on x86.</summary>
    Read = 1,

    /// <summary>Writing.</summary>
    Write = 2,

    /// <summary>Both.</summary>
    ReadWrite = Read | Write,
}

/// <summary>What a perf event counts.</summary>
public sealed class PerfEventSource
{
    // PERF_TYPE_…, <linux/perf_event.h>
    private const uint HardwareType = 0, SoftwareType = 1, CacheType = 3, RawType = 4, BreakpointType = 5;

    private readonly string _text;

    private PerfEventSource(string text) => _text = text;

    /// <summary>The number of the kind; not that of a <see cref="Pmu"/>, which the kernel tells.</summary>
    internal uint Type { get; private init; }

    internal ulong Configuration { get; private init; }

    internal ulong Configuration1 { get; private init; }

    internal ulong Configuration2 { get; private init; }

    internal uint Access { get; private init; }

    /// <summary>The name in sysfs; <c>null</c> for the kinds that every kernel knows by number.</summary>
    internal string? PmuName { get; private init; }

    internal bool IsBreakpoint => PmuName is null && Type == BreakpointType;

    /// <summary>Whether a processor counts it, which may lack it.</summary>
    internal bool IsHardware => PmuName is not null || Type is HardwareType or CacheType or RawType;

    /// <summary>Creates an event that the kernel counts by itself.</summary>
    public static PerfEventSource Software(PerfSoftwareEvent kind)
    {
        Require(Enum.IsDefined(kind), nameof(kind), kind);
        return new PerfEventSource($"{kind}") { Type = SoftwareType, Configuration = (ulong)kind };
    }

    /// <summary>Creates an event that the processor counts.</summary>
    public static PerfEventSource Hardware(PerfHardwareEvent kind)
    {
        Require(Enum.IsDefined(kind), nameof(kind), kind);
        return new PerfEventSource($"{kind}") { Type = HardwareType, Configuration = (ulong)kind };
    }

    /// <summary>Creates an event of one of the processor's caches.</summary>
    public static PerfEventSource Cache(PerfCache cache, PerfCacheOperation operation, PerfCacheResult result)
    {
        Require(Enum.IsDefined(cache), nameof(cache), cache);
        Require(Enum.IsDefined(operation), nameof(operation), operation);
        Require(Enum.IsDefined(result), nameof(result), result);
        return new PerfEventSource($"{cache} {operation} {result}")
        {
            Type = CacheType,
            Configuration = (ulong)cache | ((ulong)operation << 8) | ((ulong)result << 16),
        };
    }

    /// <summary>Creates an event by the number that the processor's manual has for it.</summary>
    /// <param name="configuration">The number: on x86 the event in the low byte, the unit mask in the next.</param>
    public static PerfEventSource Raw(ulong configuration) =>
        new(string.Create(CultureInfo.InvariantCulture, $"raw 0x{configuration:x}")) { Type = RawType, Configuration = configuration };

    /// <summary>Creates a breakpoint on the access to memory: of the process or thread that is looked at, or of the kernel.</summary>
    /// <param name="address">The address of the memory, aligned to <paramref name="length"/>.</param>
    /// <param name="length">How many bytes: 1, 2, 4 or 8.</param>
    /// <param name="access">Which accesses.</param>
    public static PerfEventSource DataBreakpoint(ulong address, int length, BreakpointAccess access)
    {
        Require(length is 1 or 2 or 4 or 8, nameof(length), length);
        Require(access is not 0 && (access & ~BreakpointAccess.ReadWrite) == 0, nameof(access), access);
        if (address % (ulong)length != 0) throw new ArgumentException($"The address is not aligned to {length} bytes.", nameof(address));
        return new PerfEventSource(string.Create(CultureInfo.InvariantCulture, $"breakpoint on {length} bytes at 0x{address:x}"))
        {
            Type = BreakpointType,
            Access = (uint)access,
            Configuration1 = address,
            Configuration2 = (ulong)length,
        };
    }

    /// <summary>Creates a breakpoint on an instruction: of the process or thread that is looked at, or of the kernel.</summary>
    /// <param name="address">The address of the instruction.</param>
    public static PerfEventSource CodeBreakpoint(ulong address)
    {
        const uint execute = 4; // HW_BREAKPOINT_X; its length is sizeof(long)
        return new PerfEventSource(string.Create(CultureInfo.InvariantCulture, $"breakpoint on the instruction at 0x{address:x}"))
        {
            Type = BreakpointType,
            Access = execute,
            Configuration1 = address,
            Configuration2 = sizeof(long),
        };
    }

    /// <summary>Creates an event of one of the kinds that this machine has beside those (/sys/bus/event_source/devices).</summary>
    /// <param name="name">The name of the kind: <c>cpu</c>, <c>power</c>, <c>msr</c>.</param>
    /// <param name="configuration">The parameters, as the files in its <c>format</c> say.</param>
    /// <param name="configuration1">More of them.</param>
    /// <param name="configuration2">More of them.</param>
    public static PerfEventSource Pmu(string name, ulong configuration, ulong configuration1 = 0, ulong configuration2 = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or ".." || name.AsSpan().ContainsAny('/', '\0')) throw new ArgumentException($"\"{name}\" is no name of a kind of perf event.", nameof(name));
        return new PerfEventSource(string.Create(CultureInfo.InvariantCulture, $"{name}/0x{configuration:x}"))
        {
            PmuName = name,
            Configuration = configuration,
            Configuration1 = configuration1,
            Configuration2 = configuration2,
        };
    }

    /// <summary>Returns what is counted.</summary>
    public override string ToString() => _text;

    private static void Require(bool isRight, string parameter, object value)
    {
        if (!isRight) throw new ArgumentOutOfRangeException(parameter, value, "There is no such value.");
    }
}
