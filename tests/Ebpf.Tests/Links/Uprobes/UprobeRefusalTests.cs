using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using static Ebpf.Tests.Links.Uprobes.UprobeTests;

namespace Ebpf.Tests.Links.Uprobes;

[Collection(nameof(TargetProgram))]
public sealed class UprobeRefusalTests
{
    [Fact]
    public void AttachUprobe_UnknownFunction_NamesSimilarOnes()
    {
        string program = TargetProgram.Pie;
        string message = Refused(entry => entry.AttachUprobe(program, "probed_frist")).Message;

        Assert.Equal(
            $"Attach program \"on_entry\" on probed_frist of {program}: ENOENT: {program} has no function \"probed_frist\"; similar: probed_first",
            message);
    }

    [Fact]
    public void AttachUprobe_FunctionThatStrippingTook_SaysThatItIsStripped()
    {
        string program = TargetProgram.Stripped;

        Assert.Contains("it is stripped, and has the names only of what other files can use", Refused(entry => entry.AttachUprobe(program, "hidden_function")).Message);
    }

    [Fact]
    public void AttachUprobe_Resolver_SaysWhatItIs()
    {
        string program = TargetProgram.Pie;
        Assert.Contains("\"resolved\" is a resolver", Refused(entry => entry.AttachUprobe(program, "resolved")).Message);
    }

    [Fact]
    public void AttachUprobe_DefaultAndOldVersion_AreToldApart()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the versions are those of x64");
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        BpfProgram entry = collection.Programs["on_entry"];

        entry.AttachUprobe("libc.so.6", "pthread_cond_wait").Dispose();
        entry.AttachUprobe("libc.so.6", "pthread_cond_wait@GLIBC_2.2.5").Dispose();

        Assert.Contains("has no function", Refused(program => program.AttachUprobe("libc.so.6", "pthread_cond_wait@GLIBC_9.9")).Message);
    }

    [Theory]
    [InlineData("libnothing.so.1", "there is no library libnothing.so.1 where the dynamic linker looks")]
    [InlineData("nothing-like-this", "there is no program nothing-like-this in the directories of PATH")]
    [InlineData("/nowhere/at/all", "there is no file /nowhere/at/all, as this process sees it")]
    [InlineData("/tmp", "/tmp is no regular file")]
    public void AttachUprobe_NoSuchFile_SaysWhereItLooked(string path, string words) =>
        Assert.Contains(words, Refused(entry => entry.AttachUprobe(path, "main")).Message);

    [Fact]
    public void AttachUprobe_NoSuchProcess_SaysSo()
    {
        BpfException error = Refused(entry => entry.AttachUprobe(
            "libc.so.6", "getpgid", new UprobeOptions { Scope = ProcessScope.Process(int.MaxValue) }));

        Assert.Equal(Errno.ESRCH, error.Errno);
        Assert.Contains("there is no process 2147483647", error.Message);
    }

    [Fact]
    public void AttachUprobe_AddressOfData_SaysThatItIsNoCode()
    {
        string program = TargetProgram.FixedPlace;
        Assert.Contains("is in no part of", Refused(entry => entry.AttachUprobe(program, CodeLocation.Address(0x10))).Message);
    }

    [Fact]
    public void AttachUretprobe_OffsetInFunction_IsTheCallersMistake()
    {
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        Assert.Throws<ArgumentException>(() => collection.Programs["on_return"].AttachUretprobe("libc.so.6", "getpgid+4"));
    }

    [Fact]
    public void AttachUretprobe_GoProgram_IsRefusedUnlessAskedFor()
    {
        // What makes a program one of Go: the section that its linker writes.
        string program = TargetProgram.Compile("go", "-fPIE -pie", "echo go > go.info && objcopy --add-section .go.buildinfo=go.info $OUT");
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        BpfProgram onReturn = collection.Programs["on_return"];

        BpfException error = Assert.Throws<BpfException>(() => onReturn.AttachUretprobe(program, "probed_first"));
        onReturn.AttachUretprobe(program, "probed_first", new UprobeOptions { AcceptedRisks = UprobeRisks.ReturnInGo }).Dispose();

        Assert.EndsWith("accept UprobeRisks.ReturnInGo", error.Message);
    }

    [Fact]
    public void AttachUretprobe_ProcessUnderSeccomp_IsRefusedWhereTheFilterWouldKillIt()
    {
        using RunningTarget target = RunningTarget.Sandboxed(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        Version version = Ebpf.Kernel.KernelFacts.Of(RunningKernel.Instance).Version;
        bool isFiltered = RuntimeInformation.ProcessArchitecture == Architecture.X64 && version >= new Version(6, 11) && version < new Version(6, 14);

        BpfException? error = Record.Exception(() =>
        {
            using BpfLink link = collection.Programs["on_return"].AttachUretprobe(TargetProgram.Pie, "probed_first", new UprobeOptions { Scope = target.Scope });
            target.Call(3);
        }) as BpfException;

        Assert.Equal(isFiltered, error is not null);
        Assert.Equal(isFiltered ? 0ul : 3ul, Calls(collection, 2));
        if (error is not null) Assert.EndsWith("accept UprobeRisks.ReturnUnderSeccomp", error.Message);
    }

    [Fact]
    public void AttachUprobe_WithCapabilitiesForTracingAlone_WorksByOneLinkOrSaysWhatIsMissing()
    {
        Requires.Kernel(6, 6, "uprobes in many places by one link");
        string[] wrapper =
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+bpf,+perfmon", "--ambient-caps=+bpf,+perfmon"];
        string path = TestData.TestObject.Path("uprobes");

        using Rights.Child many = Rights.Child.Start(wrapper, ["uprobe", path, "on_many_plain"]), one = Rights.Child.Start(wrapper, ["uprobe", path, "on_entry"]);

        Assert.Equal("UprobeMulti", many.Finish());
        string said = one.Finish();
        if (said == "PerfEvent") return;
        Assert.StartsWith("Attach program \"on_entry\" on getpgid of libc.so.6: EACCES: uprobes by perf events need CAP_SYS_ADMIN since the mend of CVE-2025-38466", said);
        Assert.Contains("CAP_BPF and CAP_PERFMON are enough for programs of SEC(\"uprobe.multi/…\")", said);
    }

    [Fact]
    public void AttachUprobe_SemaphoreOutsideOfTheData_SaysThatItIsNotCounted()
    {
        string program = TargetProgram.Pie;
        Assert.EndsWith(
            "accept UprobeRisks.NeverFires",
            Refused(entry => entry.AttachUprobe(program, "probed_second", new UprobeOptions { SemaphoreOffset = 0x10 })).Message);
    }

    [Fact]
    public void AttachUprobe_FileSystemFromWhichNothingRuns_SaysSo()
    {
        string place = Directory.CreateTempSubdirectory("ebpf-noexec-").FullName;
        TargetProgram.Shell($"mount -t tmpfs -o noexec none {place} && cp {TargetProgram.Pie} {place}/target", out int status, out string problem);
        Assert.SkipWhen(status != 0, $"nothing can be mounted here: {problem}");
        try
        {
            Assert.EndsWith(
                "accept UprobeRisks.NeverFires", Refused(entry => entry.AttachUprobe($"{place}/target", "probed_first")).Message);
        }
        finally
        {
            TargetProgram.Shell($"umount {place} && rmdir {place}", out _, out _);
        }
    }

    [Fact]
    public void AttachUprobe_OtherTypeOfProgram_SaysWhichAreMeant()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestData.TestObject.Path("tracing")));
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => collection.Programs["on_getpgid"].AttachUprobe("libc.so.6", "getpgid"));
        Assert.Contains("it is a Tracepoint program", error.Message);
    }

    [Fact]
    public void AttachUprobe_PerfEventsForbidden_DefinesTheProbeInTracefs()
    {
        FaultyKernel kernel = new() { OnPerfEvent = type => type > 5 ? Errno.EACCES : null };
        using BpfCollection collection = BpfCollection.Load(SpecWith(), new CollectionOptions { Kernel = kernel });
        using RunningTarget target = new(TargetProgram.Pie);
        using (collection.Programs["on_entry"].AttachUprobe(TargetProgram.Pie, "probed_first", new UprobeOptions { Scope = target.Scope }))
        using (collection.Programs["on_return"].AttachUretprobe(TargetProgram.Pie, "probed_first"))
        {
            Assert.Contains("ebpf_dotnet_", File.ReadAllText($"{TraceFiles}/uprobe_events"));
            target.Call(5);
        }

        Assert.Equal((5ul, 5ul), (Calls(collection, 1), Calls(collection, 2)));
        Assert.DoesNotContain($"_{Environment.ProcessId}_", File.ReadAllText($"{TraceFiles}/uprobe_events"));
    }

    [Theory]
    [InlineData("on_entry", false)]
    [InlineData("on_entry", true)]
    [InlineData("on_many_plain", false)]
    public void AttachUprobe_AnyOneCallFails_LeavesNothing(string program, bool throughTracefs)
    {
        _ = TargetProgram.Pie;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { OnPerfEvent = type => throughTracefs && type > 5 ? Errno.EACCES : null };
            using (BpfCollection collection = BpfCollection.Load(SpecWith(), new CollectionOptions { Kernel = kernel }))
            {
                int before = kernel.OpenDescriptors;
                kernel.FailingWith = Errno.ENOMEM;
                kernel.FailingCall = kernel.Calls + call;
                try
                {
                    collection.Programs[program].AttachUprobeMulti(TargetProgram.Pie, "probed_*").Dispose();
                }
                catch (BpfException)
                {
                    // What matters is what it leaves.
                }

                Assert.Equal(before, kernel.OpenDescriptors);
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < kernel.FailingCall) break;
        }
    }

    private static string TraceFiles => Ebpf.Kernel.TraceFileSystem.Locate(RunningKernel.Instance, out _, out _) ?? throw new InvalidOperationException("tracefs is not mounted");

    private static BpfException Refused(Action<BpfProgram> attach)
    {
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        return Assert.Throws<BpfException>(() => attach(collection.Programs["on_entry"]));
    }
}
