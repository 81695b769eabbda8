using Ebpf.TestData;

namespace Ebpf.Tests.Rights;

/// <summary>What who has no rights is told.</summary>
public sealed class OrdinaryUserTests
{
    private static readonly string[] AsNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

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
    public void Load_WithBothCapabilities_Works()
    {
        using Child child = Child.Start(
            [.. AsNobody, "--inh-caps=+bpf,+net_admin,+perfmon", "--ambient-caps=+bpf,+net_admin,+perfmon"], ["load", Counter]);

        Assert.Equal("returned 2, counted 1, types True", child.Finish());
    }
}
