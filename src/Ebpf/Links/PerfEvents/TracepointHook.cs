using System.Buffers.Text;
using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>Attaches programs to tracepoints: through a perf event, or raw.</summary>
internal static class TracepointHook
{
    private const uint TracepointEvent = 2; // PERF_TYPE_TRACEPOINT, <linux/perf_event.h>

    public static BpfLink Attach(BpfProgram program, string category, string name, TracepointOptions options)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        string what = $"program \"{program.Name}\" on tracepoint {category}/{name}";
        CheckName(category, nameof(category), what);
        CheckName(name, nameof(name), what);
        AttachRules.RequireType(program, what, "SEC(\"tp/…\")", ProgramType.Tracepoint);
        PerfEventAttr attr = new() { Type = TracepointEvent, Config = ReadId(kernel, category, name, what) };

        // As libbpf does: a tracepoint fires on every CPU and for every process, whatever CPU its event names.
        BpfHandle? perfEvent = BpfHandle.Take(kernel, kernel.PerfEventOpen(ref attr, process: -1, cpu: 0, group: -1, flags: 0), out Errno error);
        if (perfEvent is null) throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.PerfMon | Privileges.Bpf);
        perfEvent.CloseOnlyOnDispose();
        return PerfEventHook.Attach(program, perfEvent, options.Cookie, what);
    }

    public static BpfLink AttachRaw(BpfProgram program, string name, RawTracepointOptions options)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        string what = $"program \"{program.Name}\" on raw tracepoint {name}";
        AttachRules.RequireType(
            program, what, "SEC(\"raw_tp/…\") and SEC(\"raw_tp.w/…\")", ProgramType.RawTracepoint, ProgramType.RawTracepointWritable);
        BpfHandle? link = kernel.OpenRawTracepoint(program.Handle, name, options.Cookie, out Errno error);
        if (link is not null) return new BpfLink(new LinkAttachment(link), LinkType.RawTracepoint, what);
        Version cookies = new(6, 10);
        throw error switch
        {
            Errno.ENOENT => new BpfException($"Attach {what}", error, "this kernel has no such tracepoint"),
            Errno.EINVAL when options.Cookie != 0 && KernelFacts.Of(kernel).Version < cookies =>
                new FeatureNotSupportedException($"Attach {what}", "cookies of raw tracepoints", cookies, error),
            _ => Refusal.Explain(kernel, $"Attach {what}", error, Privileges.PerfMon | Privileges.Bpf),
        };
    }

    /// <summary>Refuses what would lead to another file of tracefs.</summary>
    private static void CheckName(string name, string parameter, string what)
    {
        if (name is "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
            throw new ArgumentException($"Attach {what}: a tracepoint's {parameter} has no slash, and is no path.", parameter);
    }

    private static ulong ReadId(LinuxKernel kernel, string category, string name, string what)
    {
        string root = TraceFileSystem.Locate(kernel, out Errno error, out string? advice)
            ?? throw new BpfException($"Attach {what}", error, advice);
        error = kernel.ReadFile($"{root}/events/{category}/{name}/id", out byte[] text);
        if (error == Errno.ENOENT)
            throw new BpfException($"Attach {what}", error, "this kernel has no such tracepoint");
        if (error != Errno.None) throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.PerfMon | Privileges.Bpf);
        return Utf8Parser.TryParse(text, out ulong id, out _)
            ? id
            : throw new BpfException(
                $"Attach {what}", Errno.EIO, string.Create(CultureInfo.InvariantCulture, $"its id in tracefs, of {text.Length} bytes, is no number"));
    }
}
