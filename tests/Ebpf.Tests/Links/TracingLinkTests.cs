using System.ComponentModel;
using System.Diagnostics;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Loading;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Links;

/// <summary>Programs at what was chosen when they were loaded. Most need a kernel whose functions can be hooked.</summary>
public sealed class TracingLinkTests
{
    private const ulong Cookie = 0x1122334455667788;

    [Theory]
    [InlineData("entry", 5, 19)]
    [InlineData("leaving", 5, 19)]
    [InlineData("modifying", 5, 19)]
    [InlineData("session", 7, 0)]
    public void AttachTracing_Cookie_ReachesTheProgram(string name, int major, int minor)
    {
        Requires.Kernel(major, minor, $"{name} with a cookie");
        Requires.HooksIntoFunctions();
        using Hooks hooks = Traced(name);

        using (BpfLink link = hooks[name].AttachTracing(new TracingOptions { Cookie = Cookie }))
        {
            Assert.Equal(LinkType.Tracing, link.Type);
            CallTestFunctions(hooks[name]);
        }

        ulong seen = hooks.Seen;
        Assert.True(seen > 0);
        Assert.Equal(Cookie, hooks.Get<ulong>("cookie"));
        CallTestFunctions(hooks[name]);
        Assert.Equal(seen, hooks.Seen);
    }

    [Fact]
    public void AttachTracing_ProgramThatWasOpenedWithACookie_IsAttachedAsItWasLoaded()
    {
        Requires.Kernel(5, 19, "cookies of tracing programs");
        Requires.HooksIntoFunctions();
        using Hooks hooks = Traced("leaving");
        using BpfProgram opened = BpfProgram.Open(hooks["leaving"].Id);

        using BpfLink link = opened.AttachTracing(new TracingOptions { Cookie = Cookie });
        CallTestFunctions(opened);

        Assert.Equal((Cookie, AttachType.TraceFexit), (hooks.Get<ulong>("cookie"), Assert.IsType<TracingLinkInfo>(link.GetInfo()).AttachType));
    }

    [Fact]
    public void AttachTracing_CookieOnAnOlderKernel_SaysSinceWhen()
    {
        Assert.SkipWhen(KernelFeatures.Running.KernelVersion >= new Version(5, 19), "this kernel has cookies of tracing programs");
        Requires.HooksIntoFunctions();
        using Hooks hooks = Traced("plain_entry");

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(
            () => hooks["plain_entry"].AttachTracing(new TracingOptions { Cookie = 1 }));

        Assert.Equal(("cookies of tracing programs", new Version(5, 19)), (error.Feature, error.Since));
    }

    [Fact]
    public void AttachTracing_ModifiedReturn_IsWhatTheCallerGets()
    {
        Requires.Kernel(5, 7, "fmod_ret");
        Requires.Kernel(5, 15, "bpf_get_attach_cookie");
        Requires.HooksIntoFunctions();
        using Hooks hooks = Traced("modifying");

        using BpfLink link = hooks["modifying"].AttachTracing();
        TestRunResult result = hooks["modifying"].TestRun(new TestRunOptions());

        // The result of the function is the program's; newer kernels add that of a second one, 29.
        Assert.Contains(result.ReturnValue & 0xffff, (uint[])[1234, 1234 + 29]);
        Assert.Equal(1ul, hooks.Seen);
    }

    [Fact]
    public void AttachTracing_SameProgramTwice_SaysThatItIsThere()
    {
        Requires.HooksIntoFunctions();
        using Hooks hooks = Traced("plain_entry");
        using BpfLink link = hooks["plain_entry"].AttachTracing();

        BpfException error = Assert.Throws<BpfException>(() => hooks["plain_entry"].AttachTracing());

        Assert.Equal(Errno.EBUSY, error.Errno);
        if (KernelFeatures.Running.KernelVersion >= new Version(6, 0))
            Assert.Equal($"this program is attached there already, by link {link.Id}", error.Advice);
    }

    [Fact]
    public void AttachTracing_KernelWithoutTrampolines_SaysSo()
    {
        FaultyKernel kernel = new() { OnBpf = static (command, _) => command == BpfCommand.RawTracepointOpen ? Errno.ENOTSUPP : null };
        using Hooks hooks = Hooks.On(kernel, "tracing_links", "plain_call");

        BpfException error = Assert.Throws<BpfException>(() => hooks["plain_call"].Attach());

        Assert.StartsWith("this kernel cannot call programs from functions: it has no BPF trampoline", error.Advice);
    }

    [Fact]
    public void Attach_BtfTracepoint_Runs()
    {
        using Hooks hooks = Traced("plain_call");

        using (BpfLink link = hooks["plain_call"].Attach())
        {
            Assert.Equal(LinkType.RawTracepoint, link.Type);
            _ = Environment.WorkingSet;
            Assert.True(SpinWait.SpinUntil(() => hooks.Seen > 0, TimeSpan.FromSeconds(20)));
        }
    }

    [Fact]
    public void AttachTracing_CookieOfABtfTracepoint_ReachesTheProgram()
    {
        Requires.Kernel(6, 10, "cookies of BTF tracepoints");
        using Hooks hooks = Traced("on_call");

        using BpfLink link = hooks["on_call"].AttachTracing(new TracingOptions { Cookie = Cookie });

        Assert.True(SpinWait.SpinUntil(() => hooks.Get<ulong>("cookie") == Cookie, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void AttachTracing_CookieOfABtfTracepointOnAKernelThatForgetsIt_SaysSinceWhen()
    {
        Requires.Kernel(5, 15, "bpf_get_attach_cookie");
        FaultyKernel kernel = new();
        kernel.Files[FaultyKernel.Release] = "6.9.1\n";
        kernel.Files["/proc/version_signature"] = null;
        kernel.Files[FaultyKernel.Build] = "#1 SMP\n";
        using Hooks hooks = Hooks.On(kernel, "tracing_links", "plain_call");

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(
            () => hooks["plain_call"].AttachTracing(new TracingOptions { Cookie = Cookie }));

        Assert.Equal(("cookies of BTF tracepoints", new Version(6, 10)), (error.Feature, error.Since));
    }

    [Fact]
    public void AttachLsm_Hook_DeniesTheSystemCall()
    {
        Requires.SecurityModuleOfBpf();
        using Hooks hooks = Traced("plain_nice");
        using Process own = Process.GetCurrentProcess();

        using (hooks["plain_nice"].AttachLsm())
        {
            Win32Exception denied = Assert.Throws<Win32Exception>(() => own.PriorityClass = ProcessPriorityClass.BelowNormal);
            Assert.Equal(Errno.EPERM, (Errno)denied.NativeErrorCode);
        }

        Assert.Equal(1ul, hooks.Seen);
        own.PriorityClass = ProcessPriorityClass.BelowNormal;
        own.PriorityClass = ProcessPriorityClass.Normal;
    }

    [Fact]
    public void AttachLsm_Cookie_ReachesTheProgram()
    {
        Requires.Kernel(5, 19, "cookies of LSM programs");
        Requires.SecurityModuleOfBpf();
        using Hooks hooks = Traced("on_nice");
        using Process own = Process.GetCurrentProcess();
        using BpfProgram opened = BpfProgram.Open(hooks["on_nice"].Id);

        using (opened.AttachLsm(new TracingOptions { Cookie = Cookie }))
            Assert.Throws<Win32Exception>(() => own.PriorityClass = ProcessPriorityClass.BelowNormal);

        Assert.Equal(Cookie, hooks.Get<ulong>("cookie"));
    }

    [Theory]
    [InlineData("lockdown,capability,yama\n")]
    [InlineData("capability,bpfilter")]
    public void AttachLsm_BpfIsNoneOfTheSecurityModules_SaysThatItWouldNeverRun(string modules)
    {
        Requires.HooksIntoFunctions();
        Assert.SkipUnless(KernelBtf.GetTypes().Named("bpf_lsm_task_setnice").Any(), "this kernel has no LSM programs");
        FaultyKernel kernel = new();
        using Hooks hooks = Hooks.On(kernel, "tracing_links", "plain_nice");
        kernel.Files["/sys/kernel/security/lsm"] = modules;
        int calls = kernel.Calls;

        BpfException error = Assert.Throws<BpfException>(() => hooks["plain_nice"].AttachLsm());

        Assert.Equal(
            $"the kernel would never run the program, since \"bpf\" is not among its security modules ({modules.Trim()}): "
            + $"start it with lsm={modules.Trim()},bpf on its command line",
            error.Advice);
        Assert.Equal(calls, kernel.Calls);
    }

    [Fact]
    public void Attach_EntryOfARunningProgram_ByIdNameAndPin_Runs()
    {
        Requires.HooksIntoFunctions();
        using BpfFileSystemFixture pins = new();
        using Hooks target = Hooks.Of("tracing_links", "a_program_with_a_long_name");
        BpfProgram running = target["a_program_with_a_long_name"];
        running.Pin($"{pins.Root}/target");
        foreach (BpfProgram opened in (BpfProgram[])
            [BpfProgram.Open(running.Id), BpfProgram.OpenNamed("a_program_with_a_long_name"), BpfProgram.OpenPinned($"{pins.Root}/target")])
        {
            using (opened)
            {
                foreach (string name in (string[])["entry_of_program", "entry_of_part"])
                {
                    using BpfCollection collection = LoadInto(name, opened);
                    using (collection.Programs[name].AttachTracing()) Assert.Equal(7u, running.TestRun(new byte[64]));
                    Assert.Equal(1ul, collection.Variables["seen"].Get<ulong>());
                }
            }
        }
    }

    [Fact]
    public void OpenNamed_NoneOrSeveral_SaysSo()
    {
        using Hooks one = Hooks.Of("tracing_links", "another_program"), two = Hooks.Of("tracing_links", "another_program");

        BpfException error = Assert.Throws<BpfException>(() => BpfProgram.OpenNamed("another_program"));
        Assert.Equal(Errno.ENOTUNIQ, error.Errno);
        Assert.Contains(one["another_program"].Id.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Advice);
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => BpfProgram.OpenNamed("no_such_program_is_loaded")).Errno);
    }

    [Fact]
    public void AttachFreplace_Function_IsReplacedUntilItIsDisposed()
    {
        Requires.HooksIntoFunctions();
        using Hooks target = Hooks.Of("tracing_links", "a_program_with_a_long_name");
        BpfProgram running = target["a_program_with_a_long_name"];
        using BpfCollection collection = LoadInto("replacement", running);

        using (BpfLink link = collection.Programs["replacement"].Attach())
        {
            Assert.Equal(LinkType.Tracing, link.Type);
            Assert.Equal(42u, running.TestRun(new byte[64]));
        }

        Assert.Equal(7u, running.TestRun(new byte[64]));
        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["replacement"].AttachFreplace());
        Assert.Equal(
            (Errno.EINVAL, "it was attached before: to attach it again the kernel has to be told the target"), (error.Errno, error.Advice));
    }

    [Fact]
    public void AttachFreplace_OtherTarget_IsReplacedThere()
    {
        Requires.HooksIntoFunctions();
        using Hooks first = Hooks.Of("tracing_links", "a_program_with_a_long_name"), second = Hooks.Of("tracing_links", "another_program");
        using BpfCollection collection = LoadInto("replacement", first["a_program_with_a_long_name"]);
        BpfProgram replacement = collection.Programs["replacement"];
        replacement.AttachFreplace().Dispose();

        using (replacement.Attach(AttachPoint.Function(second["another_program"])))
        {
            Assert.Equal(142u, second["another_program"].TestRun(new byte[64]));
            Assert.Equal(7u, first["a_program_with_a_long_name"].TestRun(new byte[64]));
        }

        using (replacement.AttachFreplace(first["a_program_with_a_long_name"], "part"))
            Assert.Equal(42u, first["a_program_with_a_long_name"].TestRun(new byte[64]));
        BpfException error = Assert.Throws<BpfException>(() => replacement.AttachFreplace(second["another_program"], "parts"));
        Assert.Equal((Errno.ENOENT, "the target has no such function; similar: part"), (error.Errno, error.Advice));
    }

    [Fact]
    public void AttachFreplace_FunctionThatIsTaken_SaysByWhich()
    {
        Requires.Kernel(6, 0, "what a program was loaded for");
        Requires.HooksIntoFunctions();
        using Hooks target = Hooks.Of("tracing_links", "a_program_with_a_long_name");
        BpfProgram running = target["a_program_with_a_long_name"];
        using BpfCollection one = LoadInto("replacement", running), two = LoadInto("other_replacement", running), three = LoadInto("entry_of_part", running);

        using (BpfLink first = one.Programs["replacement"].AttachFreplace())
        {
            string holder = $"program \"replacement\" (id {one.Programs["replacement"].Id}) by link {first.Id}";
            foreach (Func<BpfLink> attempt in (Func<BpfLink>[])
                [() => two.Programs["other_replacement"].AttachFreplace(), () => three.Programs["entry_of_part"].AttachTracing()])
            {
                BpfException error = Assert.Throws<BpfException>(attempt);
                Assert.Equal(
                    (Errno.EBUSY, $"the function is replaced (freplace) by {holder}: no other program can trace or replace it"),
                    (error.Errno, error.Advice));
            }
        }

        using BpfLink traced = three.Programs["entry_of_part"].AttachTracing();
        BpfException busy = Assert.Throws<BpfException>(() => two.Programs["other_replacement"].AttachFreplace(running));
        Assert.Equal(
            (Errno.EBUSY, $"a function that is traced cannot be replaced; it is by program \"entry_of_part\" (id {three.Programs["entry_of_part"].Id}) by link {traced.Id}"),
            (busy.Errno, busy.Advice));
    }

    [Fact]
    public void AttachFreplace_WrongProgram_IsAMistake()
    {
        using Hooks hooks = Traced("plain_call");

        Assert.Throws<InvalidOperationException>(() => hooks["plain_call"].AttachFreplace());
        Assert.Throws<InvalidOperationException>(() => hooks["plain_call"].AttachFreplace(hooks["plain_call"]));
    }

    [Theory]
    [InlineData("many")]
    [InlineData("many_leaving")]
    [InlineData("many_sessions")]
    public void AttachTracingMulti_Pattern_RunsInAllFunctionsThatMatch(string name)
    {
        Requires.Kernel(7, 2, "tracing programs on many functions");
        Requires.HooksIntoFunctions();
        using Hooks hooks = Traced(name);
        using Hooks caller = Traced("entry");
        List<SkippedFunction> skipped = [];

        using (BpfLink link = hooks[name].AttachTracingMulti("bpf_fentry_test?", new KprobeMultiOptions { Cookie = Cookie, Skipped = skipped.Add }))
        {
            Assert.Equal(LinkType.TracingMulti, Assert.IsType<TracingMultiLinkInfo>(link.GetInfo()).Type);
            CallTestFunctions(caller["entry"]);
            Assert.True(hooks.Seen >= 6, $"ran {hooks.Seen} times, without {string.Join(", ", skipped)}");
            Assert.Equal(Cookie, hooks.Get<ulong>("cookie"));
        }

        ulong seen = hooks.Seen;
        CallTestFunctions(caller["entry"]);
        Assert.Equal(seen, hooks.Seen);
    }

    [Fact]
    public void AttachTracingMulti_List_GivesEachFunctionItsCookie()
    {
        Requires.Kernel(7, 2, "tracing programs on many functions");
        Requires.HooksIntoFunctions();
        using Hooks hooks = Traced("many"), caller = Traced("entry");

        using BpfLink link = hooks["many"].AttachTracingMulti(
            [new KprobeFunction("bpf_fentry_test1") { Cookie = 11 }, "bpf_fentry_test2", "bpf_fentry_test2"], new KprobeMultiOptions { Cookie = 22 });
        CallTestFunctions(caller["entry"]);

        Assert.Equal((2ul, 22ul), (hooks.Seen, hooks.Get<ulong>("cookie")));

        // Linux 7.2 itself does not tell the functions of such a link.
        if (Assert.IsType<TracingMultiLinkInfo>(link.GetInfo()).Functions is { } functions)
            Assert.Equal([11ul, 22ul], functions.Select(function => function.Cookie ?? 0).Order());
    }

    [Fact]
    public void AttachTracingMulti_FunctionThatIsNotThere_IsNamed()
    {
        Requires.Kernel(7, 2, "tracing programs on many functions");
        Requires.HooksIntoFunctions();
        using Hooks hooks = Traced("many");

        BpfException error = Assert.Throws<BpfException>(() => hooks["many"].AttachTracingMulti(["bpf_fentry_test1", "bpf_fentry_tesst1"]));
        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.StartsWith("this kernel has no function \"bpf_fentry_tesst1\"; similar: bpf_fentry_test1", error.Advice);
        List<SkippedFunction> skipped = [];
        using BpfLink link = hooks["many"].AttachTracingMulti(
            ["bpf_fentry_test1", "bpf_fentry_tesst1"], new KprobeMultiOptions { SkipRefused = true, Skipped = skipped.Add });
        Assert.Equal(["bpf_fentry_tesst1"], skipped.Select(function => function.Function));
        Assert.Throws<InvalidOperationException>(() => hooks["many"].AttachTracing());
        using Hooks other = Traced("entry");
        Assert.Throws<InvalidOperationException>(() => other["entry"].AttachTracingMulti("bpf_fentry_test1"));
    }

    [Fact]
    public void AttachFreplace_AnyCallFails_LeavesNothingOpenAndNothingReplaced()
    {
        Requires.HooksIntoFunctions();
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using Hooks target = Hooks.On(kernel, "tracing_links", "a_program_with_a_long_name");
            BpfProgram running = target["a_program_with_a_long_name"];
            using BpfCollection collection = BpfCollection.Load(
                One.Spec("tracing_links", "replacement"),
                new CollectionOptions { Kernel = kernel, TargetPrograms = new Dictionary<string, BpfProgram> { ["replacement"] = running } });
            int before = kernel.OpenDescriptors;
            (kernel.FailingCall, kernel.FailingWith) = (kernel.Calls + call, Errno.EBUSY);
            bool isOver = false;
            try
            {
                using BpfLink link = collection.Programs["replacement"].AttachFreplace(running);
                isOver = kernel.FailingCall > kernel.Calls;
            }
            catch (BpfException)
            {
            }

            kernel.FailingCall = 0;
            Assert.Equal((before, 7u), (kernel.OpenDescriptors, running.TestRun(new byte[64])));
            if (isOver) break;
        }
    }

    [Theory]
    [InlineData("lsm=lockdown,yama", "", "lockdown,yama")]
    [InlineData("quiet", "CONFIG_X=y\nCONFIG_LSM=\"yama,apparmor\"\n", "yama,apparmor")]
    [InlineData("quiet lsm=yama,bpf", "CONFIG_X=y\nCONFIG_LSM=\"yama\"\n", null)]
    [InlineData("security=selinux", "CONFIG_X=y\nCONFIG_LSM=\"yama\"\n", null)]
    [InlineData("quiet", "CONFIG_X=y\n", null)]
    public void AttachLsm_SecurityFileSystemIsNotMounted_IsJudgedByHowTheKernelWasStarted(string commandLine, string config, string? modules)
    {
        FaultyKernel kernel = new();
        kernel.Files["/sys/kernel/security/lsm"] = null;
        kernel.Files["/proc/cmdline"] = $"BOOT_IMAGE=/vmlinuz {commandLine}\n";
        kernel.Files["/proc/config.gz"] = config;

        if (modules is null)
        {
            Ebpf.Kernel.SecurityModules.RequireBpf(kernel, "Attach");
            return;
        }

        BpfException error = Assert.Throws<BpfException>(() => Ebpf.Kernel.SecurityModules.RequireBpf(kernel, "Attach"));
        Assert.Equal(Errno.EOPNOTSUPP, error.Errno);
        Assert.Contains($"\"bpf\" is not among its security modules ({modules})", error.Advice);
    }

    [Theory]
    [InlineData("entry", 1ul)]
    [InlineData("plain_call", 0ul)]
    public void AttachTracing_AnyCallFails_LeavesNothingOpen(string name, ulong cookie)
    {
        if (cookie != 0)
        {
            Requires.Kernel(5, 19, "cookies of tracing programs");
            Requires.HooksIntoFunctions();
        }

        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using Hooks hooks = Hooks.On(kernel, "tracing_links", name);
            int before = kernel.OpenDescriptors;
            foreach (Errno errno in (Errno[])[Errno.EIO, Errno.EBUSY])
            {
                (kernel.FailingCall, kernel.FailingWith) = (kernel.Calls + call, errno);
                try
                {
                    hooks[name].AttachTracing(new TracingOptions { Cookie = cookie }).Dispose();
                }
                catch (BpfException)
                {
                }

                Assert.Equal(before, kernel.OpenDescriptors);
            }

            if (kernel.FailingCall > kernel.Calls) break;
        }
    }

    private static Hooks Traced(params string[] programs)
    {
        Hooks hooks;
        try
        {
            hooks = Hooks.Of("tracing_links", programs);
        }
        catch (VerifierException error) when (error.Log.Contains("is not modifiable", StringComparison.Ordinal))
        {
            Assert.Skip("this kernel is built without functions whose results programs can set (CONFIG_FUNCTION_ERROR_INJECTION)");
            throw;
        }

        hooks.Set("traced", (uint)Environment.ProcessId);
        return hooks;
    }

    /// <summary>The kernel calls bpf_fentry_test1 and its like, or for fmod_ret bpf_modify_return_test.</summary>
    private static void CallTestFunctions(BpfProgram program) => program.TestRun(new TestRunOptions());

    private static BpfCollection LoadInto(string name, BpfProgram target) => BpfCollection.Load(
        One.Spec("tracing_links", name),
        new CollectionOptions { TargetPrograms = new Dictionary<string, BpfProgram> { [name] = target } });
}
