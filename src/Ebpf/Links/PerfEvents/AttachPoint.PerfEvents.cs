namespace Ebpf;

/// <content>Tracepoints and perf events.</content>
public sealed partial class AttachPoint
{
    /// <summary>Creates the target for tracepoint programs, and for those of raw tracepoints, which need its name only.</summary>
    /// <param name="category">The category of the tracepoint: <c>sched</c>.</param>
    /// <param name="name">Its name: <c>sched_switch</c>.</param>
    public static AttachPoint Tracepoint(string category, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentException.ThrowIfNullOrEmpty(name);
        string target = $"tracepoint {category}/{name}";
        return new AttachPoint(target, program => program.Type switch
        {
            ProgramType.Tracepoint => program.AttachTracepoint(category, name),
            ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => program.AttachRawTracepoint(name),
            _ => throw Mismatch(program, target, "SEC(\"tp\") and SEC(\"raw_tp\")"),
        });
    }

    /// <summary>Creates the target for programs of a perf event.</summary>
    /// <inheritdoc cref="BpfProgram.AttachPerfEvent" path="/param"/>
    public static AttachPoint PerfEvent(
        PerfEventSource source, PerfEventSampling sampling, PerfEventScope scope, PerfEventOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(scope);
        string target = $"perf event {source} of {scope}";
        return new AttachPoint(target, program => program.Type switch
        {
            ProgramType.PerfEvent => program.AttachPerfEvent(source, sampling, scope, options),
            _ => throw Mismatch(program, target, "SEC(\"perf_event\")"),
        });
    }
}
