using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Usdt;

public sealed class UsdtAttachTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Attach_ProbeWithSemaphore_CountsItWhileAttached(bool ofOneProcess)
    {
        using UsdtFixture usdt = new();
        ProcessScope scope = ofOneProcess ? ProcessScope.ThisProcess : ProcessScope.AllProcesses;
        Assert.Equal(0, UsdtLibrary.Semaphore);
        using (BpfLink link = usdt.Program.AttachUsdt(UsdtTarget.Library, "target", "guarded", new UsdtOptions { Scope = scope }))
        {
            Assert.Equal(1, UsdtLibrary.Semaphore);
            UsdtLibrary.Fire(UsdtForm.Guarded);
        }

        Assert.Equal(0, UsdtLibrary.Semaphore);
        Assert.Equal((1ul, 9L), (usdt.Hits, usdt.Values[0]));
    }

    [Fact]
    public void Attach_OneProcess_CountsThereAlone()
    {
        using RunningUsdtTarget one = new(UsdtTarget.Pie), other = new(UsdtTarget.Pie);
        using UsdtFixture usdt = new(process: 0);
        using BpfLink link = usdt.Program.AttachUsdt(UsdtTarget.Pie, "target", "plain", new UsdtOptions { Scope = ProcessScope.Process(one.Id) });

        other.Fire(UsdtForm.Plain);
        Assert.Equal(0ul, usdt.Hits);
        one.Fire(UsdtForm.Plain);
        Assert.Equal(1ul, usdt.Hits);
    }

    [Fact]
    public void Attach_AllProcesses_CountsThoseThatStartLater()
    {
        using UsdtFixture usdt = new(process: 0);
        using BpfLink link = usdt.Program.AttachUsdt(UsdtTarget.FixedPlace, "target", "guarded");
        using RunningUsdtTarget target = new(UsdtTarget.FixedPlace);

        Assert.Equal(1, target.Fire(UsdtForm.Guarded));
        Assert.Equal((1ul, 9L), (usdt.Hits, usdt.Values[0]));
    }

    [Fact]
    public void Attach_LibraryByName_IsThatOfTheProcess()
    {
        // It is in no directory where the dynamic linker would look.
        UsdtLibrary.Fire(UsdtForm.Plain);
        using UsdtFixture usdt = new();
        using BpfLink link = usdt.Program.AttachUsdt(
            "libusdt_target.so", "target", "plain", new UsdtOptions { Scope = ProcessScope.ThisProcess });

        UsdtLibrary.Fire(UsdtForm.Plain);

        Assert.Equal(1ul, usdt.Hits);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attach_BySectionName_ReadsNamedArguments(bool inProcess)
    {
        using UsdtFixture usdt = new(change: spec =>
        {
            spec.Programs["on_plain"].AutoLoad = true;
            spec.Programs["on_plain"].AttachTo = $"{UsdtTarget.Library}:target:plain";
        });
        using BpfLink link = inProcess
            ? usdt.Collection.Programs["on_plain"].Attach(AttachPoint.In(ProcessScope.ThisProcess))
            : usdt.Collection.Programs["on_plain"].Attach();

        UsdtLibrary.Fire(UsdtForm.Plain);

        Assert.Equal(1ul, usdt.Hits);
        Assert.Equal([7L, -8L], MemoryMarshal.Cast<byte, long>(usdt.Collection.Variables["values"].ToArray())[..2].ToArray());
    }

    [Fact]
    public void Attach_SleepableProgram_Runs()
    {
        Requires.Kernel(6, 0, "sleepable uprobes");
        using UsdtFixture usdt = new(change: spec => spec.Programs["on_probe_sleepable"].AutoLoad = true);
        using BpfLink link = usdt.Collection.Programs["on_probe_sleepable"].AttachUsdt(
            UsdtTarget.Library, "target", "plain", new UsdtOptions { Scope = ProcessScope.ThisProcess });

        UsdtLibrary.Fire(UsdtForm.Plain);

        Assert.Equal(1ul, usdt.Hits);
    }

    [Fact]
    public void Attach_Twice_GivesEachItsCookie()
    {
        using UsdtFixture first = new(), second = new();
        using BpfLink one = first.Attach("plain", cookie: 1), other = second.Attach("plain", cookie: 2), again = first.Attach("twelve", cookie: 3);

        UsdtLibrary.Fire(UsdtForm.Plain);
        Assert.Equal((1ul, 2ul), (first.Cookie, second.Cookie));
        UsdtLibrary.Fire(UsdtForm.Twelve);
        Assert.Equal((3ul, 2ul), (first.Cookie, second.Cookie));
    }

    [Fact]
    public void Attach_DuplicateOfAProgram_UsesTheSameMaps()
    {
        using UsdtFixture usdt = new();
        using BpfProgram copy = usdt.Program.Duplicate();
        using BpfLink link = copy.AttachUsdt(UsdtTarget.Library, "target", "plain", new UsdtOptions { Scope = ProcessScope.ThisProcess });

        UsdtLibrary.Fire(UsdtForm.Plain);

        Assert.Equal(1ul, usdt.Hits);
    }

    [Fact]
    public void Attach_KernelWithoutCookies_FindsTheArgumentsByAddress()
    {
        FaultyKernel kernel = UsdtFixture.WithoutCookies();
        using UsdtFixture usdt = new(kernel: kernel);
        using (BpfLink link = usdt.Attach("many", cookie: 5))
        {
            Assert.Equal(LinkType.PerfEvent, link.Type);
            UsdtLibrary.Fire(UsdtForm.Many);
            Assert.Equal(5, usdt.Collection.Maps["__bpf_usdt_ip_to_spec_id"].As<ulong, uint>().Count());
        }

        Assert.Equal((5ul, 5ul), (usdt.Hits, usdt.Cookie));
        Assert.Equal([0, 1, 1, 1, 1, 1], usdt.First[..6]);
        Assert.Empty(usdt.Collection.Maps["__bpf_usdt_ip_to_spec_id"].As<ulong, uint>());
    }

    [Fact]
    public void Attach_KernelWithoutCookies_NeedsAProcessForWhatIsLoadedAnywhere()
    {
        using UsdtFixture usdt = new(kernel: UsdtFixture.WithoutCookies(), process: 0);

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(
            () => usdt.Program.AttachUsdt(UsdtTarget.Pie, "target", "plain"));
        Assert.Contains("give UsdtOptions.Scope a process", error.Message);
        BpfException absent = Assert.Throws<BpfException>(() => usdt.Program.AttachUsdt(
            UsdtTarget.Pie, "target", "plain", new UsdtOptions { Scope = ProcessScope.ThisProcess }));
        Assert.Contains("does not have this part of", absent.Message);
        Assert.Equal(256u, usdt.FreeSpecs);

        using RunningUsdtTarget target = new(UsdtTarget.FixedPlace);
        using BpfLink link = usdt.Program.AttachUsdt(UsdtTarget.FixedPlace, "target", "plain");
        target.Fire(UsdtForm.Plain);
        Assert.Equal(1ul, usdt.Hits);
    }

    [Fact]
    public void Attach_KernelWithoutCookiesTwiceAtOneAddress_SaysSo()
    {
        using UsdtFixture usdt = new(kernel: UsdtFixture.WithoutCookies());
        using BpfLink link = usdt.Attach("plain");

        BpfException error = Assert.Throws<BpfException>(() => usdt.Attach("plain"));

        Assert.Contains("EEXIST: a program of this collection is attached at the same address", error.Message);
        Assert.Equal(255u, usdt.FreeSpecs);
    }

    [Fact]
    public void Attach_MoreDescriptionsThanTheMapHolds_NamesTheMacro()
    {
        using UsdtFixture usdt = new(change: spec => spec.Maps["__bpf_usdt_specs"].MaxEntries = 4);

        BpfException error = Assert.Throws<BpfException>(() => usdt.Attach("many"));

        Assert.Contains("E2BIG: it needs 5 elements of map \"__bpf_usdt_specs\", of whose 4 4 are free: define BPF_USDT_MAX_SPEC_CNT", error.Message);
        Assert.Equal(4u, usdt.FreeSpecs);
        using BpfLink link = usdt.Attach("plain");
        Assert.Equal(3u, usdt.FreeSpecs);
    }

    [Fact]
    public void Attach_MoreAddressesThanTheMapHolds_NamesTheMacro()
    {
        using UsdtFixture usdt = new(
            kernel: UsdtFixture.WithoutCookies(), change: spec => spec.Maps["__bpf_usdt_ip_to_spec_id"].MaxEntries = 2);

        BpfException error = Assert.Throws<BpfException>(() => usdt.Attach("many"));

        Assert.Contains("define BPF_USDT_MAX_IP_CNT", error.Message);
        Assert.Equal(256u, usdt.FreeSpecs);
        Assert.Empty(usdt.Collection.Maps["__bpf_usdt_ip_to_spec_id"].As<ulong, uint>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attach_AnyOneCallFails_LeavesNothing(bool withoutCookies)
    {
        UsdtLibrary.Fire(UsdtForm.Plain);
        bool isReached = true;
        for (int call = 1; isReached; call++)
        {
            FaultyKernel kernel = withoutCookies ? UsdtFixture.WithoutCookies() : new();
            using (UsdtFixture usdt = new(kernel: kernel))
            {
                int before = kernel.OpenDescriptors;
                kernel.FailingWith = Errno.ENOMEM;
                kernel.FailingCall = kernel.Calls + call;
                try
                {
                    usdt.Attach("guarded").Dispose();
                }
                catch (BpfException)
                {
                    // What matters is what it leaves.
                }

                isReached = kernel.Calls >= kernel.FailingCall;
                kernel.FailingCall = 0;
                Assert.Equal(before, kernel.OpenDescriptors);
                Assert.Equal(256u, usdt.FreeSpecs);
                Assert.Empty(usdt.Collection.Maps["__bpf_usdt_ip_to_spec_id"].As<ulong, uint>());
                Assert.Equal(0, UsdtLibrary.Semaphore);
            }

            Assert.Equal(0, kernel.OpenDescriptors);
        }
    }

    [Fact]
    public void Attach_AllDescriptionsManyTimes_GivesThemBack()
    {
        using UsdtFixture usdt = new();
        int cycles = int.Parse(Environment.GetEnvironmentVariable("EBPF_USDT_CYCLES") ?? "20", System.Globalization.CultureInfo.InvariantCulture);
        for (int i = 0; i < cycles; i++)
        {
            using BpfLink link = usdt.Attach("all");
            Assert.Equal(0u, usdt.FreeSpecs);
        }

        Assert.Equal(256u, usdt.FreeSpecs);
        using BpfLink last = usdt.Attach("all");
        Assert.Equal(256, UsdtLibrary.Fire(UsdtForm.All));
        Assert.Equal(256ul, usdt.Hits);
        Assert.All(usdt.First, count => Assert.Equal(16, count));
    }

    [Fact]
    public void Dispose_PinnedLink_KeepsTheDescriptionThatTheProgramReads()
    {
        Requires.Kernel(6, 6, "links to uprobes of one kind");
        string pin = $"/sys/fs/bpf/usdt-{Environment.ProcessId}";
        using UsdtFixture usdt = new();
        BpfLink link = usdt.Attach("plain", cookie: 11);
        link.Pin(pin);
        link.Dispose();
        Assert.Equal(255u, usdt.FreeSpecs);

        UsdtLibrary.Fire(UsdtForm.Plain);
        Assert.Equal((1ul, 11ul), (usdt.Hits, usdt.Cookie));
        File.Delete(pin);
    }

    [Fact]
    public void Attach_WhatIsNotThere_SaysWhat()
    {
        using UsdtFixture usdt = new();

        Assert.EndsWith(
            "ENOENT: the file declares no such probe; similar: target:plain, target:all",
            Assert.Throws<BpfException>(() => usdt.Attach("plein")).Message);
        Assert.EndsWith(
            "ENOENT: the file has no section .note.stapsdt: it declares no probes, or a tool has removed what is not needed to run it",
            Assert.Throws<BpfException>(() => usdt.Program.AttachUsdt("/bin/true", "target", "plain")).Message);
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => usdt.Program.AttachUsdt("/nothing", "target", "plain")).Errno);
        Assert.EndsWith(
            "it is no ELF file, and only those declare probes",
            Assert.Throws<BpfException>(() => usdt.Program.AttachUsdt("/etc/passwd", "target", "plain")).Message);
        Assert.Equal(256u, usdt.FreeSpecs);
    }

    [Fact]
    public void Attach_FileForAnotherMachine_SaysSo()
    {
        byte[] file = File.ReadAllBytes(UsdtTarget.Library);
        string copy = Path.GetTempFileName();
        using UsdtFixture usdt = new();
        try
        {
            file[18] = 22;
            file[19] = 0;
            File.WriteAllBytes(copy, file);

            Assert.Contains(
                "the file is for another machine (S390) than this one",
                Assert.Throws<BpfException>(() => usdt.Program.AttachUsdt(copy, "target", "plain")).Message);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    [Fact]
    public void Attach_ProgramThatCannot_SaysWhy()
    {
        using BpfCollection collection = BpfCollection.Load(TestObject.Path("tracing"));
        Assert.Contains(
            "it is a Tracepoint program",
            Assert.Throws<InvalidOperationException>(() => collection.Programs["on_getpgid"].AttachUsdt("/bin/true", "a", "b")).Message);

        using UsdtFixture usdt = new();
        using BpfProgram opened = BpfProgram.Open(usdt.Program.Id);
        Assert.Contains(
            "include <bpf/usdt.bpf.h> in its source, and attach it in the process that has loaded it",
            Assert.Throws<InvalidOperationException>(() => opened.AttachUsdt("/bin/true", "a", "b")).Message);
    }

    [Fact]
    public void Attach_ProbeOfASystemLibrary_CountsWhatAProgramThrows()
    {
        string program = UsdtTarget.Throwing;
        using UsdtFixture usdt = new(process: 0);
        using RunningUsdtTarget target = new(program);
        UsdtOptions options = new() { Scope = ProcessScope.Process(target.Id) };
        string library = "libstdc++.so.6";
        BpfLink link;
        try
        {
            link = usdt.Program.AttachUsdt(library, "libstdcxx", "throw", options);
        }
        catch (BpfException error) when (error.Message.Contains(".note.stapsdt", StringComparison.Ordinal))
        {
            Assert.Skip("This libstdc++ was built without probes.");
            throw;
        }

        using (link)
        {
            for (int i = 0; i < 3; i++) target.Fire(UsdtForm.Plain);
        }

        // The exception, and its type.
        Assert.Equal((3ul, 2L), (usdt.Hits, usdt.Count));
        Assert.All(usdt.Errors, error => Assert.Equal(0, error));
        Assert.All(usdt.Values, value => Assert.NotEqual(0, value));
    }

    [Fact]
    public void Load_SystemLibrary_ListsItsProbes()
    {
        string library = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";
        Assert.SkipUnless(File.Exists(library), "There is no libstdc++ here.");

        UsdtProbeList probes = UsdtProbeList.Load(library);

        Assert.Empty(probes.Warnings);
        Assert.SkipWhen(probes.Count == 0, "This libstdc++ was built without probes.");
        Assert.Contains(probes, probe => probe is { Provider: "libstdcxx", Name: "throw", FileOffset: not null });
        Assert.All(probes.SelectMany(probe => probe.Arguments), argument => Assert.Null(argument.Problem));
    }
}
