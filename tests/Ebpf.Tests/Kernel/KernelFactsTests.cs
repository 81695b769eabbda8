using System.Globalization;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Tests.Linux;

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
                ["/proc/sys/kernel/version"] = version,
                ["/proc/sys/kernel/osrelease"] = release,
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
                ["/proc/self/mounts"] = """
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
            ["/proc/self/mounts"] = "none /trace tracefs rw 0 0\n",
            ["/trace/events"] = null,
        };

        Assert.Null(TraceFileSystem.Locate(With(none, null)));
        Assert.Equal("/trace", TraceFileSystem.Locate(With(none, "/trace/events")));
        Assert.Equal("/sys/kernel/debug/tracing", TraceFileSystem.Locate(With(none, "/sys/kernel/debug/tracing/events")));

        static FaultyKernel With(Dictionary<string, string?> files, string? there)
        {
            FaultyKernel kernel = new();
            foreach ((string path, string? text) in files) kernel.Files[path] = text;
            if (there is not null) kernel.Files[there] = "";
            return kernel;
        }
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
