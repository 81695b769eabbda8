using System.Net;
using System.Net.Sockets;
using Ebpf.Linux;

namespace Ebpf.Tests.Maps;

public sealed class SocketMapTests
{
    [Fact]
    public void SockMap_MessageRedirect_GoesToTheOtherConnection()
    {
        using LoadedMaps maps = new("map_network", ["redirect_message"]);
        using TcpPair one = new(), two = new();
        BpfSockMap<uint> sockets = maps["socket_array"].AsSockMap<uint>();
        using IDisposable attached = maps.Attach("redirect_message", maps["socket_array"].Handle);

        sockets.Update(0, one.Client);
        sockets.Update(1, two.Server);
        maps.Set("slot", 1u);
        one.Client.Send("crossed"u8);

        Assert.Equal("crossed", TcpPair.Receive(two.Server));
    }

    [Fact]
    public void SockHash_MessageRedirect_GoesToTheOtherConnection()
    {
        using LoadedMaps maps = new("map_network", ["redirect_message_by_hash"]);
        using TcpPair one = new(), two = new();
        BpfSockMap<ulong> sockets = maps["socket_hash"].AsSockMap<ulong>();
        using IDisposable attached = maps.Attach("redirect_message_by_hash", maps["socket_hash"].Handle);

        sockets.Update(10, one.Client);
        sockets.Update(20, two.Server);
        maps.Set("slot", 20u);
        one.Client.Send("hashed"u8);

        Assert.Equal("hashed", TcpPair.Receive(two.Server));
    }

    [Fact]
    public void SockMap_StreamVerdict_ForwardsWhatArrives()
    {
        using LoadedMaps maps = new("map_network", ["redirect_stream", "parse_stream"]);
        using TcpPair one = new(), two = new();
        BpfSockMap<uint> sockets = maps["socket_array"].AsSockMap<uint>();
        using IDisposable parser = maps.Attach("parse_stream", maps["socket_array"].Handle);
        using IDisposable verdict = maps.Attach("redirect_stream", maps["socket_array"].Handle);

        sockets.Update(0, one.Server);
        sockets.Update(1, two.Server);
        maps.Set("slot", 1u);
        one.Client.Send("forwarded"u8);

        Assert.Equal("forwarded", TcpPair.Receive(two.Client));
    }

    [Theory]
    [InlineData("socket_array")]
    [InlineData("socket_hash")]
    public void SockMap_TellsCookies(string name)
    {
        using LoadedMaps maps = new("map_network", [], name);
        using TcpPair pair = new();
        if (name == "socket_array") Check(maps[name].AsSockMap<uint>(), pair, 2u, 3u);
        else Check(maps[name].AsSockMap<ulong>(), pair, 2UL, 3UL);

        static void Check<TKey>(BpfSockMap<TKey> sockets, TcpPair pair, TKey key, TKey other)
            where TKey : unmanaged
        {
            Assert.True(sockets.TryAdd(key, pair.Client));
            Assert.False(sockets.TryAdd(key, pair.Server));
            sockets.Update(other, pair.Server);

            Assert.True(sockets.TryGetCookie(key, out ulong cookie));
            Assert.Equal(TcpPair.CookieOf(pair.Client), cookie);
            List<(TKey, ulong)> seen = [];
            foreach ((TKey at, ulong value) in sockets) seen.Add((at, value));
            Assert.Equal([(key, cookie), (other, TcpPair.CookieOf(pair.Server))], seen.Order());

            Assert.True(sockets.Remove(key));
            Assert.False(sockets.Remove(key));
            Assert.False(sockets.TryGetCookie(key, out cookie));
            Assert.Equal(0UL, cookie);
            sockets.Clear();
            Assert.False(sockets.TryGetCookie(other, out _));
        }
    }

    [Fact]
    public void SockMap_WithSmallValues_CannotBeRead()
    {
        using BpfMap map = Make.Map(MapType.SockMap, valueSize: 4);
        using TcpPair pair = new();
        BpfSockMap<uint> sockets = map.AsSockMap<uint>();
        sockets.Update(1, pair.Client);

        Assert.StartsWith(
            "The sockets in map \"test\" cannot be read: its values have 4 bytes",
            Assert.Throws<NotSupportedException>(() => sockets.TryGetCookie(1, out _)).Message);
        Assert.Throws<NotSupportedException>(() => sockets.GetEnumerator());
        sockets.Clear();
        Assert.False(sockets.Remove(1));
    }

    [Fact]
    public void SockMap_SocketThatIsNotConnected_SaysWhatItTakes()
    {
        using BpfMap map = Make.Map(MapType.SockMap, valueSize: 4);
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);

        BpfException error = Assert.Throws<BpfException>(() => map.AsSockMap<uint>().Update(0, socket));

        Assert.StartsWith("Put a socket in map \"test\": EOPNOTSUPP: the map does not take a socket of this kind", error.Message);
    }

    [Fact]
    public void ReuseportSockArray_Program_ChoosesTheSocket()
    {
        using LoadedMaps maps = new("map_network", ["choose"]);
        using Socket first = SharedPort(0), second = SharedPort(((IPEndPoint)first.LocalEndPoint!).Port);
        BpfReuseportSockArray listeners = maps["listeners"].AsReuseportSockArray();
        listeners.Update(0, first);
        listeners.Update(3, second);
        Choose(first, maps.Program("choose"));
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

        maps.Set("slot", 3u);
        client.SendTo("three"u8, first.LocalEndPoint!);
        Assert.Equal("three", TcpPair.Receive(second));
        maps.Set("slot", 0u);
        client.SendTo("zero"u8, first.LocalEndPoint!);
        Assert.Equal("zero", TcpPair.Receive(first));

        Assert.True(listeners.TryGetCookie(3, out ulong cookie));
        Assert.Equal(TcpPair.CookieOf(second), cookie);
        Assert.Equal([0u, 3u], listeners.Select(pair => pair.Key));
        Assert.Equal(
            "Put a socket in map \"listeners\": EEXIST: there is a socket in this slot",
            Assert.Throws<BpfException>(() => listeners.Update(0, first, MapUpdateFlags.NoExist)).Message);
        Assert.True(listeners.Remove(3));
        Assert.False(listeners.Remove(3));
        Assert.False(listeners.TryGetCookie(3, out _));
        listeners.Clear();
        Assert.Empty(listeners);
    }

    [Fact]
    public void ReuseportSockArray_SocketThatSharesNoPort_SaysWhatItTakes()
    {
        using LoadedMaps maps = new("map_network", [], "listeners");
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        BpfException error = Assert.Throws<BpfException>(() => maps["listeners"].AsReuseportSockArray().Update(0, socket));

        Assert.Contains("with SO_REUSEPORT set before", error.Message);
    }

    [Fact]
    public void XskMap_TakesAfXdpSockets()
    {
        using LoadedMaps maps = new("map_network", ["to_socket"]);
        BpfXskMap sockets = maps["af_xdp"].AsXskMap();
        using BpfHandle socket = AfXdpSocket(), other = AfXdpSocket();
        const int redirect = 4, drop = 1;

        sockets.Update(2, socket);
        Assert.Equal(redirect, maps.Run("to_socket", "slot", 2u));
        Assert.Equal(Errno.EEXIST, Assert.Throws<BpfException>(() => sockets.Update(2, other, MapUpdateFlags.NoExist)).Errno);
        sockets.Clear(2);
        Assert.Equal(drop, maps.Run("to_socket"));
        sockets.Update(2, socket, MapUpdateFlags.NoExist);
        sockets.Clear();
        Assert.Equal(drop, maps.Run("to_socket"));
        Assert.Contains("the index is not below 4", Assert.Throws<BpfException>(() => sockets.Update(4, socket)).Message);
        Assert.Contains("the index is not below 4", Assert.Throws<BpfException>(() => sockets.Clear(4)).Message);
    }

    [Fact]
    public void XskMap_OtherSocket_SaysWhatItTakes()
    {
        using BpfMap map = Make.Map(MapType.XskMap, valueSize: 4);
        using Socket socket = SharedPort(0);

        BpfException error = Assert.Throws<BpfException>(() => map.AsXskMap().Update(0, socket.SafeHandle));

        Assert.Contains("the socket is no AF_XDP socket", error.Message);
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using LoadedMaps maps = new("map_network", [], "socket_hash", "listeners", "af_xdp");
        using TcpPair pair = new();
        using Socket shared = SharedPort(0);
        using BpfHandle xdp = AfXdpSocket();
        BpfSockMap<ulong> sockets = maps["socket_hash"].AsSockMap<ulong>();
        BpfReuseportSockArray listeners = maps["listeners"].AsReuseportSockArray();
        BpfXskMap afXdp = maps["af_xdp"].AsXskMap();

        Allocations.AssertNone(() =>
        {
            sockets.Update(1, pair.Client);
            sockets.TryAdd(1, pair.Client);
            sockets.TryGetCookie(1, out _);
            sockets.Remove(1);
            sockets.Clear();
            listeners.Update(1, shared);
            listeners.TryGetCookie(1, out _);
            listeners.Remove(1);
            afXdp.Update(1, xdp);
            afXdp.Clear(1);
        });
    }

    private static Socket SharedPort(int port)
    {
        const int socketLevel = 1, reusePort = 15;
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.SetRawSocketOption(socketLevel, reusePort, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private static void Choose(Socket socket, BpfProgram program)
    {
        const int socketLevel = 1, attachReuseport = 52;
        using BorrowedDescriptor borrowed = program.Handle.Borrow();
        socket.SetRawSocketOption(socketLevel, attachReuseport, BitConverter.GetBytes(borrowed.Descriptor));
    }

    private static BpfHandle AfXdpSocket()
    {
        const int family = 44, raw = 3, level = 283, receiveRing = 2, fillRing = 5;
        RunningKernel kernel = RunningKernel.Instance;
        BpfHandle? socket = BpfHandle.Take(kernel, kernel.Socket(family, raw, 0), out Errno error);
        Assert.Equal(Errno.None, error);
        using BorrowedDescriptor borrowed = socket.Borrow();
        foreach (int ring in (int[])[receiveRing, fillRing])
            Assert.False(kernel.SetSocketOption(borrowed.Descriptor, level, ring, BitConverter.GetBytes(64)).Failed);
        return socket!;
    }
}
