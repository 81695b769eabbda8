using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>A program on a perf event, which is how tracepoints and probes are attached.</summary>
/// <remarks>
/// Since Linux 5.15 the kernel has a link for it; before, the program belongs to the event, and goes with it.
/// </remarks>
public sealed class PerfEventLink : BpfLink
{
    private const uint SetProgram = 0x40042408; // PERF_EVENT_IOC_SET_BPF, <linux/perf_event.h>
    private const uint Enable = 0x2400;         // PERF_EVENT_IOC_ENABLE

    private readonly BpfHandle _event;

    private PerfEventLink(BpfHandle handle, BpfHandle perfEvent, string description)
        : base(handle, LinkType.PerfEvent, description) => _event = perfEvent;

    private protected override void Close()
    {
        base.Close();
        _event.Dispose();
    }

    /// <summary>Attaches a program to an event, and takes the event.</summary>
    internal static PerfEventLink Attach(BpfProgram program, BpfHandle perfEvent, ulong cookie, string description)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        try
        {
            BpfHandle link = CreateLink(kernel, program, perfEvent, cookie, description) ?? SetOnEvent(kernel, program, perfEvent, description);
            return new PerfEventLink(link, perfEvent, description);
        }
        catch
        {
            perfEvent.Dispose();
            throw;
        }
    }

    /// <returns>The link; <c>null</c> on a kernel before 5.15, where a program is set on the event.</returns>
    private static BpfHandle? CreateLink(
        LinuxKernel kernel, BpfProgram program, BpfHandle perfEvent, ulong cookie, string description)
    {
        Errno error;
        BpfHandle? link;
        using (BorrowedDescriptor borrowedProgram = program.Handle.Borrow())
        using (BorrowedDescriptor borrowedEvent = perfEvent.Borrow())
        {
            LinkCreateAttr attr = new()
            {
                Program = borrowedProgram.Descriptor,
                Target = borrowedEvent.Descriptor,
                AttachType = AttachType.PerfEvent,
                PerfEvent = new PerfEventLinkAttr { Cookie = cookie },
            };
            link = kernel.CreateLink(ref attr, out error);
        }

        if (link is not null) return link;
        if (error != Errno.EINVAL) throw Refusal.Explain(kernel, $"Attach {description}", error, Privileges.PerfMon | Privileges.Bpf);
        return cookie == 0
            ? null
            : throw new FeatureNotSupportedException($"Attach {description}", "cookies of perf events", new Version(5, 15), error);
    }

    private static BpfHandle SetOnEvent(LinuxKernel kernel, BpfProgram program, BpfHandle perfEvent, string description)
    {
        using BorrowedDescriptor borrowedProgram = program.Handle.Borrow();
        using BorrowedDescriptor borrowedEvent = perfEvent.Borrow();
        CallResult result = kernel.Ioctl(borrowedEvent.Descriptor, SetProgram, borrowedProgram.Descriptor);
        if (!result.Failed) result = kernel.Ioctl(borrowedEvent.Descriptor, Enable, 0);
        return result.Failed ? throw Refusal.Explain(kernel, $"Attach {description}", result.Error, Privileges.PerfMon | Privileges.Bpf) : perfEvent;
    }
}
