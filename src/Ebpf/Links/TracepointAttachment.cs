using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Attaches programs to tracepoints: through a perf event, or raw.</summary>
internal static class TracepointAttachment
{
    private const uint TracepointEvent = 2; // PERF_TYPE_TRACEPOINT, <linux/perf_event.h>

    public static PerfEventLink Attach(BpfProgram program, string category, string name, ulong cookie)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        string what = $"program \"{program.Name}\" on tracepoint {category}/{name}";
        PerfEventAttr attr = new() { Type = TracepointEvent, Config = ReadId(kernel, category, name, what) };

        // As libbpf does: a tracepoint fires on every CPU and for every process, whatever CPU its event names.
        BpfHandle? perfEvent = BpfHandle.Take(kernel, kernel.PerfEventOpen(ref attr, process: -1, cpu: 0, group: -1, flags: 0), out Errno error);
        if (perfEvent is null) throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.PerfMon | Privileges.Bpf);
        perfEvent.CloseOnlyOnDispose();
        return PerfEventLink.Attach(program, perfEvent, cookie, what);
    }

    public static KernelLink AttachRaw(BpfProgram program, string name, ulong cookie)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        string what = $"program \"{program.Name}\" on raw tracepoint {name}";
        BpfHandle? link = kernel.OpenRawTracepoint(program.Handle, name, cookie, out Errno error);
        if (link is not null) return new KernelLink(link, LinkType.RawTracepoint, what);
        throw error == Errno.ENOENT
            ? new BpfException($"Attach {what}", error, "this kernel has no such tracepoint")
            : Refusal.Explain(kernel, $"Attach {what}", error, Privileges.PerfMon | Privileges.Bpf);
    }

    private static ulong ReadId(LinuxKernel kernel, string category, string name, string what)
    {
        string root = TraceFileSystem.Locate(kernel)
            ?? throw new BpfException(
                $"Attach {what}", Errno.ENOENT, "tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing");
        Errno error = kernel.ReadFile($"{root}/events/{category}/{name}/id", out byte[] text);
        if (error == Errno.ENOENT)
            throw new BpfException($"Attach {what}", error, "this kernel has no such tracepoint");
        if (error != Errno.None) throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.PerfMon | Privileges.Bpf);
        return ulong.Parse(text, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }
}
