using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Tracing;

/// <summary>Puts programs into the places of functions of other programs.</summary>
internal static class FreplaceHook
{
    private const Privileges Needed = Privileges.Bpf | Privileges.PerfMon | Privileges.NetAdmin;

    private static readonly Version OtherTargetsSince = new(5, 10);

    /// <summary>To the function for which the program was loaded.</summary>
    private static readonly Ladder<Request> Own = new(new Rung<Request>("BPF_RAW_TRACEPOINT_OPEN", Open, JudgeOwn));

    /// <summary>To any function.</summary>
    private static readonly Ladder<Request> Other = new(new Rung<Request>("link", Link, JudgeOther));

    public static BpfLink Attach(BpfProgram program)
    {
        string what = $"program \"{program.Name}\" in the place of {(program.SectionTarget as TracingTarget)?.Name ?? "its function"}";
        RequireType(program, what);
        return new BpfLink(Own.Climb(program.Kernel, new Request(program, null, default), what, Needed), LinkType.Tracing, what);
    }

    public static BpfLink Attach(BpfProgram program, BpfProgram target, string? function)
    {
        string? name = function ?? (program.SectionTarget as TracingTarget)?.Name;
        string what = $"program \"{program.Name}\" in the place of {name ?? "a function"} of {target}";
        RequireType(program, what);
        if (string.IsNullOrEmpty(name))
            throw new InvalidOperationException($"Attach {what}: its section does not name the function: give the name.");
        KernelProgramInfo info = target.AskForHead(out _);
        if (info.BtfId == 0)
            throw new BpfException($"Attach {what}", Errno.EINVAL, "the target has no BTF: compile it with clang -g, and load it with its BTF");
        using BpfBtf btf = BpfBtf.Open(info.BtfId, program.Kernel);
        BtfSpec types = btf.ReadTypes();
        if (!types.TryGetFirst(name, out FunctionType? found))
        {
            throw new BpfException(
                $"Attach {what}", Errno.ENOENT, $"the target has no such function{NearNames.Suggest(name, types.NamesOf(BtfKind.Function))}");
        }

        Trampoline place = new(found.Id.Value, info.BtfId, info.Id);
        return new BpfLink(Other.Climb(program.Kernel, new Request(program, target, place), what, Needed), LinkType.Tracing, what);
    }

    private static void RequireType(BpfProgram program, string what) =>
        AttachRules.RequireType(program, what, "SEC(\"freplace/…\")", ProgramType.Ext);

    private static LinkAttachment? Open(Request request, out Errno error)
    {
        BpfHandle? link = request.Program.Kernel.OpenRawTracepoint(request.Program.Handle, name: null, cookie: 0, out error);
        return link is null ? null : new LinkAttachment(link);
    }

    private static LinkAttachment? Link(Request request, out Errno error)
    {
        using BorrowedDescriptor program = request.Program.Handle.Borrow(), target = request.Target!.Handle.Borrow();
        LinkCreateAttr attr = new()
        {
            Program = program.Descriptor,
            Target = target.Descriptor,
            Tracing = new TracingLinkAttr { TargetBtfId = request.Place.TypeId },
        };
        BpfHandle? link = request.Program.Kernel.CreateLink(ref attr, out error);
        return link is null ? null : new LinkAttachment(link);
    }

    private static Verdict JudgeOwn(Request request, Errno error) => error switch
    {
        Errno.EBUSY => Verdict.Explain(Trampoline.WhyBusy(request.Program, null)),
        Errno.EINVAL => Verdict.Explain("it was attached before: to attach it again the kernel has to be told the target"),
        _ => Trampoline.Judge(error),
    };

    private static Verdict JudgeOther(Request request, Errno error) => error switch
    {
        Errno.EBUSY => Verdict.Explain(Trampoline.WhyBusy(request.Program, request.Place)),
        Errno.EINVAL when KernelFacts.Of(request.Program.Kernel).Version < OtherTargetsSince =>
            Verdict.Lacks("replacing functions of other programs than at loading", OtherTargetsSince),
        Errno.EINVAL => Verdict.Explain(
            "the function, or its program, is not like the one for which this program was loaded: a global function with the same parameters "
            + "and result, of a program of the same type and attach type that is compiled to machine code (sysctl net.core.bpf_jit_enable), "
            + "is no freplace or fentry program itself, and may sleep or change packets if this one does"),
        _ => Trampoline.Judge(error),
    };

    /// <summary>What is to go where.</summary>
    /// <param name="Program">The program.</param>
    /// <param name="Target">The program whose function it replaces; <c>null</c> for the one at loading.</param>
    /// <param name="Place">The function of the target.</param>
    private sealed record Request(BpfProgram Program, BpfProgram? Target, Trampoline Place);
}
