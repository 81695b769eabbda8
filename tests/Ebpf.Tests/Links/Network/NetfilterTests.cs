using System.Net;
using System.Net.Sockets;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Network;

/// <summary>Netfilter programs, in namespaces of their own: what they drop there is nobody else's.</summary>
public sealed class NetfilterTests : IDisposable
{
    private readonly NamespaceFixture _namespace;

    public NetfilterTests()
    {
        Requires.Kernel(6, 4, "netfilter programs");
        _namespace = new NamespaceFixture();
        VirtualInterfaces.Ip("-n", _namespace.Name, "link", "set", "lo", "up");
    }

    public void Dispose() => _namespace.Dispose();

    [Theory]
    [InlineData(NetfilterFamily.IPv4)]
    [InlineData(NetfilterFamily.IPv6)]
    public void AttachNetfilter_LocalOut_CountsAndDrops(NetfilterFamily family)
    {
        using BpfCollection collection = NetworkFixture.Load("on_netfilter");
        using (BpfLink link = Attach(collection, NetfilterHook.LocalOut, new() { Priority = -5 }, family))
        {
            NetfilterLinkInfo info = Assert.IsType<NetfilterLinkInfo>(link.GetInfo());
            Assert.Equal(((uint)family, 3u, -5), (info.ProtocolFamily, info.Hook, info.Priority));
            Assert.True(SendToItself(family));
            Assert.True(collection.Seen("netfilter") > 0);
            collection.Variables["netfilter_verdict"].Set(0);
            Assert.False(SendToItself(family));
            link.Detach();
        }

        Assert.True(SendToItself(family));
    }

    [Fact]
    public void AttachNetfilter_EveryHook_IsTaken()
    {
        using BpfCollection collection = NetworkFixture.Load("on_netfilter");
        foreach (NetfilterHook hook in Enum.GetValues<NetfilterHook>())
        {
            using BpfLink link = Attach(collection, hook, new() { Priority = NetfilterPriority.Raw });
            Assert.Equal((uint)hook, Assert.IsType<NetfilterLinkInfo>(link.GetInfo()).Hook);
            Assert.Throws<NotSupportedException>(() => link.Update(collection.Programs["on_netfilter"]));
        }
    }

    [Fact]
    public void AttachNetfilter_Defragment_IsToldByTheLink()
    {
        Requires.Kernel(6, 6, "the putting together of fragments");
        using BpfCollection collection = NetworkFixture.Load("on_netfilter");
        try
        {
            using BpfLink link = Attach(collection, NetfilterHook.PreRouting, new() { Priority = NetfilterPriority.ConntrackDefrag + 1, Defragment = true });
            Assert.True(Assert.IsType<NetfilterLinkInfo>(link.GetInfo()).Defragments is null or true);
        }
        catch (BpfException error) when (error.Errno is Errno.ENOENT or Errno.EOPNOTSUPP)
        {
            Assert.Contains("nf_defrag_ipv4", error.Advice);
        }
    }

    [Fact]
    public void AttachNetfilter_PriorityTaken_SaysSo()
    {
        using BpfCollection collection = NetworkFixture.Load("on_netfilter");
        using BpfLink link = Attach(collection, NetfilterHook.LocalIn, new() { Priority = 3 });

        BpfException error = Assert.Throws<BpfException>(() => Attach(collection, NetfilterHook.LocalIn, new() { Priority = 3 }));

        Assert.Equal((Errno.EBUSY, "another program has priority 3 at this hook: choose another one"), (error.Errno, error.Advice));
    }

    [Fact]
    public void AttachNetfilter_OptionThatIsNotAllowed_IsAMistake()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_netfilter");
        BpfProgram program = collection.Programs["on_netfilter"];
        int calls = kernel.Calls;

        Mistake((NetfilterFamily)1, NetfilterHook.LocalIn, new());
        Mistake(NetfilterFamily.IPv4, (NetfilterHook)5, new());
        Mistake(NetfilterFamily.IPv4, NetfilterHook.LocalIn, new() { Priority = int.MinValue });
        Mistake(NetfilterFamily.IPv4, NetfilterHook.LocalIn, new() { Priority = int.MaxValue });
        Mistake(NetfilterFamily.IPv4, NetfilterHook.LocalIn, new() { Priority = NetfilterPriority.ConntrackDefrag, Defragment = true });
        Assert.Equal(calls, kernel.Calls);

        void Mistake(NetfilterFamily family, NetfilterHook hook, NetfilterOptions options) =>
            Assert.Throws<ArgumentOutOfRangeException>(() => program.AttachNetfilter(family, hook, options));
    }

    [Theory]
    [InlineData(Errno.EAFNOSUPPORT, false, "6.18.0", "the kernel has no netfilter for IPv6")]
    [InlineData(Errno.EPROTO, false, "6.18.0", "the kernel does not know this hook")]
    [InlineData(Errno.ERANGE, false, "6.18.0", "priority 0 is not allowed")]
    [InlineData(Errno.EOPNOTSUPP, false, "6.18.0", "CONFIG_NETFILTER_BPF_LINK")]
    [InlineData(Errno.ENOENT, true, "6.18.0", "it lacks the module nf_defrag_ipv6")]
    [InlineData(Errno.EOPNOTSUPP, true, "6.5.0", "the putting together of fragments for netfilter programs")]
    [InlineData(Errno.EINVAL, false, "6.1.0", "netfilter programs")]
    public void AttachNetfilter_KernelRefuses_IsExplained(Errno error, bool defragment, string release, string advice)
    {
        FaultyKernel kernel = new();
        kernel.Files[FaultyKernel.Release] = release;
        kernel.OnBpf = (command, _) => command == BpfCommand.LinkCreate ? error : null;
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_netfilter");

        BpfException refused = Assert.ThrowsAny<BpfException>(
            () => collection.Programs["on_netfilter"].AttachNetfilter(NetfilterFamily.IPv6, NetfilterHook.LocalIn, new() { Defragment = defragment }));

        Assert.Equal(error, refused.Errno);
        Assert.Contains(advice, refused.Message);
    }

    [Fact]
    public void AttachNetfilter_WithoutCapability_NamesIt() => NetworkFixture.AssertNamesCapability(
        "on_netfilter", program => program.AttachNetfilter(NetfilterFamily.IPv4, NetfilterHook.LocalIn));

    [Fact]
    public void Attach_Target_AttachesNetfilter()
    {
        using BpfCollection collection = NetworkFixture.Load("on_netfilter", "on_xdp");
        AttachPoint target = AttachPoint.Netfilter(NetfilterFamily.IPv4, NetfilterHook.Forward, new() { NetworkNamespace = _namespace.Namespace });

        using BpfLink link = collection.Programs["on_netfilter"].Attach(target);

        Assert.Equal(LinkType.Netfilter, link.Type);
        Assert.Throws<InvalidOperationException>(() => collection.Programs["on_xdp"].Attach(target));
    }

    private BpfLink Attach(BpfCollection collection, NetfilterHook hook, NetfilterOptions options, NetfilterFamily family = NetfilterFamily.IPv4) =>
        collection.Programs["on_netfilter"].AttachNetfilter(family, hook, options with { NetworkNamespace = _namespace.Namespace });

    /// <summary>Whether a datagram on the loopback interface of the namespace can be sent: what a program drops on its way out cannot.</summary>
    private bool SendToItself(NetfilterFamily family) => NetworkNamespace.Run(_namespace.Namespace, RunningKernel.Instance, "Send", () =>
    {
        IPAddress address = family == NetfilterFamily.IPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        using Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            return socket.SendTo([1], new IPEndPoint(address, 9)) == 1;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AccessDenied)
        {
            return false;
        }
    });
}
