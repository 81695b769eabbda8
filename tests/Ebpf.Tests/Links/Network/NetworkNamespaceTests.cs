using System.Diagnostics;
using Ebpf.Linux;
using Ebpf.Tests.Kernel;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Network;

public sealed class NetworkNamespaceTests : IDisposable
{
    private readonly NamespaceFixture _namespace = new();

    public void Dispose() => _namespace.Dispose();

    [Theory]
    [InlineData("xdp")]
    [InlineData("xdp-netlink")]
    [InlineData("tcx")]
    [InlineData("clsact")]
    public void Attach_InAnotherNamespace_SeesItsPacketsAndIsDetachedFromHere(string kind)
    {
        if (kind == "tcx") Requires.Kernel(6, 6, "tcx");
        using BpfCollection collection = NetworkFixture.Load("on_xdp", "on_ingress");
        NetworkNamespace network = _namespace.Namespace;
        string before = File.ReadAllText("/proc/thread-self/net/dev");
        (BpfLink link, string counter) = kind switch
        {
            "xdp" => (collection.Programs["on_xdp"].AttachXdp(_namespace.Interface, new() { NetworkNamespace = network }), "xdp"),
            "xdp-netlink" => (collection.Programs["on_xdp"].AttachXdp(_namespace.Interface, new() { NetworkNamespace = network, WithoutLink = true }), "xdp"),
            "tcx" => (collection.Programs["on_ingress"].AttachTcx(_namespace.Interface, options: new() { NetworkNamespace = network }), "ingress"),
            _ => (collection.Programs["on_ingress"].AttachClsact(_namespace.Interface, options: new() { NetworkNamespace = network }), "ingress"),
        };
        using (link)
        {
            Assert.DoesNotContain(_namespace.Interface, File.ReadAllText("/proc/thread-self/net/dev"));
            Assert.Contains(_namespace.Peer, before);
            _namespace.Interfaces.SendFromPeer(Packets.Udp());
            collection.AwaitSeen(counter, 1);
            Assert.False(link.IsDetached());
            Assert.Contains($"interface {_namespace.Interface} in network namespace {_namespace.Name}", link.Description);
            link.Detach();
        }

        XdpPrograms there = XdpPrograms.OfInterface(_namespace.Interface, network);
        Assert.Equal((null, null), (there.Driver, there.Generic));
        Assert.Empty(TcFilter.OfInterface(_namespace.Interface, TcDirection.Ingress, network));
    }

    [Fact]
    public void Dispose_NamespaceWithoutName_StillDetaches()
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp");
        using Process inside = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", _namespace.Name, "sleep", "300"]))!;
        try
        {
            Assert.True(SpinWait.SpinUntil(() => Inode($"/proc/{inside.Id}/ns/net") == Inode(_namespace.Path), TimeSpan.FromSeconds(20)));
            NetworkNamespace network = NetworkNamespace.OfProcess(inside.Id);
            BpfLink link = collection.Programs["on_xdp"].AttachXdp(_namespace.Interface, new() { NetworkNamespace = network, WithoutLink = true });
            inside.Kill();
            inside.WaitForExit();

            // The process is gone, and nothing can be opened by its id.
            Assert.Throws<BpfException>(() => XdpPrograms.OfInterface(_namespace.Interface, network));
            link.Detach();
            Assert.Null(XdpPrograms.OfInterface(_namespace.Interface, NetworkNamespace.FromPath(_namespace.Path)).Driver);
            link.Dispose();
        }
        finally
        {
            if (!inside.HasExited) inside.Kill();
        }
    }

    [Fact]
    public void Attach_NamespaceThatIsNot_SaysSo()
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp");

        BpfException missing = Attach(NetworkNamespace.Named("nowhere"));
        BpfException other = Attach(NetworkNamespace.FromPath("/proc/self/ns/mnt"));
        BpfException file = Attach(NetworkNamespace.FromPath("/dev/null"));

        Assert.Equal((Errno.ENOENT, "network namespace nowhere cannot be opened at /run/netns/nowhere: there is nothing"), (missing.Errno, missing.Advice));
        Assert.Equal((Errno.EINVAL, "network namespace /proc/self/ns/mnt cannot be entered: /proc/self/ns/mnt is no network namespace"), (other.Errno, other.Advice));
        Assert.Equal(Errno.EINVAL, file.Errno);

        BpfException Attach(NetworkNamespace network) =>
            Assert.Throws<BpfException>(() => collection.Programs["on_xdp"].AttachXdp("lo", new() { NetworkNamespace = network }));
    }

    [Fact]
    public void Attach_InterfaceOfTheOtherNamespace_IsNotFoundHere()
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp");

        Assert.Equal(Errno.ENODEV, Assert.Throws<BpfException>(() => collection.Programs["on_xdp"].AttachXdp(_namespace.Interface)).Errno);
        Assert.Equal(
            Errno.ENODEV,
            Assert.Throws<BpfException>(() => collection.Programs["on_xdp"].AttachXdp(_namespace.Peer, new() { NetworkNamespace = _namespace.Namespace })).Errno);
    }

    [Fact]
    public void Attach_WithoutCapability_NamesIt()
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp");

        PrivilegeThread.RunWithout(() =>
        {
            BpfException error = Assert.Throws<BpfException>(
                () => collection.Programs["on_xdp"].AttachXdp("lo", new() { NetworkNamespace = _namespace.Namespace }));
            Assert.Equal(Errno.EPERM, error.Errno);
            Assert.Contains("CAP_SYS_ADMIN", error.Advice);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void Named_NameThatLeadsElsewhere_IsAMistake(string name) => Assert.ThrowsAny<ArgumentException>(() => NetworkNamespace.Named(name));

    [Fact]
    public void OfProcess_NoId_IsAMistake() => Assert.Throws<ArgumentOutOfRangeException>(() => NetworkNamespace.OfProcess(0));

    [Fact]
    public void Attach_EachCallOnTheWayIntoTheNamespaceFails_LeavesNothing()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_xdp");
        int open = kernel.OpenDescriptors;

        for (int call = 1; ; call++)
        {
            kernel.FailingCall = kernel.Calls + call;
            try
            {
                collection.Programs["on_xdp"].AttachXdp(_namespace.Interface, new() { NetworkNamespace = _namespace.Namespace }).Dispose();
                kernel.FailingCall = 0;
                Assert.True(call > 4, $"{call} calls");
                break;
            }
            catch (BpfException error)
            {
                Assert.Equal(Errno.EPERM, error.Errno);
            }

            Assert.Equal(open, kernel.OpenDescriptors);
        }
    }

    private static ulong Inode(string path) => RunningKernel.Instance.Status(path, out FileStatus status) == Errno.None ? status.Inode : 0;
}
