using System.Globalization;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Tests.Linux;
using Ebpf.Tokens;

namespace Ebpf.Tests.Kernel;

public sealed class KernelFactsTests
{
    [Theory]
    [InlineData("0\n", new[] { 0 })]
    [InlineData("0-3", new[] { 0, 1, 2, 3 })]
    [InlineData("0-1,5,8-9\n", new[] { 0, 1, 5, 8, 9 })]
    public void CpuList_IsRead(string text, int[] expected) => Assert.Equal(expected, CpuList.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("3-1")]
    [InlineData("0-")]
    [InlineData("-1")]
    [InlineData("0,,1")]
    [InlineData("0-4294967295")]
    public void CpuList_Nonsense_IsNone(string text) => Assert.Null(CpuList.Parse(text));

    [Theory]
    [InlineData("Ubuntu 5.15.0-91.101-generic 5.15.131\n", "#101-Ubuntu", "5.15.0-91-generic", "5.15.131")]
    [InlineData(null, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\n", "6.1.0-18-amd64\n", "6.1.76")]
    [InlineData(null, "#1 SMP PREEMPT_DYNAMIC", "6.18.44-fc-v595\n", "6.18.44")]
    [InlineData(null, "#1 SMP", "7.2.0-rc1", "7.2.0")]
    [InlineData(null, "#1 SMP", "6.9-custom", "6.9.0")]
    [InlineData(null, null, null, "0.0.0")]
    public void Version_IsTheUpstreamOne(string? signature, string? version, string? release, string expected)
    {
        FaultyKernel kernel = new()
        {
            Files =
            {
                ["/proc/version_signature"] = signature,
                [FaultyKernel.Build] = version,
                [FaultyKernel.Release] = release,
            },
        };

        Assert.Equal(Version.Parse(expected), KernelFacts.Of(kernel).Version);
    }

    [Fact]
    public void Version_OfThisKernel_IsItsRelease()
    {
        Version release = Environment.OSVersion.Version;

        Version version = KernelFacts.Of(RunningKernel.Instance).Version;

        Assert.Equal((release.Major, release.Minor), (version.Major, version.Minor));
    }

    [Fact]
    public void PossibleCpus_Unreadable_SaysWhich()
    {
        FaultyKernel kernel = new() { Files = { ["/sys/devices/system/cpu/possible"] = null } };
        FaultyKernel strange = new() { Files = { ["/sys/devices/system/cpu/possible"] = "none\n" } };

        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => KernelFacts.Of(kernel).PossibleCpus).Errno);
        Assert.Contains("\"none\"", Assert.Throws<BpfException>(() => KernelFacts.Of(strange).PossibleCpus).Message);
    }

    [Fact]
    public void PossibleCpus_WithHoles_CountsThoseThatAreThere()
    {
        FaultyKernel kernel = new() { Files = { ["/sys/devices/system/cpu/possible"] = "0-1,4\n" } };

        Assert.Equal([0, 1, 4], KernelFacts.Of(kernel).PossibleCpus);
    }

    [Fact]
    public void MountTable_UnescapesPlaces()
    {
        FaultyKernel kernel = new()
        {
            Files =
            {
                ["/proc/thread-self/mounts"] = """
                    proc /proc proc rw 0 0
                    none /sys/fs/bpf bpf rw,mode=700 0 0
                    none /mnt/my\040bpf\134 bpf rw 0 0
                    short line
                    """,
            },
        };

        Assert.Equal(["/sys/fs/bpf", "/mnt/my bpf\\"], MountTable.PlacesOf(kernel, "bpf"));
        Assert.Empty(MountTable.PlacesOf(kernel, "tracefs"));
    }

    [Fact]
    public void TraceFileSystem_IsSoughtInTheUsualPlacesFirst()
    {
        Dictionary<string, string?> none = new()
        {
            ["/sys/kernel/tracing/events"] = null,
            ["/sys/kernel/debug/tracing/events"] = null,
            ["/proc/thread-self/mounts"] = "none /trace tracefs rw 0 0\n",
            ["/trace/events"] = null,
        };

        Assert.Null(TraceFileSystem.Locate(With(none, null), out Errno error, out string? advice));
        Assert.Equal((Errno.ENOENT, "tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing"), (error, advice));
        Assert.Equal("/trace", TraceFileSystem.Locate(With(none, "/trace/events"), out _, out _));
        Assert.Equal("/sys/kernel/debug/tracing", TraceFileSystem.Locate(With(none, "/sys/kernel/debug/tracing/events"), out _, out _));

        static FaultyKernel With(Dictionary<string, string?> files, string? there)
        {
            FaultyKernel kernel = new();
            foreach ((string path, string? text) in files) kernel.Files[path] = text;
            if (there is not null) kernel.Files[there] = "";
            return kernel;
        }
    }

    [Fact]
    public void TraceFileSystem_ThatMayNotBeEntered_IsNotCalledUnmounted()
    {
        FaultyKernel kernel = new() { Closed = { ["/sys/kernel/tracing"] = Errno.EACCES, ["/sys/kernel/debug"] = Errno.EACCES } };

        Assert.Null(TraceFileSystem.Locate(kernel, out Errno error, out string? advice));

        Assert.Equal(Errno.EACCES, error);
        Assert.StartsWith("tracefs at /sys/kernel/tracing is closed to this process: run as root, or open it to others", advice);
    }

    [Fact]
    public void TraceFileSystem_ClosedInOnePlaceAndOpenInAnother_IsFound()
    {
        FaultyKernel kernel = new()
        {
            Closed = { ["/sys/kernel/tracing"] = Errno.EACCES, ["/sys/kernel/debug"] = Errno.EACCES },
            Files = { ["/proc/thread-self/mounts"] = "none /trace tracefs rw 0 0\n", ["/trace/events"] = "" },
        };

        Assert.Equal("/trace", TraceFileSystem.Locate(kernel, out _, out _));
    }

    [Fact]
    public void StatusAndMounts_NamesWithFormFeedsAndLineSeparators_StayOnTheirLines()
    {
        FaultyKernel kernel = new()
        {
            Files =
            {
                ["/proc/thread-self/status"] = "Name:\ta\fCapEff:\t0\u2028CapEff:\t1\rCapEff:\t2\u0085CapEff:\t3\nCapEff:\t7\n",
                ["/proc/thread-self/mounts"] = "none /a\fb bpf rw 0 0\nnone /c\u2028d bpf rw 0 0\nnone /e\vf bpf rw 0 0\n",
            },
        };

        Assert.Equal("7", StatusFile.Field(kernel, KernelPaths.ThreadStatus, "CapEff"));
        Assert.Equal(["/a\fb", "/c\u2028d", "/e\vf"], MountTable.PlacesOf(kernel, "bpf"));
        Assert.Equal("bpf", MountTable.TypeAt(kernel, "/c\u2028d/x"));
    }

    [Fact]
    public void Version_WithoutProc_IsStillKnown()
    {
        FaultyKernel kernel = new() { Closed = { ["/proc"] = Errno.ENOENT } };

        Assert.NotEqual(new Version(0, 0, 0), KernelFacts.Of(kernel).Version);
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), KernelFacts.Of(kernel).Release);
    }

    [Fact]
    public void Privileges_OfAThreadThatDroppedThem_AreItsOwn()
    {
        // capset(2) changes the calling thread alone; /proc/self tells about the first thread of the process.
        PrivilegeThread.RunWithout(() =>
            Assert.Equal(Privileges.Bpf, PrivilegeRules.Missing(RunningKernel.Instance, Privileges.Bpf)));
        Assert.Equal(Privileges.None, PrivilegeRules.Missing(RunningKernel.Instance, Privileges.Bpf));
    }

    [Fact]
    public void KnownOfAKernel_AskedByManyThreadsAtOnce_IsOneObject()
    {
        FaultyKernel kernel = new();
        object[] seen = new object[64];
        Parallel.For(0, seen.Length, i => seen[i] = (i % 4) switch
        {
            0 => KernelTypes.Of(kernel),
            1 => KernelFeatures.For(kernel),
            2 => TokenSearch.Of(kernel),
            _ => KernelFacts.Of(kernel),
        });

        for (int i = 4; i < seen.Length; i++) Assert.Same(seen[i % 4], seen[i]);
    }

    [Fact]
    public void CertainAnswer_IsKept_AndAnUncertainOneAskedAgain()
    {
        CertainAnswer answer = default;
        int asked = 0;
        Assert.Null(answer.Get(RunningKernel.Instance, _ => asked++ > 100 ? true : null));
        Assert.False(answer.Get(RunningKernel.Instance, _ => asked++ > 100));
        Assert.False(answer.Get(RunningKernel.Instance, _ => asked++ >= 0));
        Assert.Equal(2, asked);
    }

    [Fact]
    public void BpfFileSystem_IsKnownByItsMagic()
    {
        Assert.False(PinPlace.Holds(RunningKernel.Instance, "/proc"));
        Assert.False(PinPlace.Holds(RunningKernel.Instance, "/no/such/path"));
    }

    [Fact]
    public void Privileges_AreTheNumbersOfTheCapabilities()
    {
        Assert.Equal(39.ToString(CultureInfo.InvariantCulture), Number(Privileges.Bpf));
        Assert.Equal("38", Number(Privileges.PerfMon));
        Assert.Equal("21", Number(Privileges.SysAdmin));
        Assert.Equal("12", Number(Privileges.NetAdmin));

        static string Number(Privileges one) =>
            System.Numerics.BitOperations.Log2((ulong)one).ToString(CultureInfo.InvariantCulture);
    }
}
