using System.Diagnostics;
using Ebpf.Links.Uprobes;

namespace Ebpf;

/// <content>Processes.</content>
public sealed partial class AttachPoint
{
    /// <summary>
    /// Creates the target for programs whose sections say a file and functions or a USDT probe, in one process: its file, as it sees it.
    /// </summary>
    /// <param name="scope">The process: <see cref="ProcessScope.Process(int)"/>.</param>
    public static AttachPoint In(ProcessScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return new AttachPoint(scope.ToString(), program => program.Type switch
        {
            ProgramType.Kprobe when program.SectionTarget is UprobeTarget or UprobePatternTarget => UprobeSections.Attach(program, scope),
            ProgramType.Kprobe when program.SectionTarget is UsdtTarget usdt =>
                program.AttachUsdt(usdt.Path, usdt.Provider, usdt.Name, new UsdtOptions { Scope = scope }),
            _ => throw Mismatch(program, scope.ToString(), UprobeHook.Sections),
        });
    }

    /// <summary>Creates the target for programs whose sections say a file and functions or a USDT probe, in one process.</summary>
    /// <param name="process">The process, whose id is kept.</param>
    /// <exception cref="InvalidOperationException">It has not been started, or is disposed.</exception>
    public static AttachPoint In(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return In(ProcessScope.Process(process.Id));
    }
}
