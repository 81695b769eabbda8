using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace PacketCounter.Demo;

/// <summary>Sends back what arrives at the echo port (RFC 862), by UDP and by TCP.</summary>
internal sealed class EchoServer : IDisposable
{
    public const int Port = 7;

    private readonly Socket _udp;
    private readonly Socket _tcp;

    /// <summary>Is ready for clients when it returns.</summary>
    public EchoServer(IPAddress address)
    {
        _udp = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _tcp = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _udp.Bind(new IPEndPoint(address, Port));
        _tcp.Bind(new IPEndPoint(address, Port));
        _tcp.Listen();
    }

    /// <summary>Serves until it is stopped.</summary>
    public Task ServeAsync(CancellationToken stop) => Task.WhenAll(ServeUdpAsync(stop), ServeTcpAsync(stop));

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private async Task ServeUdpAsync(CancellationToken stop)
    {
        byte[] buffer = new byte[2048];
        var anyone = new IPEndPoint(_udp.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            SocketReceiveFromResult received = await _udp.ReceiveFromAsync(buffer, anyone, stop);
            await _udp.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint, stop);
        }
    }

    private async Task ServeTcpAsync(CancellationToken stop)
    {
        byte[] buffer = new byte[2048];
        while (true)
        {
            using Socket client = await _tcp.AcceptAsync(stop);
            client.NoDelay = true;
            while (await client.ReceiveAsync(buffer, stop) is > 0 and int received)
                await client.SendAsync(buffer.AsMemory(0, received), stop);
        }
    }
}
