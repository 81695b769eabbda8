using Ebpf.Links.Tracing;
using Ebpf.Links.Uprobes;

namespace Ebpf.Links.Attaching;

/// <summary>Attaches programs to what the names of their sections say: one case for each form, by family.</summary>
internal static class SectionAttach
{
    /// <summary>Attaches a program.</summary>
    /// <exception cref="InvalidOperationException">The section's name does not say where.</exception>
    /// <exception cref="BpfException">There is no such target, or the kernel refused.</exception>
    public static BpfLink Attach(BpfProgram program) => TryAttach(program, out string? whyNot) ?? throw new InvalidOperationException(
        program.SectionName.Length == 0
            ? $"Program \"{program.Name}\" comes from no section whose name would say where to attach it: use the method for its kind."
            : $"Program \"{program.Name}\" (section \"{program.SectionName}\") cannot be attached by the section's name: {whyNot}.");

    /// <summary>Attaches a program if its section's name says where.</summary>
    /// <param name="program">The program.</param>
    /// <param name="whyNot">Why the name does not say where, and what to do about it.</param>
    /// <returns>The link; <c>null</c> if the name does not say.</returns>
    /// <exception cref="BpfException">There is no such target, or the kernel refused.</exception>
    public static BpfLink? TryAttach(BpfProgram program, out string? whyNot)
    {
        whyNot = null;
        switch (program.SectionTarget)
        {
            // Tracepoints.
            case TracepointTarget target:
                return program.AttachTracepoint(target.Category, target.Name);
            case RawTracepointTarget target:
                return program.AttachRawTracepoint(target.Name);

            // Kernel functions by kprobes.
            case KprobeTarget target when program.IsAtReturn:
                return program.AttachKretprobe(target.Function);
            case KprobeTarget target:
                return program.AttachKprobe(target.Function, new KprobeOptions { Offset = target.Offset });
            case SystemCallTarget target:
                return program.IsAtReturn ? program.AttachKretsyscall(target.Name) : program.AttachKsyscall(target.Name);
            case FunctionPatternTarget target when program.Type == ProgramType.Kprobe:
                string pattern = target.Module is null ? target.Pattern : $"{target.Module}:{target.Pattern}";
                return program.IsAtReturn ? program.AttachKretprobeMulti(pattern) : program.AttachKprobeMulti(pattern);

            // Functions of programs and libraries by uprobes.
            case UprobeTarget or UprobePatternTarget:
                return UprobeSections.Attach(program, ProcessScope.AllProcesses);

            // Probes that programs declare themselves (USDT).
            case UsdtTarget target:
                return program.AttachUsdt(target.Path, target.Provider, target.Name);

            // What was chosen when the program was loaded: trampolines and LSM.
            case TracingTarget when program.Type == ProgramType.Ext:
                return program.AttachFreplace();
            case TracingTarget target when program.Type == ProgramType.Tracing:
                return TracingHook.Attach(program, target.Name, new());
            case LsmTarget target when program.AttachType == AttachType.LsmMac:
                return TracingHook.AttachLsm(program, target.Hook, new());

            // Many functions by their types.
            case FunctionPatternTarget target when program.Type == ProgramType.Tracing:
                return program.AttachTracingMulti(target.Pattern);

            case LsmTarget when program.AttachType == AttachType.LsmCgroup:
                whyNot = $"it is for the processes of a cgroup; give {nameof(AttachPoint)}.{nameof(AttachPoint.Cgroup)}";
                return null;

            // Iterators.
            case IteratorTarget { Kind: "bpf_map_elem" or "bpf_sk_storage_map" or "sockmap" }:
                whyNot = $"it walks over a map; give {nameof(AttachPoint)}.{nameof(AttachPoint.Iteration)} of {nameof(IteratorScope)}.{nameof(IteratorScope.Elements)}";
                return null;
            case IteratorTarget:
                return program.AttachIterator();

            // The network namespace of this thread.
            case null when program.Type == ProgramType.SkLookup:
                return program.AttachSkLookup();
            case null when program.Type == ProgramType.FlowDissector:
                return program.AttachFlowDissector();

            case null:
                whyNot = WhyNot(program);
                return null;
            default:
                whyNot = "this library cannot yet attach programs of this kind by it";
                return null;
        }
    }

    /// <summary>What runs a program whose section names no target.</summary>
    private static string WhyNot(BpfProgram program) => program.Type switch
    {
        ProgramType.StructOps => "the kernel calls it through the struct_ops map that names it: attach that",
        ProgramType.Syscall => $"it runs when {nameof(BpfProgram)}.{nameof(BpfProgram.TestRun)} calls it",
        ProgramType.Xdp when program.AttachType is AttachType.XdpDevMap or AttachType.XdpCpuMap =>
            "it runs for packets that go through the map whose elements name it",
        ProgramType.SocketFilter => $"it is set on a socket: {nameof(BpfProgram)}.{nameof(BpfProgram.AttachSocketFilter)}",
        ProgramType.SkReuseport => $"it is set on a group of sockets: {nameof(BpfProgram)}.{nameof(BpfProgram.AttachReuseport)}",
        ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.LwtSeg6Local =>
            "it belongs to a route: ip route add … encap bpf",
        ProgramType.SchedAct => "it is an action of a filter: tc filter add … action bpf",
        _ => $"it does not say where; give an {nameof(AttachPoint)}, or use the method for its kind",
    };
}
