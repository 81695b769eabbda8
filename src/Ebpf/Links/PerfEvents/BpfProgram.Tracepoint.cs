using Ebpf.Links.PerfEvents;

namespace Ebpf;

/// <content>Attaching to tracepoints.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches a tracepoint program, whose context has the fields that the tracepoint's <c>format</c> file names.</summary>
    /// <param name="category">The category of the tracepoint: <c>sched</c>.</param>
    /// <param name="name">Its name: <c>sched_switch</c>.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">A name is empty, or has a slash or a zero in it.</exception>
    /// <exception cref="InvalidOperationException">It is no tracepoint program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">
    /// There is no such tracepoint, the program reads beyond the tracepoint's fields (EACCES), or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachTracepoint(string category, string name, TracepointOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return TracepointHook.Attach(this, category, name, options ?? new());
    }

    /// <summary>
    /// Attaches a raw tracepoint program, whose context has the arguments of the tracepoint as the kernel's own code gives them. Since
    /// Linux 4.17.
    /// </summary>
    /// <param name="name">The name of the tracepoint, without its category: <c>sched_switch</c>.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">It is no raw tracepoint program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old, or too old for cookies.</exception>
    /// <exception cref="BpfException">There is no such tracepoint, or the kernel refused otherwise.</exception>
    public BpfLink AttachRawTracepoint(string name, RawTracepointOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return TracepointHook.AttachRaw(this, name, options ?? new());
    }
}
