using System.Buffers.Text;
using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>Attaches programs to perf events that count something: one for each CPU or thread, as the kernel has them.</summary>
internal static class SamplingHook
{
    private const string Sections = "SEC(\"perf_event\")";

    private const uint OfCgroup = 4; // PERF_FLAG_PID_CGROUP

    /// <summary>A process that starts threads faster than they can be listed is one that nobody can list.</summary>
    private const int MaxRounds = 16;

    public static BpfLink Attach(
        BpfProgram program, PerfEventSource source, PerfEventSampling sampling, PerfEventScope scope, PerfEventOptions options)
    {
        string what = $"program \"{program.Name}\" on perf event {source} of {scope}";
        AttachRules.RequireType(program, what, Sections, ProgramType.PerfEvent);
        if (sampling.Number == 0) throw new ArgumentException($"Attach {what}: it is not said how often the program is to run.", nameof(sampling));
        PerfEventAttr attr = Describe(program.Kernel, source, sampling, scope, options, what);
        PerfEvents events = new(program, attr, source, scope, options, what);
        try
        {
            switch (scope.Kind)
            {
                case PerfEventScopeKind.Cpu:
                    events.OpenCpus(process: -1, flags: 0);
                    break;
                case PerfEventScopeKind.Thread:
                    events.Open(scope.Id, scope.Cpu, flags: 0, goneIsFine: false);
                    break;
                case PerfEventScopeKind.Process:
                    OpenThreads(program.Kernel, events, scope, what);
                    break;
                default:
                    OpenCgroup(program.Kernel, events, scope, what);
                    break;
            }
        }
        catch
        {
            CompositeAttachment.CloseAll(events.Made);
            throw;
        }

        return new BpfLink(events.Made is [var single] ? single : new CompositeAttachment(events.Made), LinkType.PerfEvent, what);
    }

    private static PerfEventAttr Describe(
        LinuxKernel kernel, PerfEventSource source, PerfEventSampling sampling, PerfEventScope scope, PerfEventOptions options, string what)
    {
        PerfEventFlags flags = (sampling.IsFrequency ? PerfEventFlags.Frequency : 0)
            | (scope.WithChildren ? PerfEventFlags.Inherit : 0)
            | (options.ExcludeUser ? PerfEventFlags.ExcludeUser : 0)
            | (options.ExcludeKernel ? PerfEventFlags.ExcludeKernel : 0)
            | (options.ExcludeHypervisor ? PerfEventFlags.ExcludeHypervisor : 0)
            | (options.ExcludeIdle ? PerfEventFlags.ExcludeIdle : 0);
        return new PerfEventAttr
        {
            Type = source.PmuName is { } name ? ReadType(kernel, name, what) : source.Type,
            Config = source.Configuration,
            Config1 = source.Configuration1,
            Config2 = source.Configuration2,
            BreakpointType = source.Access,
            SamplePeriod = sampling.Number,
            Flags = flags,
        };
    }

    private static uint ReadType(LinuxKernel kernel, string name, string what)
    {
        Errno error = kernel.ReadFile($"{KernelPaths.EventSource(name)}/type", out byte[] text);
        if (error == Errno.None && Utf8Parser.TryParse(text, out uint type, out _)) return type;
        throw error switch
        {
            Errno.ENOENT => new BpfException($"Attach {what}", error, $"this machine has no perf events of kind {name} (see /sys/bus/event_source/devices)"),
            Errno.None => new BpfException($"Attach {what}: the number of its kind in sysfs is none"),
            _ => Refusal.Explain(kernel, $"Attach {what}", error, Privileges.None),
        };
    }

    /// <summary>Opens an event for each thread, and again for those that were started meanwhile.</summary>
    private static void OpenThreads(LinuxKernel kernel, PerfEvents events, PerfEventScope scope, string what)
    {
        HashSet<string> known = [];
        for (int round = 0; round < MaxRounds; round++)
        {
            Errno error = kernel.ListDirectory(KernelPaths.ThreadsOf(scope.Id), out string[] threads);
            if (error is Errno.ENOENT or Errno.ESRCH && events.Made.Count == 0) throw new BpfException($"Attach {what}", Errno.ESRCH, "there is no such process");
            if (error is not (Errno.None or Errno.ENOENT or Errno.ESRCH)) throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.None);
            bool anyNew = false;
            foreach (string thread in threads)
            {
                if (!known.Add(thread) || !int.TryParse(thread, NumberStyles.None, CultureInfo.InvariantCulture, out int id)) continue;
                anyNew = true;
                events.Open(id, scope.Cpu, flags: 0, goneIsFine: true);
            }

            if (!anyNew) break;
        }

        if (events.Made.Count == 0) throw new BpfException($"Attach {what}", Errno.ESRCH, "the process has ended");
    }

    private static void OpenCgroup(LinuxKernel kernel, PerfEvents events, PerfEventScope scope, string what)
    {
        using BpfHandle? directory = BpfHandle.Take(kernel, kernel.Open(scope.Path, OpenMode.ReadOnly | OpenMode.Directory), out Errno error);
        if (directory is null)
        {
            string? advice = error is Errno.ENOENT or Errno.ENOTDIR ? "there is no such directory" : null;
            throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.None, advice);
        }

        using BorrowedDescriptor borrowed = directory.Borrow();
        events.OpenCpus(borrowed.Descriptor, OfCgroup);
    }

    /// <summary>The events that are open, each with its program.</summary>
    private sealed class PerfEvents(
        BpfProgram program, PerfEventAttr attr, PerfEventSource source, PerfEventScope scope, PerfEventOptions options, string what)
    {
        public List<Attachment> Made { get; } = [];

        /// <summary>Opens an event for the CPU of the scope, or for each that runs.</summary>
        public void OpenCpus(int process, uint flags)
        {
            if (scope.Cpu >= 0)
            {
                Open(process, scope.Cpu, flags, goneIsFine: false);
                return;
            }

            IReadOnlyList<int> cpus = PerfEventOpening.OnlineCpus(program.Kernel);
            if (cpus.Count == 0) cpus = KernelFacts.Of(program.Kernel).PossibleCpus;
            foreach (int cpu in cpus) Open(process, cpu, flags, goneIsFine: true);
            if (Made.Count == 0) throw new BpfException($"Attach {what}", Errno.ENODEV, "no CPU is online that the kernel could be asked for");
        }

        /// <summary>Opens one event. A CPU or a thread of a list may have gone meanwhile.</summary>
        public void Open(int process, int cpu, uint flags, bool goneIsFine)
        {
            PerfEventAttr own = attr;
            BpfHandle? opened = PerfEventOpening.Open(program.Kernel, ref own, process, cpu, flags, out Errno error);
            if (opened is not null) Made.Add(PerfEventHook.AttachEvent(program, opened, options.Cookie, what));
            else if (!goneIsFine || error is not (Errno.ENODEV or Errno.ESRCH)) throw Failed(error);
        }

        private BpfException Failed(Errno error)
        {
            LinuxKernel kernel = program.Kernel;
            string? advice = error switch
            {
                Errno.EACCES or Errno.EPERM => PerfEventRights.ExplainLevel(
                    kernel, error, allowed: scope.Kind is PerfEventScopeKind.Cpu or PerfEventScopeKind.Cgroup ? 0 : options.ExcludeKernel ? 2 : 1),
                Errno.ENOENT when source.IsHardware => "this machine has no such counter, as most virtual machines have none: use a software event (CpuClock for a profiler)",
                Errno.ENOENT when scope.Kind == PerfEventScopeKind.Cgroup =>
                    "the kernel counts no perf events of this cgroup: the controller perf_event is off, or in another hierarchy (of version 1)",
                Errno.ENOENT => "this kernel has no such event",
                Errno.EOPNOTSUPP => "this event can be counted, but cannot run a program: it has no interrupt, or does not know what is excluded",
                Errno.ENODEV when source.IsHardware => "this machine has no such counter, or the CPU is not online",
                Errno.ENODEV => "the CPU is not online",
                Errno.ESRCH => "there is no such process or thread",
                Errno.ENOSPC when source.IsBreakpoint => "all breakpoints of the processor are in use",
                Errno.EBUSY => "the counters that it needs are in use by something that shares them with nobody",
                Errno.EINVAL when scope.Cpu >= 0 && Array.IndexOf(PerfEventOpening.OnlineCpus(kernel), scope.Cpu) < 0 => "the CPU is not online",
                Errno.EINVAL when source.IsBreakpoint => "the processor has no such breakpoint: another length, or reading alone, or an address that may not have one",
                Errno.EINVAL => TooOften(kernel) ?? (scope.Kind == PerfEventScopeKind.Cgroup
                    ? "the kernel takes no such event for a cgroup (CONFIG_CGROUP_PERF)"
                    : "the kernel knows no such event, or not with these options"),
                Errno.EBADF when scope.Kind == PerfEventScopeKind.Cgroup => "the directory is no cgroup whose events the kernel counts (perf_event)",
                _ => null,
            };
            return Refusal.Explain(kernel, $"Attach {what}", error, Privileges.PerfMon, advice);
        }

        private string? TooOften(LinuxKernel kernel)
        {
            if ((attr.Flags & PerfEventFlags.Frequency) == 0
                || !ulong.TryParse(kernel.ReadText(KernelPaths.MaxSampleRate), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out ulong most)
                || attr.SamplePeriod <= most)
            {
                return null;
            }

            return string.Create(
                CultureInfo.InvariantCulture,
                $"{attr.SamplePeriod} times a second is more than sysctl kernel.perf_event_max_sample_rate allows, which is {most} now (the kernel lowers it under load)");
        }
    }
}
