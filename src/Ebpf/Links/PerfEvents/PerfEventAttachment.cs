using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>A program that was set on a perf event, as before Linux 5.15: it goes with the event.</summary>
/// <param name="perfEvent">The event, which this takes.</param>
internal class PerfEventAttachment(BpfHandle perfEvent) : Attachment
{
    private volatile bool _isClosed;

    /// <summary>The event.</summary>
    protected BpfHandle Event => perfEvent;

    /// <summary>A kprobe and a uprobe wait for all CPUs to leave the program.</summary>
    public override bool ClosesSlowly => true;

    public override BpfLink? Owner
    {
        get => base.Owner;
        set
        {
            base.Owner = value;
            perfEvent.Owner = value;
        }
    }

    public override void Close()
    {
        _isClosed = true;
        perfEvent.Dispose();
    }

    public override bool? IsDetached() => _isClosed;
}
