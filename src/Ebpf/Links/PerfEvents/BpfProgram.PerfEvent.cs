using Ebpf.Links.PerfEvents;

namespace Ebpf;

/// <content>Attaching to perf events.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches a program to a perf event: it runs each time that so many events have been counted. Since Linux 4.9.</summary>
    /// <param name="source">What is counted.</param>
    /// <param name="sampling">How often the program runs.</param>
    /// <param name="scope">Whose events are counted.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>
    /// The link; disposing it detaches the program. The kernel has an event for each CPU or thread: where that is more than one, there is no
    /// single <c>bpf_link</c> (<see cref="BpfLink.Handle"/>).
    /// </returns>
    /// <exception cref="InvalidOperationException">It is no perf event program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">
    /// This machine has no such counter (ENOENT), the process may not count it (EACCES, EPERM; the message tells a sysctl, a missing
    /// capability and a seccomp filter apart), the frequency is too high, there is no such process, CPU or cgroup, or the kernel refused
    /// otherwise. Then nothing is attached.
    /// </exception>
    public BpfLink AttachPerfEvent(PerfEventSource source, PerfEventSampling sampling, PerfEventScope scope, PerfEventOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(scope);
        return SamplingHook.Attach(this, source, sampling, scope, options ?? new());
    }
}
