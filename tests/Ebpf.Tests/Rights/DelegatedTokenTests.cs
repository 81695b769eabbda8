using Ebpf.TestData;

namespace Ebpf.Tests.Rights;

/// <summary>Loading in a user namespace, with and without what somebody outside delegates.</summary>
public sealed class DelegatedTokenTests : IDisposable
{
    private static readonly string[] InNamespace = ["unshare", "--user", "--map-root-user", "--mount"];

    private static readonly string Counter = TestObject.Path("counter");

    /// <summary>Seen empty from outside: the child mounts in a namespace of its own.</summary>
    private readonly string _place = Directory.CreateTempSubdirectory("token").FullName;

    public void Dispose() => Directory.Delete(_place);

    [Fact]
    public void Load_NothingDelegated_SaysHowToGetAToken()
    {
        Requires.Kernel(6, 9, "BPF tokens");
        using Child child = StartOrSkip("load", Counter);

        Assert.Equal(
            "Create PerCpuHash map \"pkt_count\": EPERM: capabilities in a user namespace do not count for eBPF: run outside of it, or "
            + "let somebody outside mount a BPF file system for it that delegates (delegate_cmds and its like), of which this library "
            + "makes a BPF token by itself",
            child.Finish());
    }

    [Fact]
    public void Load_EverythingDelegated_Works()
    {
        Requires.Kernel(6, 9, "BPF tokens");
        using Child child = StartOrSkip("delegate", _place, Counter);
        child.Delegate(("delegate_cmds", "any"), ("delegate_maps", "any"), ("delegate_progs", "any"), ("delegate_attachs", "any"));
        string[] lines = child.Finish().Split('\n');

        Assert.StartsWith($"BPF token of {_place}: commands 0x", lines[0]);
        Assert.Equal(["returned 2, counted 1, types True", "features Supported, Supported, Supported"], lines[1..]);
    }

    [Fact]
    public void Load_WithATokenThatIsGiven_Works()
    {
        Requires.Kernel(6, 9, "BPF tokens");
        using Child child = StartOrSkip(("LIBBPF_BPF_TOKEN_PATH", ""), "give", _place, Counter);
        child.Delegate(("delegate_cmds", "any"), ("delegate_maps", "any"), ("delegate_progs", "any"), ("delegate_attachs", "any"));

        Assert.Equal("returned 2, counted 1, types True", child.Finish());
    }

    [Fact]
    public void Load_TheProgramIsNotDelegated_IsNamed()
    {
        Requires.Kernel(6, 9, "BPF tokens");
        using Child child = StartOrSkip("delegate", _place, Counter);
        child.Delegate(("delegate_cmds", "any"), ("delegate_maps", "any"), ("delegate_progs", "0x4"), ("delegate_attachs", "any"));
        string[] lines = child.Finish().Split('\n');

        Assert.EndsWith("programs 0x4, attach types " + lines[0].Split(' ')[^1], lines[0]);
        Assert.Equal(
            "Load program \"count_packets\": EPERM: the BPF token does not delegate Xdp programs "
            + "(mount option delegate_progs of its BPF file system)",
            lines[1]);
    }

    [Theory]
    [InlineData("0x20", "any", "any", "Create PerCpuHash map \"pkt_count\": EPERM: the BPF token does not delegate BPF_MAP_CREATE (mount option delegate_cmds")]
    [InlineData("any", "0x4", "any", "Create PerCpuHash map \"pkt_count\": EPERM: the BPF token does not delegate PerCpuHash maps (mount option delegate_maps")]
    [InlineData("any", "any", "0x1", "Load program \"count_packets\": EPERM: the BPF token does not delegate the attach type Xdp (mount option delegate_attachs")]
    public void Load_SomethingIsNotDelegated_IsNamed(string commands, string maps, string attaching, string message)
    {
        Requires.Kernel(6, 9, "BPF tokens");
        using Child child = StartOrSkip("delegate", _place, Counter);
        child.Delegate(("delegate_cmds", commands), ("delegate_maps", maps), ("delegate_progs", "any"), ("delegate_attachs", attaching));

        Assert.StartsWith(message, child.Finish().Split('\n')[1]);
    }

    [Fact]
    public void Load_TokenIsNotWanted_IsNotMade()
    {
        Requires.Kernel(6, 9, "BPF tokens");
        using Child child = StartOrSkip(("LIBBPF_BPF_TOKEN_PATH", ""), "delegate", _place, Counter);
        child.Delegate(("delegate_cmds", "any"), ("delegate_maps", "any"), ("delegate_progs", "any"), ("delegate_attachs", "any"));

        Assert.Equal("no token", child.Finish().Split('\n')[0]);
    }

    [Fact]
    public void Load_TokenIsToBeOfAnotherPlace_SaysWhatIsWrongWithIt()
    {
        Requires.Kernel(6, 9, "BPF tokens");
        using Child child = StartOrSkip(("LIBBPF_BPF_TOKEN_PATH", "/proc"), "load", Counter);

        Assert.Equal("Make a BPF token of /proc: EINVAL: it is not the root of a BPF file system", child.Finish());
    }

    private static Child StartOrSkip(params string[] arguments) => StartOrSkip(null, arguments);

    private static Child StartOrSkip((string Name, string Value)? environment, params string[] arguments)
    {
        string limit = File.Exists("/proc/sys/user/max_user_namespaces") ? File.ReadAllText("/proc/sys/user/max_user_namespaces").Trim() : "0";
        Assert.SkipWhen(limit == "0", "this kernel allows no user namespaces");
        return Child.Start(InNamespace, arguments, environment);
    }
}
