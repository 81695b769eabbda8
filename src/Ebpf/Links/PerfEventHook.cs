using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Attaches programs to perf events, as tracepoints and probes need it.</summary>
/// <remarks>
/// Since Linux 5.15 the kernel has a link for it. Before, the program is set on the event and goes with it:
/// EINVAL of the link leads there, unless a cookie would be lost; any other error is final.
/// </remarks>
internal static class PerfEventHook
{
    private const uint SetProgram = 0x40042408; // PERF_EVENT_IOC_SET_BPF, <linux/perf_event.h>
    private const uint Enable = 0x2400;         // PERF_EVENT_IOC_ENABLE

    /// <summary>Attaches a program to an event, and takes the event, also after an error.</summary>
    public static BpfLink Attach(BpfProgram program, BpfHandle perfEvent, ulong cookie, string what)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        try
        {
            if (CreateLink(kernel, program, perfEvent, cookie, what) is { } link)
                return new BpfLink(new LinkAttachment(link, perfEvent), LinkType.PerfEvent, what);
            SetOnEvent(kernel, program, perfEvent, what);
            return new BpfLink(new PerfEventAttachment(perfEvent), LinkType.PerfEvent, what);
        }
        catch
        {
            perfEvent.Dispose();
            throw;
        }
    }

    /// <returns>The link; <c>null</c> on a kernel before 5.15.</returns>
    private static BpfHandle? CreateLink(LinuxKernel kernel, BpfProgram program, BpfHandle perfEvent, ulong cookie, string what)
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
        if (error != Errno.EINVAL) throw Failed(kernel, what, error);
        return cookie == 0
            ? null
            : throw new FeatureNotSupportedException($"Attach {what}", "cookies of perf events", new Version(5, 15), error);
    }

    private static void SetOnEvent(LinuxKernel kernel, BpfProgram program, BpfHandle perfEvent, string what)
    {
        using BorrowedDescriptor borrowedProgram = program.Handle.Borrow();
        using BorrowedDescriptor borrowedEvent = perfEvent.Borrow();
        CallResult result = kernel.Ioctl(borrowedEvent.Descriptor, SetProgram, borrowedProgram.Descriptor);
        if (!result.Failed) result = kernel.Ioctl(borrowedEvent.Descriptor, Enable, 0);
        if (result.Failed) throw Failed(kernel, what, result.Error);
    }

    /// <summary>EACCES is not about rights here: the verifier's record of what a program reads is compared with the tracepoint.</summary>
    private static BpfException Failed(LinuxKernel kernel, string what, Errno error) => Refusal.Explain(
        kernel,
        $"Attach {what}",
        error,
        Privileges.PerfMon | Privileges.Bpf,
        error == Errno.EACCES ? "the program reads beyond the fields of this tracepoint: its struct is not that of the tracepoint's format file" : null);
}
