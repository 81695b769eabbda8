using System.Net;
using System.Net.Sockets;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Links;

/// <summary>Programs of maps of sockets, of single sockets and of groups of them.</summary>
public sealed class SocketHookTests
{
    private const int SocketLevel = 1, ReusePort = 15, LockFilter = 44;

    [Fact]
    public void AttachSockMap_MessageProgram_RedirectsWhatIsSent()
    {
        using Hooks hooks = Hooks.Of("socket_hooks", "on_message");
        using TcpPair one = new(), two = new();
        BpfSockMap<uint> sockets = hooks.Map("sockets").AsSockMap<uint>();

        using (BpfLink link = hooks["on_message"].AttachSockMap(hooks.Map("sockets")))
        {
            Assert.Equal((LinkType.SockMap, HasLinks), (link.Type, link.Handle is not null));
            sockets.Update(0, one.Client);
            sockets.Update(1, two.Server);
            hooks.Set("slot", 1u);
            one.Client.Send("crossed"u8);

            Assert.Equal("crossed", TcpPair.Receive(two.Server));
            Assert.Equal(1ul, hooks.Seen);
        }

        Assert.Empty(ProgramsOf(hooks.Map("sockets"), AttachType.SkMsgVerdict));
    }

    [Fact]
    public void AttachSockMap_ParserAndVerdict_ForwardWhatArrives()
    {
        using Hooks hooks = Hooks.Of("socket_hooks", "parse", "stream_verdict");
        using TcpPair one = new(), two = new();
        BpfSockMap<uint> sockets = hooks.Map("sockets").AsSockMap<uint>();
        using BpfLink parser = hooks["parse"].AttachSockMap(hooks.Map("sockets"));
        using BpfLink verdict = hooks["stream_verdict"].Attach(AttachPoint.SockMap(hooks.Map("sockets")));

        sockets.Update(0, one.Server);
        sockets.Update(1, two.Server);
        hooks.Set("slot", 1u);
        one.Client.Send("forwarded"u8);

        Assert.Equal("forwarded", TcpPair.Receive(two.Client));
    }

    [Fact]
    public void AttachSockMap_VerdictWithoutParser_ForwardsWhatArrives()
    {
        Requires.Kernel(5, 13, "verdicts without a parser");
        using Hooks hooks = Hooks.Of("socket_hooks", "verdict", "stream_verdict");
        using TcpPair one = new(), two = new();
        BpfSockMap<uint> sockets = hooks.Map("sockets").AsSockMap<uint>();
        using BpfLink link = hooks["verdict"].AttachSockMap(hooks.Map("sockets"));
        sockets.Update(0, one.Server);
        sockets.Update(1, two.Server);
        hooks.Set("slot", 1u);
        one.Client.Send("forwarded"u8);

        Assert.Equal("forwarded", TcpPair.Receive(two.Client));
        BpfException error = Assert.Throws<BpfException>(() => hooks["stream_verdict"].AttachSockMap(hooks.Map("sockets")));
        Assert.Equal(Errno.EBUSY, error.Errno);
        Assert.Contains("stream_verdict and verdict exclude each other", error.Advice);
    }

    [Fact]
    public void AttachSockMap_PlaceThatIsTaken_SaysByWhich()
    {
        Requires.Kernel(5, 18, "asking for the programs of a map of sockets");
        using Hooks hooks = Hooks.Of("socket_hooks", "on_message", "on_message_too");
        using BpfLink first = hooks["on_message"].AttachSockMap(hooks.Map("sockets"));

        BpfException error = Assert.Throws<BpfException>(() => hooks["on_message_too"].AttachSockMap(hooks.Map("sockets")));

        Assert.Equal(Errno.EBUSY, error.Errno);
        Assert.StartsWith($"the map has program \"on_message\" (id {hooks["on_message"].Id}) attached as SkMsgVerdict already", error.Advice);
    }

    [Fact]
    public void AttachSockMap_KernelWithoutLinks_IsDetachedByDisposing()
    {
        FaultyKernel kernel = WithoutLinks();
        using Hooks hooks = Hooks.On(kernel, "socket_hooks", "on_message", "on_message_too");
        BpfMap map = hooks.Map("sockets");
        using TcpPair pair = new();

        BpfLink link = hooks["on_message_too"].AttachSockMap(map);
        map.AsSockMap<uint>().Update(0, pair.Client);
        pair.Client.Send("passed"u8);

        Assert.Equal("passed", TcpPair.Receive(pair.Server));
        Assert.Equal(1ul, hooks.Get<ulong>("seen_second"));
        Assert.Null(link.Handle);
        Assert.Throws<NotSupportedException>(() => link.Pin("/sys/fs/bpf/nothing"));
        link.Update(hooks["on_message"], expected: hooks["on_message_too"]);
        Assert.Equal([hooks["on_message"].Id], ProgramsOf(map, AttachType.SkMsgVerdict));
        link.Dispose();
        Assert.Empty(ProgramsOf(map, AttachType.SkMsgVerdict));
    }

    [Fact]
    public void Dispose_KernelWithoutLinks_LeavesASuccessorAlone()
    {
        Requires.Kernel(5, 18, "asking for the programs of a map of sockets");
        FaultyKernel kernel = WithoutLinks();
        using Hooks hooks = Hooks.On(kernel, "socket_hooks", "on_message", "on_message_too");
        BpfMap map = hooks.Map("sockets");
        BpfLink link = hooks["on_message"].AttachSockMap(map);
        using BpfProgram other = AttachDirectly(hooks["on_message_too"], map);

        Assert.Equal(true, link.IsDetached());
        link.Dispose();

        Assert.Equal([hooks["on_message_too"].Id], ProgramsOf(map, AttachType.SkMsgVerdict));
    }

    [Fact]
    public void AttachSockMap_KernelWithoutLinks_PutsNobodyOut()
    {
        Requires.Kernel(5, 18, "asking for the programs of a map of sockets");
        using Hooks hooks = Hooks.On(WithoutLinks(), "socket_hooks", "on_message", "on_message_too");
        using BpfLink link = hooks["on_message"].AttachSockMap(hooks.Map("sockets"));

        BpfException error = Assert.Throws<BpfException>(() => hooks["on_message_too"].AttachSockMap(hooks.Map("sockets")));

        Assert.Equal(Errno.EBUSY, error.Errno);
        Assert.StartsWith("the map has program \"on_message\"", error.Advice);
        Assert.Equal([hooks["on_message"].Id], ProgramsOf(hooks.Map("sockets"), AttachType.SkMsgVerdict));
    }

    [Fact]
    public void AttachSockMap_ProgramThatDoesNotSayWhich_IsToldSo()
    {
        using Hooks hooks = Hooks.Of("socket_hooks", "any_verdict", "filter");
        BpfMap map = hooks.Map("sockets");

        Assert.Contains(
            "SockMapOptions.AttachType has to",
            Assert.Throws<InvalidOperationException>(() => hooks["any_verdict"].AttachSockMap(map)).Message);
        Assert.Throws<InvalidOperationException>(
            () => hooks["any_verdict"].AttachSockMap(map, new SockMapOptions { AttachType = AttachType.SkMsgVerdict }));
        Assert.Throws<InvalidOperationException>(() => hooks["filter"].AttachSockMap(map));
        Assert.Throws<ArgumentException>(
            () => hooks["any_verdict"].AttachSockMap(hooks.Map(".bss"), new SockMapOptions { AttachType = AttachType.SkSkbVerdict }));
        using BpfLink link = hooks["any_verdict"].AttachSockMap(map, new SockMapOptions { AttachType = AttachType.SkSkbStreamVerdict });
        using TcpPair pair = new();
        map.AsSockMap<uint>().Update(0, pair.Server);
        pair.Client.Send("passed"u8);
        Assert.True(SpinWait.SpinUntil(() => hooks.Seen > 0, TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AttachSockMap_AnyCallFails_LeavesNothingAttachedAndNothingOpen(bool withoutLinks)
    {
        Requires.Kernel(5, 18, "asking for the programs of a map of sockets");
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = withoutLinks ? WithoutLinks() : new();
            using Hooks hooks = Hooks.On(kernel, "socket_hooks", "on_message");
            int before = kernel.OpenDescriptors;
            (kernel.FailingCall, kernel.FailingWith) = (kernel.Calls + call, Errno.EIO);
            try
            {
                BpfLink link = hooks["on_message"].AttachSockMap(hooks.Map("sockets"));
                bool isOver = kernel.FailingCall > kernel.Calls;
                kernel.FailingCall = 0;
                link.Dispose();
                Assert.Equal(before, kernel.OpenDescriptors);
                if (isOver) break;
            }
            catch (BpfException)
            {
            }

            kernel.FailingCall = 0;
            Assert.Empty(ProgramsOf(hooks.Map("sockets"), AttachType.SkMsgVerdict));
            Assert.Equal(before, kernel.OpenDescriptors);
        }
    }

    [Fact]
    public void AttachSocketFilter_Socket_CutsWhatItReceivesUntilItIsRemoved()
    {
        using Hooks hooks = Hooks.Of("socket_hooks", "filter");
        using Socket receiver = Udp(), sender = Udp();
        const int header = 8;
        hooks.Set("limit", header + 3u);

        hooks["filter"].AttachSocketFilter(receiver);
        sender.SendTo("shortened"u8, receiver.LocalEndPoint!);
        Assert.Equal("sho", TcpPair.Receive(receiver));

        hooks.Set("limit", 0u);
        sender.SendTo("dropped"u8, receiver.LocalEndPoint!);
        Assert.True(BpfProgram.DetachSocketFilter(receiver));
        sender.SendTo("whole"u8, receiver.LocalEndPoint!);
        Assert.Equal("whole", TcpPair.Receive(receiver));
        Assert.False(BpfProgram.DetachSocketFilter(receiver));
        Assert.Equal(2ul, hooks.Seen);
    }

    [Fact]
    public void AttachSocketFilter_Program_OutlivesItsDescriptor()
    {
        using Hooks hooks = Hooks.Of("socket_hooks", "filter");
        using Socket receiver = Udp(), sender = Udp();
        hooks.Set("limit", 100u);
        using (BpfProgram other = hooks["filter"].Duplicate()) other.AttachSocketFilter(receiver);

        sender.SendTo("passed"u8, receiver.LocalEndPoint!);

        Assert.Equal("passed", TcpPair.Receive(receiver));
        Assert.Equal(1ul, hooks.Seen);
    }

    [Fact]
    public void AttachSocketFilter_LockedSocket_SaysSo()
    {
        using Hooks hooks = Hooks.Of("socket_hooks", "filter");
        using Socket socket = Udp();
        hooks["filter"].AttachSocketFilter(socket);
        socket.SetRawSocketOption(SocketLevel, LockFilter, BitConverter.GetBytes(1));

        Assert.Equal(
            "the filter of the socket is locked (SO_LOCK_FILTER)",
            Assert.Throws<BpfException>(() => hooks["filter"].AttachSocketFilter(socket)).Advice);
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => BpfProgram.DetachSocketFilter(socket)).Errno);
    }

    [Fact]
    public void AttachSocketFilter_WrongProgramOrClosedSocket_IsAMistake()
    {
        using Hooks hooks = Hooks.Of("socket_hooks", "filter", "on_message");
        Socket socket = Udp();

        Assert.Throws<InvalidOperationException>(() => hooks["on_message"].AttachSocketFilter(socket));
        Assert.Throws<InvalidOperationException>(() => hooks["on_message"].AttachReuseport(socket));
        socket.Dispose();
        Assert.Throws<ObjectDisposedException>(() => hooks["filter"].AttachSocketFilter(socket));
    }

    [Theory]
    [InlineData("choose")]
    [InlineData("choose_by_number")]
    public void AttachReuseport_Program_ChoosesTheSocket(string program)
    {
        using Hooks hooks = Hooks.Of("socket_hooks", program);
        using Socket first = SharedPort(0), second = SharedPort(((IPEndPoint)first.LocalEndPoint!).Port), sender = Udp();
        hooks.Map("group").AsReuseportSockArray().Update(0, first);
        hooks.Map("group").AsReuseportSockArray().Update(1, second);
        hooks[program].AttachReuseport(first);

        foreach ((uint slot, Socket socket) in (ReadOnlySpan<(uint, Socket)>)[(1, second), (0, first), (1, second)])
        {
            hooks.Set("slot", slot);
            sender.SendTo("chosen"u8, first.LocalEndPoint!);
            Assert.Equal("chosen", TcpPair.Receive(socket));
        }

        Assert.Equal(3ul, hooks.Seen);
        Assert.True(BpfProgram.DetachReuseport(second));
        Assert.False(BpfProgram.DetachReuseport(first));
    }

    [Fact]
    public void AttachReuseport_SocketThatSharesNoPort_SaysSo()
    {
        using Hooks hooks = Hooks.Of("socket_hooks", "choose_by_number");
        using Socket socket = Udp();

        BpfException error = Assert.Throws<BpfException>(() => hooks["choose_by_number"].AttachReuseport(socket));

        Assert.Equal("the socket shares no port: set SO_REUSEPORT on it before it is bound", error.Advice);
    }

    [Fact]
    public void AttachLirc_NoReceiver_SaysSo()
    {
        Assert.SkipUnless(
            KernelFeatures.Running.Of(ProgramType.LircMode2).Support == FeatureSupport.Supported, "this kernel has no programs for infrared receivers");
        using Hooks hooks = Hooks.Of("socket_hooks", "infrared", "filter");

        Assert.Equal("there is no such device", Assert.Throws<BpfException>(() => hooks["infrared"].AttachLirc("/dev/no-lirc")).Advice);
        Assert.Throws<InvalidOperationException>(() => hooks["filter"].AttachLirc("/dev/null"));
        BpfException error = Assert.Throws<BpfException>(() => hooks["infrared"].Attach(AttachPoint.Lirc("/dev/null")));
        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.StartsWith("it is no infrared receiver", error.Advice);
    }

    [Fact]
    public void AttachLirc_LoopbackReceiver_SeesTheSignals()
    {
        const string device = "/dev/lirc0";
        Assert.SkipUnless(File.Exists(device), "this machine has no infrared receiver: modprobe rc-loopback");
        FaultyKernel kernel = new();
        using Hooks hooks = Hooks.On(kernel, "socket_hooks", "infrared", "infrared_too");
        int before = kernel.OpenDescriptors;

        using (BpfLink link = hooks["infrared"].AttachLirc(device))
        using (BpfLink other = hooks["infrared_too"].AttachLirc(device))
        {
            using FileStream send = new(device, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            send.Write([.. BitConverter.GetBytes(1000), .. BitConverter.GetBytes(500), .. BitConverter.GetBytes(1000)]);
            Assert.True(SpinWait.SpinUntil(() => hooks.Seen > 0, TimeSpan.FromSeconds(20)));
            Assert.Equal(
                "the program is attached there already", Assert.Throws<BpfException>(() => hooks["infrared"].AttachLirc(device)).Advice);
            Assert.Equal([hooks["infrared"].Id, hooks["infrared_too"].Id], HookPrograms.OfLirc(device).Programs.Select(each => each.ProgramId));
            Assert.Throws<NotSupportedException>(() => link.Update(hooks["infrared_too"]));
            Assert.Equal(false, link.IsDetached());
        }

        Assert.Empty(HookPrograms.OfLirc(device).Programs);
        Assert.Equal(before, kernel.OpenDescriptors);
    }

    private static bool HasLinks => KernelFeatures.Running.KernelVersion >= new Version(6, 10);

    private static FaultyKernel WithoutLinks() => new()
    {
        OnBpf = static (command, _) => command == BpfCommand.LinkCreate ? Errno.EINVAL : null,
    };

    private static IEnumerable<uint> ProgramsOf(BpfMap map, AttachType type) =>
        KernelFeatures.Running.KernelVersion < new Version(5, 18) ? [] : HookPrograms.OfSockMap(map, type).Programs.Select(each => each.ProgramId);

    /// <summary>As somebody else would, who does not ask whether the place is taken.</summary>
    private static BpfProgram AttachDirectly(BpfProgram program, BpfMap map)
    {
        using BorrowedDescriptor borrowed = program.Handle.Borrow(), target = map.Handle.Borrow();
        ProgramAttachAttr attr = new() { Target = target.Descriptor, Program = borrowed.Descriptor, AttachType = AttachType.SkMsgVerdict };
        Assert.Equal(Errno.None, RunningKernel.Instance.AttachProgram(ref attr));
        return program.Duplicate();
    }

    private static Socket Udp()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static Socket SharedPort(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }
}
