using System.Net;
using System.Net.Sockets;

namespace Ebpf.Tests.Maps;

/// <summary>Two sockets that are connected over the loopback interface.</summary>
internal sealed class TcpPair : IDisposable
{
    public TcpPair()
    {
        using Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        Client.Connect(listener.LocalEndPoint!);
        Server = listener.Accept();
        Client.ReceiveTimeout = Server.ReceiveTimeout = 10_000;
    }

    public Socket Client { get; } = new(SocketType.Stream, ProtocolType.Tcp);

    public Socket Server { get; }

    /// <summary>The number by which the kernel knows a socket.</summary>
    public static ulong CookieOf(Socket socket)
    {
        const int socketLevel = 1, cookie = 57;
        byte[] value = new byte[sizeof(ulong)];
        socket.GetRawSocketOption(socketLevel, cookie, value);
        return BitConverter.ToUInt64(value);
    }

    /// <summary>What arrives next, as text.</summary>
    public static string Receive(Socket socket)
    {
        byte[] buffer = new byte[100];
        return System.Text.Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
