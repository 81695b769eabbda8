using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf.Links.Tracing;

/// <summary>A function that programs trace or replace: the piece of code between it and them, and who has it.</summary>
/// <param name="TypeId">The id of the function in its BTF.</param>
/// <param name="BtfId">The id of the BTF.</param>
/// <param name="ProgramId">The id of the program to which the function belongs; <c>null</c> if it is not known to belong to one.</param>
internal readonly record struct Trampoline(uint TypeId, uint BtfId, uint? ProgramId = null)
{
    /// <summary>What the errors of all programs at functions mean.</summary>
    public static Verdict Judge(Errno error) => error switch
    {
        Errno.ENOTSUPP or Errno.EOPNOTSUPP => Verdict.Explain(
            "this kernel cannot call programs from functions: it has no BPF trampoline (arm64: Linux 6.4; CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)"),
        Errno.E2BIG => Verdict.Explain("the function has as many programs as it takes"),
        Errno.ENODEV or Errno.ENOENT => Verdict.Explain("the module or program to which the function belongs is not there any more"),
        _ => Verdict.Stop,
    };

    /// <summary>Why the kernel answered EBUSY to a program: who has its function.</summary>
    /// <param name="program">The program.</param>
    /// <param name="function">The function; <c>null</c> for the one for which the program was loaded.</param>
    public static string WhyBusy(BpfProgram program, Trampoline? function)
    {
        const string unknown =
            "this program is attached there already; or another one replaces the function (freplace), after which none can trace it; or the "
            + "function is live-patched";
        if ((function ?? OfLoading(program)) is not { } own) return unknown;
        List<string> tracing = [];
        try
        {
            // Whoever may not list links gets all reasons that there can be.
            foreach (LinkInfo link in BpfLink.ListInfos(kernel: program.Kernel))
            {
                if (link is not TracingLinkInfo info || !own.IsTargetOf(program.Kernel, info)) continue;
                if (info.ProgramId == program.Id) return $"this program is attached there already, by link {info.Id}";
                string holder = $"{ProgramNames.Describe(program.Kernel, info.ProgramId ?? 0)} by link {info.Id}";
                if (IsReplacement(info)) return $"the function is replaced (freplace) by {holder}: no other program can trace or replace it";
                tracing.Add(holder);
            }
        }
        catch (BpfException)
        {
            return unknown;
        }

        if (program.Type != ProgramType.Ext)
            return "the function is live-patched, or something else than BPF has taken its place";
        return tracing.Count > 0
            ? $"a function that is traced cannot be replaced; it is by {string.Join(", ", tracing)}"
            : "the target program is in a program array, or was: such a one cannot be extended";
    }

    /// <summary>Whether a link is at this function. For one of a program the kernel tells the program, for another one the BTF.</summary>
    private bool IsTargetOf(LinuxKernel kernel, TracingLinkInfo link)
    {
        if (link.TargetTypeId?.Value != TypeId || link.TargetObjectId is not { } target) return false;
        if (ProgramId is { } known) return target == known;
        if (target == BtfId) return true;
        using BpfHandle? handle = kernel.OpenById(ObjectKind.Program.OpenById, target, out _);
        KernelProgramInfo info = default;
        return handle is not null && kernel.GetInfo(handle, ref info) == Errno.None && info.BtfId == BtfId;
    }

    /// <summary>The function for which a program was loaded.</summary>
    private static Trampoline? OfLoading(BpfProgram program)
    {
        KernelProgramInfo info = program.AskForHead(out _);
        return info.AttachBtfId == 0 || info.AttachBtfObjectId == 0 ? null : new Trampoline(info.AttachBtfId, info.AttachBtfObjectId);
    }

    /// <summary>Programs that replace a function have no attach type, which is 0.</summary>
    private static bool IsReplacement(TracingLinkInfo link) => link.AttachType == default(AttachType);
}
