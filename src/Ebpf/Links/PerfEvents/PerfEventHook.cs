using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>Attaches programs to perf events, as tracepoints and probes need it.</summary>
internal static class PerfEventHook
{
    private const uint SetProgram = 0x40042408; // PERF_EVENT_IOC_SET_BPF, <linux/perf_event.h>
    private const uint Enable = 0x2400;         // PERF_EVENT_IOC_ENABLE

    private static readonly Ladder<Request> Ways = new(
        new("link", CreateLink, static (request, error) => error switch
        {
            Errno.EINVAL when request.Cookie == 0 => Verdict.Next,
            Errno.EINVAL => Verdict.Lacks("cookies of perf events", new Version(5, 15)),
            _ => JudgeEvent(error),
        }),
        new("perf event", SetOnEvent, static (_, error) => JudgeEvent(error)));

    /// <summary>Attaches a program to an event, and takes the event, also after an error.</summary>
    /// <param name="program">The program.</param>
    /// <param name="perfEvent">The event.</param>
    /// <param name="cookie">The cookie; 0 for none.</param>
    /// <param name="what">What is attached to what, for messages.</param>
    public static BpfLink Attach(BpfProgram program, BpfHandle perfEvent, ulong cookie, string what) =>
        new(AttachEvent(program, perfEvent, cookie, what), LinkType.PerfEvent, what);

    /// <inheritdoc cref="Attach"/>
    public static Attachment AttachEvent(BpfProgram program, BpfHandle perfEvent, ulong cookie, string what)
    {
        try
        {
            return Ways.Climb(program.Kernel, new Request(program, perfEvent, cookie), what, Privileges.PerfMon | Privileges.Bpf);
        }
        catch
        {
            perfEvent.Dispose();
            throw;
        }
    }

    private static LinkAttachment? CreateLink(Request request, out Errno error)
    {
        using BorrowedDescriptor program = request.Program.Handle.Borrow();
        using BorrowedDescriptor perfEvent = request.Event.Borrow();
        LinkCreateAttr attr = new()
        {
            Program = program.Descriptor,
            Target = perfEvent.Descriptor,
            AttachType = AttachType.PerfEvent,
            PerfEvent = new PerfEventLinkAttr { Cookie = request.Cookie },
        };
        return request.Program.Kernel.CreateLink(ref attr, out error) is { } link ? new LinkAttachment(link, request.Event) : null;
    }

    /// <summary>As before Linux 5.15.</summary>
    private static PerfEventAttachment? SetOnEvent(Request request, out Errno error)
    {
        LinuxKernel kernel = request.Program.Kernel;
        using BorrowedDescriptor program = request.Program.Handle.Borrow();
        using BorrowedDescriptor perfEvent = request.Event.Borrow();
        CallResult result = kernel.Ioctl(perfEvent.Descriptor, SetProgram, program.Descriptor);
        if (!result.Failed) result = kernel.Ioctl(perfEvent.Descriptor, Enable, 0);
        error = result.Error;
        return result.Failed ? null : new PerfEventAttachment(request.Event);
    }

    private static Verdict JudgeEvent(Errno error) => error switch
    {
        // Not about rights: the verifier's record of what a program reads is compared with the tracepoint.
        Errno.EACCES => Verdict.Explain(
            "the program reads beyond the fields of this tracepoint: its struct is not that of the tracepoint's format file"),
        Errno.EEXIST => Verdict.Explain("a program is set on this perf event already"),
        Errno.E2BIG => Verdict.Explain("64 programs are attached there already, which is the most that the kernel allows"),
        _ => Verdict.Stop,
    };

    private readonly record struct Request(BpfProgram Program, BpfHandle Event, ulong Cookie);
}
