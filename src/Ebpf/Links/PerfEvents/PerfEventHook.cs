using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>Attaches programs to perf events, as tracepoints and probes need it.</summary>
internal static class PerfEventHook
{
    private const uint SetProgram = 0x40042408; // PERF_EVENT_IOC_SET_BPF, <linux/perf_event.h>
    private const uint Enable = 0x2400;         // PERF_EVENT_IOC_ENABLE

    private static readonly Version LinksSince = new(5, 15);

    private static readonly Ladder<Request> Ways = new(
        new("link", CreateLink, static (request, error) => error switch
        {
            Errno.EINVAL when request.Cookie == 0 => Verdict.Next,
            Errno.EINVAL when KernelFacts.Of(request.Program.Kernel).Version < LinksSince => Verdict.Lacks("cookies of perf events", LinksSince),
            _ => JudgeEvent(request, error),
        }),
        new("perf event", SetOnEvent, JudgeEvent));

    /// <summary>Attaches a program to an event, and takes the event, also after an error.</summary>
    /// <param name="program">The program.</param>
    /// <param name="perfEvent">The event.</param>
    /// <param name="cookie">The cookie; 0 for none.</param>
    /// <param name="what">What is attached to what, for messages.</param>
    /// <param name="explain">Says what an error means for this kind of event; <c>null</c> for those that mean nothing of their own.</param>
    public static BpfLink Attach(BpfProgram program, BpfHandle perfEvent, ulong cookie, string what, Func<Errno, string?>? explain = null) =>
        new(AttachEvent(program, perfEvent, cookie, what, explain), LinkType.PerfEvent, what);

    /// <inheritdoc cref="Attach"/>
    public static Attachment AttachEvent(
        BpfProgram program, BpfHandle perfEvent, ulong cookie, string what, Func<Errno, string?>? explain = null)
    {
        try
        {
            return Ways.Climb(program.Kernel, new Request(program, perfEvent, cookie, explain), what, Privileges.PerfMon | Privileges.Bpf);
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

    private static Verdict JudgeEvent(Request request, Errno error) => Verdict.Explain(request.Explain?.Invoke(error) ?? error switch
    {
        Errno.EEXIST => "a program is set on this perf event already",
        Errno.E2BIG => "64 programs are attached there already, which is the most that the kernel allows",
        Errno.EPROTO => "the program takes stacks, which this event has not when it is precise (bpf_get_stack)",
        Errno.EINVAL => "the kernel takes no such program there: it was loaded for something else, or changes what functions return (bpf_override_return) where that is not allowed",
        _ => null,
    });

    private readonly record struct Request(BpfProgram Program, BpfHandle Event, ulong Cookie, Func<Errno, string?>? Explain);
}
