using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Links.PerfEvents;
using Ebpf.Linux;

namespace Ebpf.Links.Kprobes;

/// <summary>Attaches programs to one function of the kernel.</summary>
/// <remarks>
/// A probe is a perf event of its own kind since Linux 4.17: it goes with its descriptor. Before, and for what that kind does not know, it
/// is defined in tracefs, where it must be removed again.
/// </remarks>
internal static unsafe class KprobeHook
{
    public const string Sections = "SEC(\"kprobe/…\"), SEC(\"kretprobe/…\"), SEC(\"ksyscall/…\") and SEC(\"kretsyscall/…\")";

    public const Privileges Needed = Privileges.PerfMon | Privileges.Bpf;

    private static readonly Ladder<KprobeRequest> Ways = new(
        new("perf event", OpenEvent, static (request, error) => error switch
        {
            // This kernel has no such perf events, or they cannot do what is asked.
            Errno.EOPNOTSUPP => Verdict.Next,

            // Some kernels of old distributions take no dots there, but do in tracefs.
            Errno.EINVAL when request.Place.Function?.Contains('.') == true => Verdict.Next,
            _ => Explain(request, error),
        }),
        new("tracefs", DefineProbe, Explain));

    /// <summary>Attaches a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="place">Where.</param>
    /// <param name="cookie">The cookie.</param>
    public static BpfLink Attach(BpfProgram program, KprobePlace place, ulong cookie)
    {
        string what = $"program \"{program.Name}\" on {(place.AtReturn ? "the return of " : "")}kernel function {place}";
        RequireSingle(program, what);
        return new BpfLink(Attach(new KprobeRequest(program, place, cookie, what)), LinkType.PerfEvent, what);
    }

    /// <inheritdoc cref="Attach(BpfProgram, KprobePlace, ulong)"/>
    public static Attachment Attach(KprobeRequest request) => Ways.Climb(request.Program.Kernel, request, request.What, Needed);

    /// <summary>Attaches a program to the function behind a system call.</summary>
    public static BpfLink AttachToSystemCall(BpfProgram program, string name, bool atReturn, ulong cookie, int maxActive)
    {
        string what = $"program \"{program.Name}\" on {(atReturn ? "the return of " : "")}system call {name}";
        RequireSingle(program, what);
        KprobePlace place = new(SystemCallFunction(program.Kernel, name), 0, 0, atReturn, maxActive);
        return new BpfLink(Attach(new KprobeRequest(program, place, cookie, what)), LinkType.PerfEvent, what);
    }

    /// <summary>
    /// The function behind a system call. That it depends on the same probe as <c>LINUX_HAS_SYSCALL_WRAPPER</c> of programs matters: they
    /// look for the arguments where this function has them.
    /// </summary>
    public static string SystemCallFunction(LinuxKernel kernel, string name)
    {
        string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        return ProbedFacts.Of(kernel).HasSystemCallWrapper ? $"__{architecture}_sys_{name}" : $"__se_sys_{name}";
    }

    private static void RequireSingle(BpfProgram program, string what)
    {
        AttachRules.RequireType(program, what, Sections, ProgramType.Kprobe);
        AttachRules.RequireAttachType(program, what, Sections, type => type is 0);
    }

    private static Attachment? OpenEvent(KprobeRequest request, out Errno error)
    {
        (BpfProgram program, KprobePlace place) = (request.Program, request.Place);
        error = Errno.EOPNOTSUPP;
        if (place.MaxActive != 0 || ProbeSource.Kprobe(program.Kernel, out error) is not { } source) return null;
        BpfHandle? opened;
        fixed (byte* name = place.Function is { } function ? Encoding.UTF8.GetBytes(function + '\0') : null)
        {
            PerfEventAttr attr = new()
            {
                Type = source.Type,
                Config = place.AtReturn ? 1UL << source.ReturnBit : 0,
                Config1 = (ulong)name,
                Config2 = name is null ? place.Address + place.Offset : place.Offset,
            };
            opened = PerfEventOpening.OpenForAllCpus(program.Kernel, ref attr, process: -1, out error);
        }

        return opened is null ? null : PerfEventHook.AttachEvent(program, opened, request.Cookie, request.What);
    }

    private static TraceProbeAttachment? DefineProbe(KprobeRequest request, out Errno error)
    {
        (BpfProgram program, KprobePlace place) = (request.Program, request.Place);
        string action = place switch
        {
            { AtReturn: false } => "p",
            { MaxActive: 0 } => "r",
            _ => string.Create(CultureInfo.InvariantCulture, $"r{place.MaxActive}"),
        };

        // Tracefs keeps a probe for a module that is not there until it comes: that would be an attachment which never runs.
        if (place.Function is { } function && KprobePlace.Split(function).Module is { } module)
        {
            error = program.Kernel.Status(KernelPaths.Module(module), out _);
            if (error != Errno.None) return null;
        }

        KprobePlace at = place.Function is null ? place with { Address = place.Address + place.Offset, Offset = 0 } : place;
        TraceProbe? probe = TraceProbe.Define(
            program.Kernel, TraceProbeKind.Kprobe, action, place.Function ?? "address", at.ToString(), out error, out string? advice);
        request.Advice = advice;
        return probe is null ? null : TraceProbeAttachment.Attach(program, probe, process: -1, request.Cookie, request.What, out error);
    }

    private static Verdict Explain(KprobeRequest request, Errno error)
    {
        if (request.Advice is { } advice) return Verdict.Explain(advice);
        if (!request.Explains) return Verdict.Stop;
        LinuxKernel kernel = request.Program.Kernel;
        return error switch
        {
            Errno.EPERM or Errno.EACCES => Verdict.Explain(PerfEventRights.Explain(kernel, error, Needed)),
            Errno.ENODEV => Verdict.Explain("the kernel has no numbers left for probes and other events (65,535 in all): see kprobe_events in tracefs"),
            Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM => Verdict.Stop,
            _ => Verdict.Explain(FunctionDiagnosis.Explain(kernel, request.Place, error)),
        };
    }
}

/// <summary>What to attach to which function.</summary>
/// <param name="program">The program.</param>
/// <param name="place">Where.</param>
/// <param name="cookie">The cookie; 0 for none.</param>
/// <param name="what">What is attached to what, for messages.</param>
internal sealed class KprobeRequest(BpfProgram program, KprobePlace place, ulong cookie, string what)
{
    public BpfProgram Program => program;

    public KprobePlace Place => place;

    public ulong Cookie => cookie;

    public string What => what;

    /// <summary>Whether errors are explained from the tables of the kernel, which takes longer than the attaching itself.</summary>
    public bool Explains { get; init; } = true;

    /// <summary>What one of the ways knows about its own failure.</summary>
    public string? Advice { get; set; }
}
