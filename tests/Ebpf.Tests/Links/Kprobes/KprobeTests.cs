using System.Globalization;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using static Ebpf.Tests.Links.ProcessGroup;

namespace Ebpf.Tests.Links.Kprobes;

/// <summary>Kprobes that are attached for real, and seen to run.</summary>
public sealed class KprobeTests
{
    private const string Function = "__x64_sys_getpgid";

    [Theory]
    [InlineData("on_entry", 1)]
    [InlineData("on_return", 2)]
    [InlineData("on_syscall", 3)]
    [InlineData("on_syscall_return", 4)]
    public void Attach_BySectionName_CountsTheCalls(string program, ulong slot)
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        using (BpfLink link = collection.Programs[program].Attach())
        {
            Assert.Equal(LinkType.PerfEvent, link.Type);
            CallOften();
        }

        Assert.Equal((ulong)Calls, Seen(collection, slot));
        CallOften();
        Assert.Equal((ulong)Calls, Seen(collection, slot));
    }

    [Theory]
    [InlineData("on_entry", 1)]
    [InlineData("on_return", 2)]
    public void Attach_KernelWithoutPerfEventsOfProbes_GoesByTracefsAndLeavesNothingThere(string program, ulong slot)
    {
        Requires.Kprobes();
        FaultyKernel kernel = WithoutPerfEvents();
        using BpfCollection collection = Load(kernel);

        using (collection.Programs[program].Attach())
        {
            Assert.Contains(OwnProbes(kernel), line => line.Contains(Function, StringComparison.Ordinal));
            CallOften();
        }

        Assert.Equal((ulong)Calls, Seen(collection, slot));
        Assert.Empty(OwnProbes(kernel));
    }

    [Fact]
    public void AttachKprobe_WithoutLinksAndPerfEvents_CountsAllTheSame()
    {
        Requires.Kprobes();
        FaultyKernel kernel = WithoutPerfEvents();
        kernel.OnBpf = (command, _) => command == Ebpf.Linux.BpfCommand.LinkCreate ? Errno.EINVAL : null;
        using BpfCollection collection = Load(kernel);

        using (BpfLink link = collection.Programs["on_entry"].AttachKprobe(Function))
        {
            Assert.Null(link.Handle);
            CallOften();
        }

        Assert.Equal((ulong)Calls, Seen(collection, 1));
        Assert.Empty(OwnProbes(kernel));
    }

    [Fact]
    public void AttachKretprobe_WithMaxActive_TellsTheKernel()
    {
        Requires.Kprobes();
        FaultyKernel kernel = new();
        using BpfCollection collection = Load(kernel);

        using (collection.Programs["on_return"].AttachKretprobe(Function, new KretprobeOptions { MaxActive = 37 }))
        {
            Assert.StartsWith("r37:", Assert.Single(OwnProbes(kernel)), StringComparison.Ordinal);
            CallOften();
        }

        Assert.Equal((ulong)Calls, Seen(collection, 2));
        Assert.Empty(OwnProbes(kernel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AttachKprobe_ByAddress_CountsTheCalls(bool hasPerfEvents)
    {
        Requires.Kprobes();
        FaultyKernel kernel = hasPerfEvents ? new() : WithoutPerfEvents();
        ulong address = AddressOf(Function);
        using BpfCollection collection = Load(kernel);

        using (collection.Programs["on_entry"].AttachKprobe(address))
        using (collection.Programs["on_return"].AttachKretprobe(address))
        {
            CallOften();
        }

        Assert.Equal(((ulong)Calls, (ulong)Calls), (Seen(collection, 1), Seen(collection, 2)));
    }

    [Fact]
    public void AttachKprobe_BehindTheBeginning_CountsTheCalls()
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        // Behind endbr64 of 4 bytes, or the call of the tracer of 5.
        BpfLink? link = null;
        foreach (ulong offset in (ulong[])[4, 5])
        {
            try
            {
                link ??= collection.Programs["on_entry"].AttachKprobe(Function, new KprobeOptions { Offset = offset });
            }
            catch (BpfException)
            {
                // It is one of the two.
            }
        }

        Assert.NotNull(link);
        using (link) CallOften();
        Assert.Equal((ulong)Calls, Seen(collection, 1));
    }

    [Fact]
    public void AttachKprobe_OffsetInsideAnInstruction_SaysSo()
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(
            () => collection.Programs["on_entry"].AttachKprobe(Function, new KprobeOptions { Offset = 1 }));

        Assert.Equal("the offset is not where an instruction begins, or behind the end of the function", error.Advice);
    }

    [Fact]
    public void AttachKprobe_WithCookie_GivesItToTheProgram()
    {
        Requires.Kprobes();
        Requires.Kernel(5, 15, "cookies of perf events");
        using BpfCollection collection = Load(null, "with_cookie");

        using (collection.Programs["with_cookie"].AttachKprobe(Function, new KprobeOptions { Cookie = 201 }))
        using (collection.Programs["with_cookie"].AttachKretprobe(Function, new KretprobeOptions { Cookie = 202 }))
        {
            CallOften();
        }

        Assert.Equal(((ulong)Calls, (ulong)Calls), (Seen(collection, 201), Seen(collection, 202)));
    }

    [Theory]
    [InlineData("__x64_sys_getpgidd", "this kernel has no function of this name: it may be misspelled, built into all of its callers by the compiler (inlined), or in a module that is not loaded; similar: __x64_sys_getpgid")]
    [InlineData("no_such_module:function", "no module no_such_module is loaded: modprobe no_such_module, or it is built in, and its functions are the kernel's own")]
    public void AttachKprobe_Unknown_SaysWhatItMayBe(string function, string advice)
    {
        Requires.Kprobes();
        foreach (FaultyKernel kernel in (FaultyKernel[])[new(), WithoutPerfEvents()])
        {
            using BpfCollection collection = Load(kernel);

            BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_entry"].AttachKprobe(function));

            Assert.StartsWith(advice, error.Advice, StringComparison.Ordinal);
            Assert.Empty(OwnProbes(kernel));
        }
    }

    [Fact]
    public void AttachKsyscall_Unknown_NamesSimilarOnes()
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_syscall"].AttachKsyscall("getpgidd"));

        Assert.Contains("on system call getpgidd", error.Message, StringComparison.Ordinal);
        Assert.Contains("; similar: __x64_sys_getpgid", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachKprobe_FunctionThatMustNotBeProbed_SaysSo()
    {
        Requires.Kprobes();
        MountDebugFileSystem();
        string? name = File.ReadLines("/sys/kernel/debug/kprobes/blacklist").Select(line => line.Split('\t')[1].Split(' ')[0])
            .FirstOrDefault(each => AddressesOf(each).Count == 1);
        Assert.SkipWhen(name is null, "this kernel has no list of such functions");
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_entry"].AttachKprobe(name));

        Assert.StartsWith("it must not be probed: it is on the kernel's list", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachKprobe_NameThatIsThereSeveralTimes_NamesAllPlaces()
    {
        Requires.Kprobes();
        Requires.Kernel(6, 1, "the check of names that are not unique");
        HashSet<string> traceable = [.. File.ReadLines("/sys/kernel/tracing/available_filter_functions")];
        string name = File.ReadLines("/proc/kallsyms").Select(line => line.Split(' ', '\t')).Where(words => words.Length == 3 && words[1] == "t")
            .GroupBy(words => words[2]).First(group => group.Count() == 2 && traceable.Contains(group.Key)).Key;
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_entry"].AttachKprobe(name));

        Assert.Equal(Errno.EADDRNOTAVAIL, error.Errno);
        foreach (ulong address in AddressesOf(name))
            Assert.Contains($"0x{address:x} in the kernel itself", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; attach by address", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachKprobe_FunctionThatTheCompilerRenamed_NamesTheOtherName()
    {
        Requires.Kprobes();
        HashSet<string> all = [.. File.ReadLines("/proc/kallsyms").Select(line => line.Split(' ', '\t')[2])];
        string? name = all.FirstOrDefault(each => each.EndsWith(".isra.0", StringComparison.Ordinal) && !each[..^7].Contains('.') && !all.Contains(each[..^7]));
        Assert.SkipWhen(name is null, "this kernel has no such function");
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_entry"].AttachKprobe(name[..^7]));

        Assert.StartsWith("the compiler has changed the function, and its name with it, to ", error.Advice, StringComparison.Ordinal);
        Assert.Contains(name, error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachKprobe_KernelWithoutKprobes_SaysSo()
    {
        FaultyKernel kernel = WithoutPerfEvents();
        foreach (string root in (string[])["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]) kernel.Files[$"{root}/kprobe_events"] = null;
        using BpfCollection collection = Load(kernel);

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_entry"].AttachKprobe(Function));

        Assert.Contains("this kernel has no kprobes (CONFIG_KPROBE_EVENTS)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on_entry", 1)]
    [InlineData("on_return", 2)]
    [InlineData("on_many", 5)]
    [InlineData("on_many_returns", 6)]
    public void Attach_ToAFunctionThatIsGiven_CountsTheCalls(string program, ulong slot)
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        using (collection.Programs[program].Attach(AttachPoint.KernelFunction(Function))) CallOften();

        Assert.Equal((ulong)Calls, Seen(collection, slot));
    }

    [Theory]
    [InlineData("on_syscall", 3)]
    [InlineData("on_syscall_return", 4)]
    public void Attach_ToASystemCallThatIsGiven_CountsTheCalls(string program, ulong slot)
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        using (collection.Programs[program].Attach(AttachPoint.SystemCall("getpgid"))) CallOften();

        Assert.Equal((ulong)Calls, Seen(collection, slot));
    }

    [Fact]
    public void Attach_ProgramOfAnotherTypeToAGivenFunction_SaysWhatGoesThere()
    {
        using BpfCollection collection = Load();

        Assert.Contains("it is a PerfEvent program (section \"perf_event\"); there go programs of", Assert.Throws<InvalidOperationException>(
            () => collection.Programs["on_sample"].Attach(AttachPoint.KernelFunction(Function))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => collection.Programs["on_sample"].Attach(AttachPoint.KernelFunctions("vfs_*")));
        Assert.Throws<InvalidOperationException>(() => collection.Programs["on_sample"].Attach(AttachPoint.SystemCall("openat")));
    }

    [Theory]
    [InlineData("do_unlinkat+0x10")]
    [InlineData("do unlinkat")]
    [InlineData("do_unlinkat\n-:other")]
    [InlineData("a:b:c")]
    [InlineData(":b")]
    [InlineData("b#")]
    [InlineData("")]
    public void AttachKprobe_TextThatIsNoName_IsAMistake(string function)
    {
        using BpfCollection collection = Load();

        Assert.Throws<ArgumentException>(() => collection.Programs["on_entry"].AttachKprobe(function));
    }

    [Fact]
    public void AttachKprobe_WrongValues_AreMistakes()
    {
        using BpfCollection collection = Load();
        BpfProgram program = collection.Programs["on_return"];

        Assert.Throws<ArgumentOutOfRangeException>(() => program.AttachKprobe(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => program.AttachKretprobe(Function, new KretprobeOptions { MaxActive = 4097 }));
        Assert.Throws<ArgumentException>(() => program.AttachKsyscall("getpgid", new KprobeOptions { Offset = 4 }));
        Assert.Throws<InvalidOperationException>(() => collection.Programs["on_sample"].AttachKprobe(Function));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AttachKprobe_AnyOneCallFails_LeavesNothing(bool hasPerfEvents)
    {
        Requires.Kprobes();
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = hasPerfEvents ? new() : WithoutPerfEvents();
            using (BpfCollection collection = Load(kernel))
            {
                int before = kernel.OpenDescriptors;
                kernel.FailingWith = Errno.ENOMEM;
                kernel.FailingCall = kernel.Calls + call;
                try
                {
                    collection.Programs["on_entry"].AttachKprobe(Function).Dispose();
                }
                catch (BpfException)
                {
                    // What matters is what it leaves.
                }

                Assert.Equal(before, kernel.OpenDescriptors);
            }

            bool isOver = kernel.Calls < kernel.FailingCall;
            kernel.FailingCall = 0;
            Assert.Empty(OwnProbes(kernel));
            if (isOver) break;
        }
    }

    [Fact]
    public void AttachKprobe_ByTracefs_RemovesWhatKilledProcessesHaveLeft()
    {
        Requires.Kprobes();
        string events = $"{TraceFileSystem.Locate(RunningKernel.Instance, out _, out _)}/kprobe_events";
        Assert.Equal(Errno.None, RunningKernel.Instance.Status("/proc/self/ns/pid", out FileStatus status));
        string dead = string.Create(CultureInfo.InvariantCulture, $"ebpf_dotnet_{status.Inode:x}_{int.MaxValue}_1f/p_left_1");
        string living = string.Create(CultureInfo.InvariantCulture, $"ebpf_dotnet_{status.Inode:x}_1_{StartOfInit():x}/p_kept_1");
        string elsewhere = $"ebpf_dotnet_1_{int.MaxValue}_1f/p_kept_1", foreign = "ebpf_dotnet_other/p_kept_1";
        string[] kept = [living, elsewhere, foreign];
        foreach (string name in (string[])[dead, .. kept])
            Assert.Equal(Errno.None, RunningKernel.Instance.WriteText(events, $"p:{name} {Function}\n", append: true));
        try
        {
            using BpfCollection collection = Load(WithoutPerfEvents());
            collection.Programs["on_entry"].AttachKprobe(Function).Dispose();

            string[] left = File.ReadAllLines(events);
            Assert.DoesNotContain(left, line => line.Contains(dead, StringComparison.Ordinal));
            foreach (string name in kept) Assert.Contains(left, line => line.Contains(name, StringComparison.Ordinal));
        }
        finally
        {
            foreach (string name in (string[])[dead, .. kept]) RunningKernel.Instance.WriteText(events, $"-:{name}\n", append: true);
        }
    }

    private static FaultyKernel WithoutPerfEvents()
    {
        FaultyKernel kernel = new();
        kernel.Files["/sys/bus/event_source/devices/kprobe/type"] = null;
        return kernel;
    }

    /// <summary>The probes that this process has in tracefs now: tests of other classes define none.</summary>
    private static List<string> OwnProbes(FaultyKernel kernel)
    {
        string group = Ebpf.Links.PerfEvents.TraceProbeGroup.Of(kernel).Name;
        string root = TraceFileSystem.Locate(RunningKernel.Instance, out _, out _)!;
        return [.. File.ReadAllLines($"{root}/kprobe_events").Where(line => line.Contains(group, StringComparison.Ordinal))];
    }

    private static ulong StartOfInit()
    {
        string stat = File.ReadAllText("/proc/1/stat");
        return ulong.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
    }

    private static ulong AddressOf(string function) => Assert.Single(AddressesOf(function));

    private static List<ulong> AddressesOf(string function) =>
    [
        .. File.ReadLines("/proc/kallsyms").Select(line => line.Split(' ', '\t')).Where(words => words[2] == function)
            .Select(words => ulong.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
    ];

    private static void MountDebugFileSystem()
    {
        if (!Directory.Exists("/sys/kernel/debug/kprobes"))
            RunningKernel.Instance.Mount("debugfs", "/sys/kernel/debug", "debugfs");
        Assert.SkipUnless(Directory.Exists("/sys/kernel/debug/kprobes"), "debugfs is not to be had");
    }
}
