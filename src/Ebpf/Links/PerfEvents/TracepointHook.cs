using System.Buffers.Text;
using System.Globalization;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>Attaches programs to tracepoints: through a perf event, or raw.</summary>
internal static class TracepointHook
{
    private const uint TracepointEvent = 2; // PERF_TYPE_TRACEPOINT, <linux/perf_event.h>

    private const int MaxRawName = 127; // bpf_raw_tp_link_attach, kernel/bpf/syscall.c

    private const Privileges Needed = Privileges.PerfMon | Privileges.Bpf;

    public static BpfLink Attach(BpfProgram program, string category, string name, TracepointOptions options)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        string what = $"program \"{program.Name}\" on tracepoint {category}/{name}";
        CheckName(category, nameof(category), what);
        CheckName(name, nameof(name), what);
        AttachRules.RequireType(program, what, "SEC(\"tp/…\")", ProgramType.Tracepoint);
        string directory = $"{Locate(kernel, what)}/events/{category}/{name}";
        PerfEventAttr attr = new() { Type = TracepointEvent, Config = ReadId(kernel, directory, category, name, what) };
        BpfHandle? opened = PerfEventOpening.OpenForAllCpus(kernel, ref attr, process: -1, out Errno error);
        if (opened is null)
            throw Refusal.Explain(kernel, $"Attach {what}", error, Needed, error is Errno.EACCES or Errno.EPERM ? PerfEventRights.Explain(kernel, error, Needed) : null);

        // EACCES is not about rights: the verifier's record of what the program reads is compared with the tracepoint.
        return PerfEventHook.Attach(program, opened, options.Cookie, what, refusal => refusal == Errno.EACCES ? TooShort(kernel, directory) : null);
    }

    public static BpfLink AttachRaw(BpfProgram program, string name, RawTracepointOptions options)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        string what = $"program \"{program.Name}\" on raw tracepoint {name}";
        AttachRules.RequireType(
            program, what, "SEC(\"raw_tp/…\") and SEC(\"raw_tp.w/…\")", ProgramType.RawTracepoint, ProgramType.RawTracepointWritable);
        if (name.Length > MaxRawName || name.Contains('\0'))
            throw new ArgumentException($"Attach {what}: the name of a raw tracepoint has at most {MaxRawName} characters, none of them zero.", nameof(name));
        BpfHandle? link = kernel.OpenRawTracepoint(program.Handle, name, options.Cookie, out Errno error);
        if (link is not null) return new BpfLink(new LinkAttachment(link), LinkType.RawTracepoint, what);
        Version cookies = new(6, 10);
        throw error switch
        {
            Errno.ENOENT => new BpfException($"Attach {what}", error, NoSuchRaw(kernel, name)),
            Errno.EINVAL or Errno.E2BIG when options.Cookie != 0 && KernelFacts.Of(kernel).Version < cookies =>
                new FeatureNotSupportedException($"Attach {what}", "cookies of raw tracepoints", cookies, error),
            Errno.EINVAL => new BpfException(
                $"Attach {what}",
                error,
                "the program reads more arguments than this tracepoint has, writes to one that cannot be written to, or may sleep where the kernel may not"),
            Errno.E2BIG => new BpfException($"Attach {what}", error, "64 programs are attached there already, which is the most that the kernel allows"),
            _ => Refusal.Explain(kernel, $"Attach {what}", error, Needed),
        };
    }

    /// <summary>Refuses what would lead to another file of tracefs.</summary>
    private static void CheckName(string name, string parameter, string what)
    {
        if (name is "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
            throw new ArgumentException($"Attach {what}: a tracepoint's {parameter} has no slash, and is no path.", parameter);
    }

    private static string Locate(LinuxKernel kernel, string what) =>
        TraceFileSystem.Locate(kernel, out Errno error, out string? advice) ?? throw new BpfException($"Attach {what}", error, advice);

    private static ulong ReadId(LinuxKernel kernel, string directory, string category, string name, string what)
    {
        Errno error = kernel.ReadFile($"{directory}/id", out byte[] text);
        if (error == Errno.ENOENT)
            throw new BpfException($"Attach {what}", error, NoSuch(kernel, directory[..^(category.Length + name.Length + 2)], category, name));
        if (error != Errno.None) throw Refusal.Explain(kernel, $"Attach {what}", error, Needed);
        return Utf8Parser.TryParse(text, out ulong id, out _)
            ? id
            : throw new BpfException(
                $"Attach {what}", Errno.EIO, string.Create(CultureInfo.InvariantCulture, $"its id in tracefs, of {text.Length} bytes, is no number"));
    }

    private static string NoSuch(LinuxKernel kernel, string events, string category, string name)
    {
        const string problem = "this kernel has no such tracepoint";
        if (kernel.ListDirectory($"{events}/{category}", out string[] names) == Errno.None) return problem + NearNames.Suggest(name, names);
        kernel.ListDirectory(events, out string[] categories);
        string why = category == "syscalls"
            ? "it is built without those of system calls (CONFIG_FTRACE_SYSCALLS)"
            : $"it has no category {category}, or that of a module which is not loaded{NearNames.Suggest(category, categories)}";
        return $"{problem}: {why}";
    }

    /// <summary>The kernel's types have a typedef for each, also where tracefs is closed to this process.</summary>
    private static string NoSuchRaw(LinuxKernel kernel, string name)
    {
        const string problem = "this kernel has no such tracepoint, nor has a module that is loaded", prefix = "btf_trace_";
        if (name.Contains('/')) return $"{problem}: the name is without its category ({name[(name.LastIndexOf('/') + 1)..]})";
        try
        {
            return KernelTypes.Of(kernel).Read() is not { } types
                ? problem
                : problem + NearNames.Suggest(
                    name,
                    types.NamesOf(BtfKind.Typedef).Where(each => each.StartsWith(prefix, StringComparison.Ordinal)).Select(each => each[prefix.Length..]));
        }
        catch (BpfException)
        {
            // This only adds to the explanation of another error.
            return problem;
        }
    }

    /// <summary>Says how long the record of a tracepoint is; the kernel does not tell how far the program reads.</summary>
    private static string TooShort(LinuxKernel kernel, string directory)
    {
        const string problem = "the program reads beyond the fields of this tracepoint: its struct is not that of the tracepoint's format file";
        int end = 0;
        string last = "";
        ReadOnlySpan<char> format = kernel.ReadText($"{directory}/format");
        foreach (Range range in format.Split('\n'))
        {
            // <tab>field:int flags;<tab>offset:16;<tab>size:4;<tab>signed:1;
            ReadOnlySpan<char> line = format[range].Trim();
            if (!line.StartsWith("field:") || !TryNumber(line, "offset:", out int offset) || !TryNumber(line, "size:", out int size)) continue;
            if (offset + size <= end) continue;
            end = offset + size;
            last = line["field:".Length..line.IndexOf(';')].ToString();
        }

        return end == 0
            ? problem
            : string.Create(CultureInfo.InvariantCulture, $"{problem} ({directory}/format), where the record has {end} bytes and ends with \"{last}\"");
    }

    private static bool TryNumber(ReadOnlySpan<char> line, string name, out int number)
    {
        number = 0;
        int at = line.IndexOf(name);
        if (at < 0) return false;
        ReadOnlySpan<char> digits = line[(at + name.Length)..];
        int end = digits.IndexOf(';');
        return end > 0 && int.TryParse(digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < ushort.MaxValue;
    }
}
