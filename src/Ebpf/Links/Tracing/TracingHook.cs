using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Tracing;

/// <summary>Attaches programs to what was chosen when they were loaded: tp_btf, fentry, fexit, fmod_ret, LSM.</summary>
internal static class TracingHook
{
    /// <summary>Attaches a tracing program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">The name of the function or tracepoint, for messages; <c>null</c> if that is not known.</param>
    /// <param name="options">The options.</param>
    public static BpfLink Attach(BpfProgram program, string? target, TracingOptions options)
    {
        const string sections = "SEC(\"fentry/…\"), SEC(\"fexit/…\"), SEC(\"fmod_ret/…\") and SEC(\"tp_btf/…\")";
        string what = Describe(program, target);
        AttachRules.RequireType(program, what, sections, ProgramType.Tracing);
        AttachRules.RequireAttachType(program, what, sections, type => type is not AttachType.TraceIter);
        return Create(program, what, options);
    }

    /// <summary>Attaches an LSM program.</summary>
    /// <inheritdoc cref="Attach(BpfProgram, string?, TracingOptions)" path="/param"/>
    public static BpfLink AttachLsm(BpfProgram program, string? hook, TracingOptions options)
    {
        const string sections = "SEC(\"lsm/…\") and SEC(\"lsm.s/…\")";
        string what = Describe(program, hook);
        AttachRules.RequireType(program, what, sections, ProgramType.Lsm);
        AttachRules.RequireAttachType(program, what, sections, type => type is AttachType.LsmMac);
        return Create(program, what, options);
    }

    private static string Describe(BpfProgram program, string? target) => $"program \"{program.Name}\" to {target ?? "its target"}";

    private static BpfLink Create(BpfProgram program, string what, TracingOptions options)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        BpfHandle? link;
        Errno error;

        // Cookies need a link of the newer kind (Linux 5.19); without one the older call does the same on every kernel.
        if (options.Cookie == 0)
        {
            link = kernel.OpenRawTracepoint(program.Handle, name: null, cookie: 0, out error);
        }
        else
        {
            AttachType attachType = program.AttachType ?? throw new InvalidOperationException(
                $"Attach {what}: a program that was opened cannot get a cookie, since the kernel does not tell its attach type.");
            using BorrowedDescriptor borrowed = program.Handle.Borrow();
            LinkCreateAttr attr = new()
            {
                Program = borrowed.Descriptor,
                AttachType = attachType,
                Tracing = new TracingLinkAttr { Cookie = options.Cookie },
            };
            link = kernel.CreateLink(ref attr, out error);
        }

        if (link is not null)
        {
            bool isRaw = program.AttachType == AttachType.TraceRawTp;
            return new BpfLink(new LinkAttachment(link), isRaw ? LinkType.RawTracepoint : LinkType.Tracing, what);
        }

        Version cookies = new(5, 19);
        throw error switch
        {
            Errno.EINVAL when options.Cookie != 0 && KernelFacts.Of(kernel).Version < cookies =>
                new FeatureNotSupportedException($"Attach {what}", "cookies of tracing programs", cookies, error),
            Errno.EBUSY => new BpfException($"Attach {what}", error, "this program is attached already, or its function takes no more programs"),
            _ => Refusal.Explain(kernel, $"Attach {what}", error, Privileges.Bpf | Privileges.PerfMon),
        };
    }
}
