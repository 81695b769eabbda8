using System.Text;
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

    /// <summary>
    /// The kernel has no link to ask about, but tells what a descriptor of a process is (BPF_TASK_FD_QUERY, Linux 4.18): to processes with
    /// CAP_SYS_ADMIN, and not about counters and clocks. What it does not tell is unknown.
    /// </summary>
    public override unsafe LinkInfo GetInfo()
    {
        const int longest = 8192;
        using BorrowedDescriptor borrowed = perfEvent.Borrow();
        for (int room = 256; ; room *= 2)
        {
            byte[] name = new byte[room];
            fixed (byte* pointer = name)
            {
                TaskDescriptorQueryAttr attr = new()
                {
                    Process = Environment.ProcessId,
                    Descriptor = borrowed.Descriptor,
                    Buffer = pointer,
                    BufferSize = (uint)room,
                };
                Errno error = perfEvent.Kernel.QueryTaskDescriptor(ref attr);
                if (error == Errno.ENOSPC && room < longest) continue;
                if (error != Errno.None) return new PerfLinkInfo();
                int end = name.AsSpan().IndexOf((byte)0);
                return Describe(in attr, end == 0 ? null : Encoding.UTF8.GetString(name, 0, end < 0 ? room : end));
            }
        }
    }

    /// <summary>The kinds of <c>enum bpf_task_fd_type</c>.</summary>
    private static PerfLinkInfo Describe(in TaskDescriptorQueryAttr attr, string? name) => attr.Kind switch
    {
        1 => new TracepointLinkInfo { ProgramId = attr.ProgramId, Name = name },
        2 or 3 => new KprobeLinkInfo
        {
            ProgramId = attr.ProgramId,
            IsReturn = attr.Kind == 3,
            Function = name,
            Offset = name is null ? null : attr.ProbeOffset,
            Address = attr.ProbeAddress == 0 ? null : attr.ProbeAddress,
        },
        4 or 5 => new UprobeLinkInfo { ProgramId = attr.ProgramId, IsReturn = attr.Kind == 5, Path = name, Offset = attr.ProbeOffset },
        _ => new PerfLinkInfo { ProgramId = attr.ProgramId },
    };
}
