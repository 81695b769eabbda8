using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Tracing;

/// <summary>Attaches programs to what was chosen when they were loaded: tp_btf, fentry, fexit, fmod_ret, fsession, LSM.</summary>
internal static class TracingHook
{
    private static readonly Version CookiesSince = new(5, 19), RawCookiesSince = new(6, 10);

    /// <summary>The call that every kernel with such programs knows.</summary>
    private static readonly Ladder<Request> Plain = new(new Rung<Request>("BPF_RAW_TRACEPOINT_OPEN", Open, Judge));

    /// <summary>The only one that takes a cookie.</summary>
    private static readonly Ladder<Request> WithCookie = new(new Rung<Request>("link", Link, JudgeCookie));

    /// <summary>Attaches a tracing program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">The name of the function or tracepoint, for messages; <c>null</c> if that is not known.</param>
    /// <param name="options">The options.</param>
    public static BpfLink Attach(BpfProgram program, string? target, TracingOptions options)
    {
        const string sections =
            "SEC(\"fentry/…\"), SEC(\"fexit/…\"), SEC(\"fmod_ret/…\"), SEC(\"fsession/…\") and SEC(\"tp_btf/…\")";
        string what = Describe(program, target);
        AttachRules.RequireType(program, what, sections, ProgramType.Tracing);
        AttachRules.RequireAttachType(program, what, sections, IsOfOneFunction);
        return Climb(program, what, options);
    }

    /// <summary>Attaches an LSM program.</summary>
    /// <inheritdoc cref="Attach(BpfProgram, string?, TracingOptions)" path="/param"/>
    public static BpfLink AttachLsm(BpfProgram program, string? hook, TracingOptions options)
    {
        const string sections = "SEC(\"lsm/…\") and SEC(\"lsm.s/…\")";
        string what = Describe(program, hook);
        AttachRules.RequireType(program, what, sections, ProgramType.Lsm);
        AttachRules.RequireAttachType(program, what, sections, type => type is AttachType.LsmMac);
        SecurityModules.RequireBpf(program.Kernel, $"Attach {what}");
        return Climb(program, what, options);
    }

    private static bool IsOfOneFunction(AttachType type) =>
        type is not (AttachType.TraceIter or AttachType.TraceFentryMulti or AttachType.TraceFexitMulti or AttachType.TraceFsessionMulti);

    private static string Describe(BpfProgram program, string? target) => $"program \"{program.Name}\" to {target ?? "its target"}";

    private static BpfLink Climb(BpfProgram program, string what, TracingOptions options)
    {
        Ladder<Request> ladder = options.Cookie == 0 ? Plain : WithCookie;
        Attachment attachment = ladder.Climb(
            program.Kernel, new Request(program, options.Cookie), what, Privileges.Bpf | Privileges.PerfMon);
        return new BpfLink(attachment, program.AttachType == AttachType.TraceRawTp ? LinkType.RawTracepoint : LinkType.Tracing, what);
    }

    private static LinkAttachment? Open(Request request, out Errno error)
    {
        BpfHandle? link = request.Program.Kernel.OpenRawTracepoint(request.Program.Handle, name: null, cookie: 0, out error);
        return link is null ? null : new LinkAttachment(link);
    }

    private static LinkAttachment? Link(Request request, out Errno error)
    {
        error = Errno.EINVAL;
        using BorrowedDescriptor borrowed = request.Program.Handle.Borrow();
        foreach (AttachType type in TypesOf(request.Program))
        {
            // Before Linux 6.10 the kernel takes the cookie of a tp_btf program, and forgets it.
            if (type == AttachType.TraceRawTp && KernelFacts.Of(request.Program.Kernel).Version < RawCookiesSince) continue;
            LinkCreateAttr attr = new()
            {
                Program = borrowed.Descriptor,
                AttachType = type,
                Tracing = new TracingLinkAttr { Cookie = request.Cookie },
            };
            BpfHandle? link = request.Program.Kernel.CreateLink(ref attr, out error);
            if (link is not null) return new LinkAttachment(link);
            if (error != Errno.EINVAL) return null;
        }

        return null;
    }

    /// <summary>
    /// The attach types with which a program can have been loaded. The kernel does not tell that of one that was opened, and refuses every
    /// other one with EINVAL before it does anything.
    /// </summary>
    private static ReadOnlySpan<AttachType> TypesOf(BpfProgram program)
    {
        if (program.AttachType is { } known) return new AttachType[] { known };
        return program.Type == ProgramType.Lsm
            ? [AttachType.LsmMac]
            :
            [
                AttachType.TraceFentry, AttachType.TraceFexit, AttachType.ModifyReturn, AttachType.TraceFsession, AttachType.TraceRawTp,
            ];
    }

    private static Verdict JudgeCookie(Request request, Errno error)
    {
        Version version = KernelFacts.Of(request.Program.Kernel).Version;
        if (error != Errno.EINVAL) return Judge(request, error);
        if (version < CookiesSince) return Verdict.Lacks("cookies of tracing programs", CookiesSince);
        return version < RawCookiesSince && request.Program.AttachType is null or AttachType.TraceRawTp
            ? Verdict.Lacks("cookies of BTF tracepoints", RawCookiesSince)
            : Judge(request, error);
    }

    private static Verdict Judge(Request request, Errno error) => error switch
    {
        Errno.EBUSY => Verdict.Explain(Trampoline.WhyBusy(request.Program, null)),
        _ => Trampoline.Judge(error),
    };

    private sealed record Request(BpfProgram Program, ulong Cookie);
}
