using System.Globalization;
using System.Text;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Links.PerfEvents;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>Attaches programs to places of files that processes run.</summary>
/// <remarks>
/// A program is loaded either for one place (a perf event) or for many (<c>uprobe.multi</c>); the kernel attaches neither in the other's way.
/// The file is always given by descriptor: between looking at it and attaching, the path may come to mean another one.
/// </remarks>
internal static unsafe class UprobeHook
{
    public const string Sections = "SEC(\"uprobe/…\"), SEC(\"uretprobe/…\"), SEC(\"uprobe.multi/…\"), SEC(\"uprobe.session/…\") and SEC(\"usdt/…\")";

    public const Privileges Needed = Privileges.PerfMon | Privileges.Bpf;

    private static readonly Ladder<UprobeRequest> Ways = new(
        new("perf event", OpenEvent, static (request, error) => error switch
        {
            // No such perf events before Linux 4.17.
            Errno.EOPNOTSUPP when request.Advice is null => Verdict.Next,

            // Since CVE-2025-38466 they need CAP_SYS_ADMIN (July 2025, also in long-term kernels); what is defined in tracefs does not.
            Errno.EACCES => NextAfterForbidden(request),
            _ => Explain(request, error),
        }),
        new("tracefs", DefineProbe, Explain));

    /// <summary>Attaches a program, in the way for which it was loaded.</summary>
    /// <param name="request">What to attach to what.</param>
    /// <returns>The attachment, and its kind.</returns>
    /// <exception cref="InvalidOperationException">The program is of another type, or was loaded for something else.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">The kernel refused. Nothing is left attached.</exception>
    public static (Attachment Attachment, LinkType Type) Attach(UprobeRequest request)
    {
        BpfProgram program = request.Program;
        AttachRules.RequireType(program, request.What, Sections, ProgramType.Kprobe);
        AttachRules.RequireAttachType(
            program, request.What, Sections, type => type is 0 or AttachType.TraceUprobeMulti or AttachType.TraceUprobeSession);
        switch (program.AttachType)
        {
            case AttachType.TraceUprobeSession:
            case AttachType.TraceUprobeMulti when UprobeMultiHook.CanAttach(request):
                return (UprobeMultiHook.Attach(request), LinkType.UprobeMulti);
            case null when program.SectionName.Length == 0:
                return AttachOpened(request);
            default:
                return (AttachSingly(request), LinkType.PerfEvent);
        }
    }

    /// <summary>Attaches a program by a perf event for each place.</summary>
    /// <inheritdoc cref="Attach" path="/param|/exception"/>
    public static Attachment AttachSingly(UprobeRequest request) => request.Places.Count == 1
        ? Ways.Climb(request.Program.Kernel, request, request.What, Needed)
        : SingleUprobes.Attach(request);

    /// <summary>The kernel does not tell for which way a program was loaded that somebody else loaded.</summary>
    private static (Attachment Attachment, LinkType Type) AttachOpened(UprobeRequest request)
    {
        try
        {
            return (AttachSingly(request), LinkType.PerfEvent);
        }
        catch (BpfException error) when (error.Errno == Errno.EINVAL)
        {
            foreach (AttachType type in (ReadOnlySpan<AttachType>)[AttachType.TraceUprobeMulti, AttachType.TraceUprobeSession])
            {
                if (UprobeMultiHook.TryAttach(request, type, out _) is { } link) return (link, LinkType.UprobeMulti);
            }

            throw;
        }
    }

    private static Attachment? OpenEvent(UprobeRequest request, out Errno error)
    {
        (BpfProgram program, UprobePlace place) = (request.Program, request.Places[0]);
        if (ProbeSource.Uprobe(program.Kernel, out error) is not { } source) return null;
        if (place.Semaphore != 0 && (source.ReferenceCounterShift < 0 || place.Semaphore > uint.MaxValue))
        {
            request.Advice = source.ReferenceCounterShift < 0
                ? "this kernel counts no semaphores (since Linux 4.20)"
                : "the semaphore is more than 4 GiB behind the beginning of the file, which the kernel does not take";
            error = Errno.EOPNOTSUPP;
            return null;
        }

        BpfHandle? opened;
        using (BorrowedDescriptor file = request.File.Handle.Borrow())
        {
            fixed (byte* path = Encoding.UTF8.GetBytes(KernelPaths.OpenFile(file.Descriptor) + '\0'))
            {
                PerfEventAttr attr = new()
                {
                    Type = source.Type,
                    Config = (request.AtReturn ? 1UL << source.ReturnBit : 0)
                        | (place.Semaphore == 0 ? 0 : place.Semaphore << source.ReferenceCounterShift),
                    Config1 = (ulong)path,
                    Config2 = place.Offset,
                };
                opened = PerfEventOpening.OpenForAllCpus(program.Kernel, ref attr, request.Scope.Number, out error);
            }
        }

        return opened is null ? null : PerfEventHook.AttachEvent(program, opened, place.Cookie, request.What);
    }

    private static TraceProbeAttachment? DefineProbe(UprobeRequest request, out Errno error)
    {
        (BpfProgram program, UprobePlace place) = (request.Program, request.Places[0]);
        TraceProbe? probe;
        string? advice;
        using (BorrowedDescriptor file = request.File.Handle.Borrow())
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{KernelPaths.OpenFile(file.Descriptor)}:0x{place.Offset:x}");
            if (place.Semaphore != 0) text += string.Create(CultureInfo.InvariantCulture, $"(0x{place.Semaphore:x})");
            probe = TraceProbe.Define(
                program.Kernel, TraceProbeKind.Uprobe, request.AtReturn ? "r" : "p", place.Name ?? "place", text, out error, out advice);
        }

        request.Advice = advice;
        return probe is null
            ? null
            : TraceProbeAttachment.Attach(program, probe, request.Scope.Number, place.Cookie, request.What, out error);
    }

    private static Verdict NextAfterForbidden(UprobeRequest request)
    {
        request.IsForbidden = true;
        return Verdict.Next;
    }

    private static Verdict Explain(UprobeRequest request, Errno error)
    {
        string? advice = request.Advice ?? UprobeRefusal.Explain(request, request.Places[0], error);
        if (!request.IsForbidden) return Verdict.Explain(advice);
        string rights = UprobeRefusal.ExplainRights(request.Program.Kernel);
        return Verdict.Explain(advice is null || advice == rights ? rights : $"{rights}; {advice}");
    }
}
