using Ebpf.Links.Tracing;

namespace Ebpf.Links.Attaching;

/// <summary>Attaches programs to what the names of their sections say: one case for each form, by family.</summary>
internal static class SectionAttach
{
    /// <summary>Attaches a program.</summary>
    /// <exception cref="InvalidOperationException">The section's name does not say where.</exception>
    /// <exception cref="BpfException">There is no such target, or the kernel refused.</exception>
    public static BpfLink Attach(BpfProgram program)
    {
        switch (program.SectionTarget)
        {
            // Tracepoints.
            case TracepointTarget target:
                return program.AttachTracepoint(target.Category, target.Name);
            case RawTracepointTarget target:
                return program.AttachRawTracepoint(target.Name);

            // Kernel functions by kprobes.

            // Functions of programs and libraries by uprobes.

            // Probes that programs declare themselves (USDT).

            // What was chosen when the program was loaded: trampolines and LSM.
            case TracingTarget target when program.Type == ProgramType.Tracing:
                return TracingHook.Attach(program, target.Name, new());
            case LsmTarget target when program.AttachType == AttachType.LsmMac:
                return TracingHook.AttachLsm(program, target.Hook, new());

            // Iterators.

            // The network namespace of this thread.

            case null when program.SectionName.Length == 0:
                throw new InvalidOperationException(
                    $"Program \"{program.Name}\" comes from no section whose name would say where to attach it: use the method for its kind.");
            case null:
                throw Cannot(program, "it does not say where; give an AttachPoint, or use the method for its kind");
            default:
                throw Cannot(program, "this library cannot yet attach programs of this kind by it");
        }
    }

    private static InvalidOperationException Cannot(BpfProgram program, string why) =>
        new($"Program \"{program.Name}\" (section \"{program.SectionName}\") cannot be attached by the section's name: {why}.");
}
