using System.Text;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>Opens perf events whose CPU does not matter: tracepoints and probes.</summary>
internal static class PerfEventOpening
{
    /// <summary>Opens an event that fires on every CPU.</summary>
    /// <remarks>
    /// The kernel runs the program of a tracepoint or a probe before it looks at the CPU of the perf event, so one event for all CPUs is
    /// right, and one for each would run the program as often. The CPU must be online all the same: the first one, as libbpf has it, is
    /// nearly always; where it is not (ENODEV), the next that is.
    /// </remarks>
    /// <param name="kernel">The kernel.</param>
    /// <param name="attr">The event.</param>
    /// <param name="process">The process; -1 for all. The kernel heeds it for uprobes only.</param>
    /// <param name="error">Why not.</param>
    /// <returns>The event, which only its owner closes; <c>null</c> after an error.</returns>
    public static BpfHandle? OpenForAllCpus(LinuxKernel kernel, ref PerfEventAttr attr, int process, out Errno error)
    {
        int cpu = process < 0 ? 0 : -1;
        BpfHandle? opened = Open(kernel, ref attr, process, cpu, flags: 0, out error);
        if (error == Errno.ENODEV && cpu == 0 && OnlineCpus(kernel) is [> 0 and int first, ..])
            opened = Open(kernel, ref attr, process, first, flags: 0, out error);
        return opened;
    }

    /// <summary>Opens an event.</summary>
    public static BpfHandle? Open(LinuxKernel kernel, ref PerfEventAttr attr, int process, int cpu, uint flags, out Errno error)
    {
        const int noGroup = -1;
        BpfHandle? opened = BpfHandle.Take(kernel, kernel.PerfEventOpen(ref attr, process, cpu, noGroup, flags), out error);
        opened?.CloseOnlyOnDispose();
        return opened;
    }

    /// <summary>The CPUs that run now, in ascending order; empty if the kernel does not tell.</summary>
    public static int[] OnlineCpus(LinuxKernel kernel) =>
        kernel.ReadFile(KernelPaths.OnlineCpus, out byte[] text) == Errno.None ? CpuList.Parse(Encoding.ASCII.GetString(text)) ?? [] : [];
}
