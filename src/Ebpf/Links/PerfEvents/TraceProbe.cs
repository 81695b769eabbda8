using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>The files of tracefs in which probes are defined.</summary>
internal enum TraceProbeKind
{
    /// <summary><c>kprobe_events</c>.</summary>
    Kprobe,

    /// <summary><c>uprobe_events</c>.</summary>
    Uprobe,
}

/// <summary>A probe that this process defined in tracefs, where it stays until it is removed, whatever becomes of the process.</summary>
/// <remarks>
/// Its group bears the name of this process (<see cref="TraceProbeGroup"/>), so that what a killed process left is found and removed
/// before the next one is made.
/// </remarks>
internal sealed class TraceProbe
{
    private const uint TracepointEvent = 2; // PERF_TYPE_TRACEPOINT, <linux/perf_event.h>

    /// <summary>MAX_EVENT_NAME_LEN is 64, with the zero.</summary>
    private const int MaxLabel = 40;

    // The kernel cuts a line at '#' and takes it apart at white space (trace_parse_run_command, argv_split).
    private static readonly SearchValues<char> Separators = SearchValues.Create(" \t\n\v\f\r#\0");

    private static int _made;

    private readonly LinuxKernel _kernel;
    private readonly string _file;
    private readonly string _name;
    private int _isRemoved;

    private TraceProbe(LinuxKernel kernel, string file, string name)
    {
        _kernel = kernel;
        _file = file;
        _name = name;
    }

    /// <summary>The number of its events, for <c>perf_event_attr.config</c>.</summary>
    public ulong Id { get; private set; }

    /// <summary>Whether text can be a word of a definition.</summary>
    public static bool CanDefine(string word) => word.Length > 0 && !word.AsSpan().ContainsAny(Separators);

    /// <summary>Defines a probe.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="kind">In which file.</param>
    /// <param name="action"><c>p</c> at an instruction, <c>r</c> at the return of a function, <c>r16</c> with 16 returns awaited at most.</param>
    /// <param name="label">What the event is called, as far as its characters allow; it gets a number too.</param>
    /// <param name="place">Where: <c>do_unlinkat+0x10</c>, <c>/usr/bin/bash:0x1234(0x5678)</c>; one word (<see cref="CanDefine"/>).</param>
    /// <param name="error">Why not: EOPNOTSUPP if this kernel has no such probes; then nothing is left.</param>
    /// <param name="advice">What to do about it, if that is known.</param>
    public static TraceProbe? Define(
        LinuxKernel kernel, TraceProbeKind kind, string action, string label, string place, out Errno error, out string? advice)
    {
        if (!CanDefine(place)) throw new ArgumentException($"\"{place}\" cannot stand in the definition of a probe: it has white space or a # in it.", nameof(place));
        if (TraceFileSystem.Locate(kernel, out error, out advice) is not { } root) return null;
        string file = $"{root}/{(kind == TraceProbeKind.Kprobe ? "kprobe_events" : "uprobe_events")}";
        TraceProbeGroup group = TraceProbeGroup.Of(kernel);
        group.RemoveLeftovers(kind, file);
        string name = string.Create(CultureInfo.InvariantCulture, $"{group.Name}/{Event(label)}_{Interlocked.Increment(ref _made):x}");
        error = kernel.WriteText(file, $"{action}:{name} {place}\n", append: true);
        if (error == Errno.ENOENT && !kernel.Exists(file))
        {
            error = Errno.EOPNOTSUPP;
            advice = kind == TraceProbeKind.Kprobe
                ? "this kernel has no kprobes (CONFIG_KPROBE_EVENTS)"
                : "this kernel has no uprobes (CONFIG_UPROBE_EVENTS)";
        }

        if (error != Errno.None) return null;
        TraceProbe probe = new(kernel, file, name);
        error = kernel.ReadFile($"{root}/events/{name}/id", out byte[] id);
        if (error == Errno.None && Utf8Parser.TryParse(id, out ulong number, out _))
        {
            probe.Id = number;
            return probe;
        }

        if (error == Errno.None) error = Errno.EIO;
        probe.Remove();
        return null;
    }

    /// <summary>Opens the perf event through which a program is attached to the probe.</summary>
    /// <param name="process">The process whose probes count; -1 for all. The kernel heeds it for uprobes only.</param>
    /// <param name="error">Why not.</param>
    public BpfHandle? Open(int process, out Errno error)
    {
        PerfEventAttr attr = new() { Type = TracepointEvent, Config = Id };
        return PerfEventOpening.OpenForAllCpus(_kernel, ref attr, process, out error);
    }

    /// <summary>
    /// Removes the probe. One that is still in use (EBUSY), since a pin keeps the link, stays, and is removed by a process that comes later.
    /// </summary>
    public void Remove()
    {
        if (Interlocked.Exchange(ref _isRemoved, 1) != 0) return;
        Errno error = _kernel.WriteText(_file, $"-:{_name}\n", append: true);

        // Nobody would do it later while this process lives: what failed for want of memory or descriptors may work the second time.
        if (error is not (Errno.None or Errno.EBUSY or Errno.ENOENT)) _kernel.WriteText(_file, $"-:{_name}\n", append: true);
    }

    /// <summary>Letters, digits and _ of a label; it begins with a letter.</summary>
    private static string Event(string label)
    {
        ReadOnlySpan<char> kept = label.AsSpan(0, Math.Min(label.Length, MaxLabel));
        return string.Concat("p_", string.Create(kept.Length, label, static (text, all) =>
        {
            for (int i = 0; i < text.Length; i++) text[i] = char.IsAsciiLetterOrDigit(all[i]) ? all[i] : '_';
        }));
    }
}
