using System.Globalization;
using Ebpf.TestData;

namespace Ebpf.Tests.Rights;

/// <summary>What who has no rights is told.</summary>
public sealed class OrdinaryUserTests
{
    private static readonly string[] AsNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    private static readonly string[] WithCapabilities =
        [.. AsNobody, "--inh-caps=+bpf,+net_admin,+perfmon", "--ambient-caps=+bpf,+net_admin,+perfmon"];

    private static readonly string Counter = TestObject.Path("counter");

    [Fact]
    public void Load_OrdinaryUser_NamesTheCapabilityAndTheSetting()
    {
        string setting = File.ReadAllText("/proc/sys/kernel/unprivileged_bpf_disabled").Trim();
        using Child child = Child.Start(AsNobody, ["load", Counter]);

        Assert.Equal(
            "Create PerCpuHash map \"pkt_count\": EPERM: needs CAP_BPF (this process does not have it); "
            + $"sysctl kernel.unprivileged_bpf_disabled is {setting}",
            child.Finish());
    }

    [Fact]
    public void Load_WithoutNetAdmin_NamesIt()
    {
        using Child child = Child.Start([.. AsNobody, "--inh-caps=+bpf", "--ambient-caps=+bpf"], ["load", Counter]);

        Assert.Equal(
            "Load program \"count_packets\": EPERM: needs CAP_BPF and CAP_NET_ADMIN (this process lacks CAP_NET_ADMIN)", child.Finish());
    }

    [Fact]
    public void Load_WithTheCapabilities_Works()
    {
        Requires.Kernel(5, 12, "atomic operations that fetch, as this object has");
        using Child child = Child.Start(WithCapabilities, ["load", Counter]);

        Assert.Equal("returned 2, counted 1, types True", child.Finish());
    }

    [Fact]
    public void Info_AddressesMayNotBeSeen_AreHiddenAndSayWhy()
    {
        Requires.Kernel(5, 12, "atomic operations that fetch, as this object has");
        Assert.SkipWhen(
            File.ReadAllText("/proc/sys/kernel/kptr_restrict").Trim() == "0"
            && int.Parse(File.ReadAllText("/proc/sys/kernel/perf_event_paranoid"), CultureInfo.InvariantCulture) <= 1,
            "this machine shows the addresses of its kernel to everybody");
        using Child child = Child.Start(WithCapabilities, ["describe", Counter]);
        string[] lines = child.Finish().Split('\n');

        Assert.Equal("3 functions, 3 hidden", lines[0]);
        Assert.StartsWith("the kernel hides its addresses from this process: ", lines[1]);
        Assert.Contains("CAP_SYSLOG", lines[1]);
        Assert.Equal(["True", $"Read the machine code of program \"count_packets\": EPERM: {lines[1]}"], lines[2..]);
    }
}
