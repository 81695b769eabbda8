using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Links;

/// <summary>Programs of network namespaces.</summary>
public sealed class NamespaceHookTests
{
    [Fact]
    public void AttachSkLookup_Program_ChoosesTheSocketOfAConnection()
    {
        Requires.Kernel(5, 9, "sk_lookup");
        using Hooks hooks = Hooks.Of("socket_hooks", "look_up");
        using Socket listener = Listener();
        int free = FreePort();
        hooks.Map("sockets").AsSockMap<uint>().Update(0, listener);
        hooks.Set("port", (ushort)free);

        using (BpfLink link = hooks["look_up"].Attach())
        {
            Assert.Equal(LinkType.Netns, link.Type);
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(IPAddress.Loopback, free);
            using Socket accepted = listener.Accept();
            client.Send("found"u8);
            Assert.Equal("found", TcpPair.Receive(accepted));
            Assert.True(hooks.Seen > 0);
        }

        using Socket refused = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => refused.Connect(IPAddress.Loopback, free));
    }

    [Fact]
    public void AttachSkLookup_OtherNamespace_IsDetachedWhenItGoes()
    {
        Requires.Kernel(5, 9, "sk_lookup");
        using Hooks hooks = Hooks.Of("socket_hooks", "look_up_nothing");
        using Process owner = Process.Start(new ProcessStartInfo("unshare", ["-n", "sh", "-c", "echo ready; exec sleep 1000"]) { RedirectStandardOutput = true })!;
        Assert.Equal("ready", owner.StandardOutput.ReadLine());
        BpfLink link;
        using (BpfHandle other = OpenNamespace(string.Create(CultureInfo.InvariantCulture, $"/proc/{owner.Id}/ns/net")))
            link = hooks["look_up_nothing"].AttachSkLookup(other);
        using (link)
        using (BpfLink named = hooks["look_up_nothing"].Attach(AttachPoint.Namespace(NetworkNamespace.OfProcess(owner.Id))))
        {
            Assert.Equal(false, link.IsDetached());
            uint? inode = Assert.IsType<NetworkNamespaceLinkInfo>(link.GetInfo()).NamespaceInode;
            Assert.NotEqual(0u, inode);
            Assert.Equal(inode, Assert.IsType<NetworkNamespaceLinkInfo>(named.GetInfo()).NamespaceInode);
            Assert.Equal($"program \"look_up_nothing\" to network namespace of process {owner.Id}", named.Description);

            owner.Kill();
            owner.WaitForExit();

            Assert.True(SpinWait.SpinUntil(() => link.IsDetached() == true, TimeSpan.FromSeconds(20)));
        }
    }

    [Fact]
    public void AttachSkLookup_DescriptorOfAnotherKind_SaysSo()
    {
        Requires.Kernel(5, 9, "sk_lookup");
        using Hooks hooks = Hooks.Of("socket_hooks", "look_up_nothing", "filter");
        using BpfHandle directory = CgroupFixture.Open("/tmp");

        Assert.Equal(
            "the descriptor is of no network namespace",
            Assert.Throws<BpfException>(() => hooks["look_up_nothing"].AttachSkLookup(directory)).Advice);
        Assert.Throws<InvalidOperationException>(() => hooks["filter"].AttachSkLookup());
        Assert.Throws<InvalidOperationException>(() => hooks["filter"].AttachFlowDissector());
    }

    [Fact]
    public void AttachFlowDissector_Namespace_RunsAndTakesOne()
    {
        Requires.Kernel(6, 2, "flow dissectors that leave packets to the kernel's own");
        using Hooks hooks = Hooks.Of("socket_hooks", "dissect", "dissect_nothing");
        using VirtualInterfaces interfaces = new();
        using BpfHandle socket = SocketOfAGroup();

        using (BpfLink link = hooks["dissect"].AttachFlowDissector())
        {
            Assert.Equal(LinkType.Netns, link.Type);
            interfaces.SendFromPeer(Packets.Udp());
            Assert.True(SpinWait.SpinUntil(() => hooks.Seen > 0, TimeSpan.FromSeconds(20)));

            BpfException error = Assert.Throws<BpfException>(() => hooks["dissect_nothing"].AttachFlowDissector());
            Assert.Equal(
                (Errno.E2BIG, $"the namespace has a flow dissector (program \"dissect\" (id {hooks["dissect"].Id})), and takes one"),
                (error.Errno, error.Advice));
            link.Update(hooks["dissect_nothing"]);
            link.Update(hooks["dissect"], expected: hooks["dissect_nothing"]);
        }

        Assert.Empty(HookPrograms.OfNetworkNamespace(null, AttachType.FlowDissector).Programs);
    }

    [Fact]
    public void AttachSkLookup_AnyCallFails_LeavesNothingOpen()
    {
        Requires.Kernel(5, 9, "sk_lookup");
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using Hooks hooks = Hooks.On(kernel, "socket_hooks", "look_up_nothing");
            int before = kernel.OpenDescriptors;
            (kernel.FailingCall, kernel.FailingWith) = (kernel.Calls + call, Errno.EIO);
            try
            {
                hooks["look_up_nothing"].AttachSkLookup().Dispose();
            }
            catch (BpfException)
            {
            }

            Assert.Equal(before, kernel.OpenDescriptors);
            if (kernel.FailingCall > kernel.Calls) break;
        }
    }

    private static Socket Listener()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    /// <summary>A port that nobody has, and that the kernel gives to nobody who does not ask for it.</summary>
    private static int FreePort()
    {
        for (int port = 10_000 + (Environment.ProcessId % 10_000); ; port++)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
            }
        }
    }

    private static BpfHandle OpenNamespace(string path)
    {
        RunningKernel kernel = RunningKernel.Instance;
        BpfHandle? handle = BpfHandle.Take(kernel, kernel.Open(path, OpenMode.ReadOnly), out Errno error);
        Assert.Equal(Errno.None, error);
        return handle!;
    }

    /// <summary>A packet socket of a group that chooses by the hash of a packet, for which the kernel takes every packet apart.</summary>
    private static BpfHandle SocketOfAGroup()
    {
        const int family = 17, raw = 3, allInNetworkOrder = 0x0300, level = 263, fanout = 18;
        RunningKernel kernel = RunningKernel.Instance;
        BpfHandle? socket = BpfHandle.Take(kernel, kernel.Socket(family, raw, allInNetworkOrder), out Errno error);
        Assert.Equal(Errno.None, error);
        using BorrowedDescriptor borrowed = socket.Borrow();
        Assert.False(kernel.SetSocketOption(borrowed.Descriptor, level, fanout, BitConverter.GetBytes(Environment.ProcessId & 0xffff)).Failed);
        return socket!;
    }
}
