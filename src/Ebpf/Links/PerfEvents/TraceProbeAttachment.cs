using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>A program on a probe that was defined in tracefs, which is removed when nothing is attached to it any more.</summary>
/// <param name="inner">The program on the probe's perf event.</param>
/// <param name="probe">The probe.</param>
internal sealed class TraceProbeAttachment(Attachment inner, TraceProbe probe) : Attachment
{
    public override BpfHandle? Link => inner.Link;

    public override bool ClosesSlowly => true;

    public override BpfLink? Owner
    {
        get => inner.Owner;
        set => inner.Owner = value;
    }

    /// <summary>Attaches a program to a probe, and takes the probe, also after an error.</summary>
    /// <param name="program">The program.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="process">The process whose probes count; -1 for all. The kernel heeds it for uprobes only.</param>
    /// <param name="cookie">The cookie; 0 for none.</param>
    /// <param name="what">What is attached to what, for messages.</param>
    /// <param name="error">Why the probe's perf event cannot be opened.</param>
    /// <returns>The attachment; <c>null</c> after an <paramref name="error"/>.</returns>
    /// <exception cref="BpfException">The program cannot be attached to the event.</exception>
    public static TraceProbeAttachment? Attach(
        BpfProgram program, TraceProbe probe, int process, ulong cookie, string what, out Errno error)
    {
        try
        {
            if (probe.Open(process, out error) is { } opened)
                return new TraceProbeAttachment(PerfEventHook.AttachEvent(program, opened, cookie, what), probe);
        }
        catch
        {
            probe.Remove();
            throw;
        }

        probe.Remove();
        return null;
    }

    public override void Close()
    {
        inner.Close();
        probe.Remove();
    }

    public override void Detach()
    {
        inner.Detach();
        probe.Remove();
    }

    public override bool? IsDetached() => inner.IsDetached();

    public override void Update(BpfProgram program, BpfProgram? expected) => inner.Update(program, expected);

    public override LinkInfo GetInfo() => inner.GetInfo();
}
