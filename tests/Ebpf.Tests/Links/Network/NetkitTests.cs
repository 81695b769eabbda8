using System.Globalization;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Network;

public sealed class NetkitTests
{
    [Fact]
    public void AttachNetkit_BothDevices_SeeWhatEachSends()
    {
        using NetkitPair pair = NetkitPair.Create();
        using BpfCollection collection = NetworkFixture.Load("on_primary", "on_peer");
        BpfProgram primary = collection.Programs["on_primary"], peer = collection.Programs["on_peer"];
        using (BpfLink first = primary.AttachNetkit(pair.Primary))
        using (BpfLink second = peer.Attach(AttachPoint.Interface(pair.Primary)))
        {
            Assert.Equal((LinkType.Netkit, LinkType.Netkit), (first.Type, second.Type));
            NetkitLinkInfo info = Assert.IsType<NetkitLinkInfo>(second.GetInfo());
            Assert.Equal((pair.PrimaryIndex, AttachType.NetkitPeer), (info.InterfaceIndex, info.AttachType));
            for (int i = 0; i < 2; i++) NetkitPair.Send(pair.Primary);
            for (int i = 0; i < 3; i++) NetkitPair.Send(pair.Peer);
            collection.AwaitSeen("primary", 2);
            collection.AwaitSeen("peer", 3);
            Assert.Equal(primary.Id, Assert.Single(HookPrograms.OfInterface(pair.Primary, AttachType.NetkitPrimary).Programs).ProgramId);

            BpfException twice = Assert.Throws<BpfException>(() => primary.AttachNetkit(pair.Primary));
            BpfException fromPeer = Assert.Throws<BpfException>(() => peer.AttachNetkit(pair.Peer));
            Assert.Equal((Errno.EEXIST, Errno.EACCES), (twice.Errno, fromPeer.Errno));
            Assert.StartsWith("it is the peer of a pair", fromPeer.Advice);
            first.Detach();
        }

        Assert.Empty(HookPrograms.OfInterface(pair.Primary, AttachType.NetkitPrimary).Programs);
        using VirtualInterfaces veth = new();
        BpfException other = Assert.Throws<BpfException>(() => primary.AttachNetkit(veth.Name));
        Assert.Equal((Errno.ENXIO, "it is no netkit device"), (other.Errno, other.Advice));
    }

    [Fact]
    public void AttachNetkit_AnchorHead_RunsFirst()
    {
        using NetkitPair pair = NetkitPair.Create();
        using BpfCollection first = NetworkFixture.Load("on_primary"), second = NetworkFixture.Load("on_any");
        using BpfLink link = first.Programs["on_primary"].AttachNetkit(pair.Primary);
        using BpfLink head = second.Programs["on_any"].AttachNetkit(pair.Primary, NetkitDevice.Primary, new() { Anchor = LinkAnchor.Head });

        Assert.Equal(
            [second.Programs["on_any"].Id, first.Programs["on_primary"].Id],
            HookPrograms.OfInterface(pair.Primary, AttachType.NetkitPrimary).Programs.Select(program => program.ProgramId));
        second.Variables["verdict"].Set((int)NetkitAction.Drop);
        NetkitPair.Send(pair.Primary);
        second.AwaitSeen("classifier", 1);
        second.Variables["verdict"].Set((int)NetkitAction.Next);
        NetkitPair.Send(pair.Primary);
        first.AwaitSeen("primary", 1);
    }

    [Fact]
    public void AttachNetkit_DeviceRemovedUnderIt_IsDetached()
    {
        NetkitPair pair = NetkitPair.Create();
        using BpfCollection collection = NetworkFixture.Load("on_primary");
        using BpfLink link = collection.Programs["on_primary"].AttachNetkit(pair.Primary);
        pair.Dispose();

        Assert.True(link.IsDetached());
    }

    [Theory]
    [InlineData(Errno.EINVAL)]
    [InlineData(Errno.E2BIG)]
    public void AttachNetkit_KernelWithoutNetkit_SaysSinceWhen(Errno error)
    {
        FaultyKernel kernel = new();
        kernel.OnBpf = (command, _) => command == BpfCommand.LinkCreate ? error : null;
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_primary");

        FeatureNotSupportedException missing = Assert.Throws<FeatureNotSupportedException>(() => collection.Programs["on_primary"].AttachNetkit("lo"));

        Assert.Equal(new Version(6, 7), missing.Since);
    }

    private sealed class NetkitPair : IDisposable
    {
        private static int _count;

        private NetkitPair(string primary, string peer) => (Primary, Peer) = (primary, peer);

        public string Primary { get; }

        public string Peer { get; }

        public int PrimaryIndex => RunningKernel.Instance.InterfaceIndex(Primary).Value;

        public static NetkitPair Create()
        {
            Requires.Kernel(6, 7, "netkit");
            int number = Interlocked.Increment(ref _count);
            string primary = string.Create(CultureInfo.InvariantCulture, $"xk{Environment.ProcessId % 1_000_000}a{number}");
            string peer = string.Create(CultureInfo.InvariantCulture, $"xk{Environment.ProcessId % 1_000_000}b{number}");
            string? problem = NetkitDevices.Add(primary, peer);
            Assert.SkipUnless(problem is null, $"this kernel makes no netkit devices: {problem}");
            foreach (string name in (string[])[primary, peer])
            {
                File.WriteAllText($"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "1");
                VirtualInterfaces.Ip("link", "set", name, "up");
            }

            return new NetkitPair(primary, peer);
        }

        public static void Send(string from) => VirtualInterfaces.Send(Packets.Udp(), from);

        public void Dispose() => VirtualInterfaces.Ip("link", "delete", Primary);
    }
}
