using System.Net;
using System.Net.Sockets;

namespace PacketCounter.Demo;

/// <summary>Sends back what arrives at the echo port (RFC 862), by UDP and by TCP.</summary>
internal static class EchoServer
{
    public const int Port = 7;

    private const int BufferSize = 2048;

    /// <summary>Accepts clients from the moment it returns, and until it is stopped.</summary>
    public static Task ServeAsync(IPAddress address, CancellationToken stop)
    {
        var endPoint = new IPEndPoint(address, Port);
        var udp = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(endPoint);
        var tcp = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(endPoint);
        tcp.Listen();
        return Task.WhenAll(ServeUdpAsync(udp, stop), ServeTcpAsync(tcp, stop));
    }

    private static async Task ServeUdpAsync(Socket server, CancellationToken stop)
    {
        using (server)
        {
            byte[] buffer = new byte[BufferSize];
            while (true)
            {
                SocketReceiveFromResult received = await server.ReceiveFromAsync(buffer, server.LocalEndPoint!, stop);
                await server.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint, stop);
            }
        }
    }

    private static async Task ServeTcpAsync(Socket server, CancellationToken stop)
    {
        using (server)
        {
            byte[] buffer = new byte[BufferSize];
            while (true)
            {
                using Socket client = await server.AcceptAsync(stop);
                client.NoDelay = true;
                while (await client.ReceiveAsync(buffer, stop) is > 0 and int received)
                    await client.SendAsync(buffer.AsMemory(0, received), stop);
            }
        }
    }
}
