using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>Why a process may not open a perf event.</summary>
internal static class PerfEventRights
{
    /// <summary>The level from which on Debian (3) and Ubuntu (4) ask for CAP_SYS_ADMIN, which no other kernel knows.</summary>
    private const int DistributionLevel = 3;

    /// <summary>Explains EACCES and EPERM of perf_event_open(2).</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="error">Which of the two.</param>
    /// <param name="needed">What is needed in any case.</param>
    /// <param name="others">Whether the processes of other users are looked at.</param>
    public static string? Explain(LinuxKernel kernel, Errno error, Privileges needed, bool others = false)
    {
        // What containers forbid by seccomp answers EPERM, whatever the capabilities; the kernel itself answers EACCES.
        if (error == Errno.EPERM && PrivilegeRules.HasSystemCallFilter(kernel))
            return "a seccomp filter forbids perf_event_open(2) to this process, as those of containers do: allow it in the profile";
        if (Level(kernel) is >= DistributionLevel and int level
            && PrivilegeRules.Missing(kernel, Privileges.SysAdmin) is { } missing and not Privileges.None)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"sysctl kernel.perf_event_paranoid is {level}, at which kernels of Debian and Ubuntu ask for CAP_SYS_ADMIN whatever other "
                + $"capabilities there are: set it to 2, or run with CAP_SYS_ADMIN{(Refusal.AdviceFor(kernel, error, needed) is { } also ? $"; the call also {also}" : "")}");
        }

        string? advice = Refusal.AdviceFor(kernel, error, needed);
        if (advice is null && others) return "to look at processes of other users it needs CAP_PERFMON or CAP_SYS_PTRACE";
        return advice;
    }

    /// <summary>Explains them where the administrator can allow the event to everybody.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="error">Which of the two.</param>
    /// <param name="allowed">The highest sysctl kernel.perf_event_paranoid at which everybody may open this event.</param>
    public static string? ExplainLevel(LinuxKernel kernel, Errno error, int allowed)
    {
        string? advice = Explain(kernel, error, Privileges.PerfMon);
        return Level(kernel) is { } level && level > allowed && level < DistributionLevel
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{advice ?? "it needs CAP_PERFMON"}; without, sysctl kernel.perf_event_paranoid must be {allowed} or less, and is {level}")
            : advice;
    }

    private static int? Level(LinuxKernel kernel) =>
        int.TryParse(kernel.ReadText(KernelPaths.PerfEventParanoia), NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int level)
            ? level
            : null;
}
