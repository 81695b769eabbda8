using System.Globalization;

namespace Ebpf;

/// <summary>How often a perf event runs its program.</summary>
public readonly record struct PerfEventSampling
{
    private PerfEventSampling(ulong number, bool isFrequency) => (Number, IsFrequency) = (number, isFrequency);

    internal ulong Number { get; }

    internal bool IsFrequency { get; }

    /// <summary>Once for so many events; of <see cref="PerfSoftwareEvent.CpuClock"/> they are nanoseconds.</summary>
    /// <param name="events">At least 1.</param>
    public static PerfEventSampling Every(ulong events)
    {
        ArgumentOutOfRangeException.ThrowIfZero(events);
        return new(events, isFrequency: false);
    }

    /// <summary>So many times in each second, as near as the kernel comes.</summary>
    /// <param name="hertz">At least 1; at most sysctl kernel.perf_event_max_sample_rate, which the kernel lowers under load.</param>
    public static PerfEventSampling Frequency(ulong hertz)
    {
        ArgumentOutOfRangeException.ThrowIfZero(hertz);
        return new(hertz, isFrequency: true);
    }
}

/// <summary>Whose events a perf event counts: of CPUs, or of a process, a thread or a cgroup.</summary>
public sealed class PerfEventScope
{
    private readonly string _text;

    private PerfEventScope(PerfEventScopeKind kind, string text) => (Kind, _text) = (kind, text);

    /// <summary>Gets all CPUs that run when the program is attached, whatever they run.</summary>
    /// <remarks>
    /// The kernel has a perf event for each. A CPU that is taken offline loses its own for good, and one that comes later has none: attach
    /// anew for those.
    /// </remarks>
    public static PerfEventScope AllCpus { get; } = new(PerfEventScopeKind.Cpu, "all CPUs") { Cpu = -1 };

    /// <summary>Gets the calling process: all of its threads, and threads and processes that they start later.</summary>
    public static PerfEventScope ThisProcess => Process(Environment.ProcessId);

    internal PerfEventScopeKind Kind { get; }

    internal int Id { get; private init; }

    internal string Path { get; private init; } = "";

    internal bool WithChildren { get; private init; }

    /// <summary>-1 for any.</summary>
    internal int Cpu { get; private init; } = -1;

    /// <summary>Creates the scope of one CPU, whatever it runs.</summary>
    /// <param name="number">The number of the CPU, which must be online.</param>
    public static PerfEventScope OneCpu(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        return new(PerfEventScopeKind.Cpu, string.Create(CultureInfo.InvariantCulture, $"CPU {number}")) { Cpu = number };
    }

    /// <summary>Creates the scope of a process: all of its threads, on any CPU.</summary>
    /// <param name="id">Its id, as this process sees it.</param>
    /// <param name="withChildren">
    /// Whether threads and processes count too that its threads start later. The default is <c>true</c>; the kernel can only have both or none.
    /// </param>
    public static PerfEventScope Process(int id, bool withChildren = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        return new(PerfEventScopeKind.Process, string.Create(CultureInfo.InvariantCulture, $"process {id}")) { Id = id, WithChildren = withChildren };
    }

    /// <summary>Creates the scope of a single thread, on any CPU.</summary>
    /// <param name="id">Its id, as this process sees it (gettid(2)).</param>
    /// <param name="withChildren">Whether threads and processes count too that it starts later. The default is <c>false</c>.</param>
    public static PerfEventScope Thread(int id, bool withChildren = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        return new(PerfEventScopeKind.Thread, string.Create(CultureInfo.InvariantCulture, $"thread {id}")) { Id = id, WithChildren = withChildren };
    }

    /// <summary>Creates the scope of all processes in a cgroup, and in those below it, on all CPUs that run when the program is attached.</summary>
    /// <param name="path">The directory of the cgroup: of version 2, or of the hierarchy of version 1 with <c>perf_event</c>.</param>
    public static PerfEventScope Cgroup(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(PerfEventScopeKind.Cgroup, $"cgroup {path}") { Path = path };
    }

    /// <summary>Creates the same scope for one CPU only.</summary>
    /// <param name="number">The number of the CPU.</param>
    /// <exception cref="InvalidOperationException">This is a scope of CPUs already.</exception>
    public PerfEventScope OnCpu(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        if (Kind == PerfEventScopeKind.Cpu) throw new InvalidOperationException($"{_text}: for one CPU use {nameof(PerfEventScope)}.{nameof(OneCpu)}.");
        return new(Kind, string.Create(CultureInfo.InvariantCulture, $"{_text} on CPU {number}")) { Id = Id, Path = Path, WithChildren = WithChildren, Cpu = number };
    }

    /// <summary>Returns whose events they are.</summary>
    public override string ToString() => _text;
}

/// <summary>The kinds of <see cref="PerfEventScope"/>.</summary>
internal enum PerfEventScopeKind
{
    Cpu,
    Process,
    Thread,
    Cgroup,
}
