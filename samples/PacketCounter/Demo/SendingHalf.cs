using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace PacketCounter.Demo;

/// <summary>
/// Runs in the sending namespace: sends, then says on standard output how much, and stays until its standard input ends,
/// so that the kernel's statistics of its namespace can be read.
/// </summary>
/// <remarks>
/// Waits for the answer to everything before it sends the next: no queue can run over, and TCP never has two messages to
/// put into one packet.
/// </remarks>
internal static class SendingHalf
{
    public const string Command = "demo-send";

    private const int Rounds = 25;
    private const int DatagramsPerRound = 10;
    private const int MessagesPerConnection = 3;

    /// <summary>The pace at which there is something to look at. A slow machine takes longer; nothing depends on it.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(0.25);

    /// <summary>Some ten times what is needed: it is there to end a demo that hangs.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(CancellationToken signals)
    {
        using CancellationTokenSource stop = ParentWatch.Start(signals);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        deadline.CancelAfter(Deadline);
        try
        {
            await DemoNetwork.WaitForCarrierAsync(DemoNetwork.SendingInterface, deadline.Token);
            SentTraffic sent = await SendAsync(deadline.Token);
            Console.WriteLine(sent.Format());
            await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return DemoCommand.Interrupted;
        }
        catch (OperationCanceledException)
        {
            throw new DemoException($"sending was not done after {Deadline.TotalSeconds:0} seconds");
        }
        catch (Exception error) when (error is SocketException or PingException)
        {
            throw new DemoException($"sending failed: {error.InnerException?.Message ?? error.Message}");
        }
    }

    private static async Task<SentTraffic> SendAsync(CancellationToken stop)
    {
        var sent = new SentTraffic();
        long start = Stopwatch.GetTimestamp();
        for (int round = 1; round <= Rounds; round++)
        {
            foreach (IPAddress address in DemoNetwork.CountingAddresses)
            {
                sent += await SendDatagramsAsync(address, stop);
                sent += await SendStreamAsync(address, stop);
                sent += await SendEchoAsync(address, stop);
            }
            TimeSpan ahead = round * Round - Stopwatch.GetElapsedTime(start);
            if (ahead > TimeSpan.Zero) await Task.Delay(ahead, stop);
        }
        return sent;
    }

    private static async Task<SentTraffic> SendDatagramsAsync(IPAddress address, CancellationToken stop)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(address, EchoServer.Port, stop);
        for (int i = 0; i < DatagramsPerRound; i++) await ExchangeAsync(socket, 32 << (i % 6), stop);
        return new SentTraffic(Udp: DatagramsPerRound);
    }

    private static async Task<SentTraffic> SendStreamAsync(IPAddress address, CancellationToken stop)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, EchoServer.Port, stop);
        for (int i = 0; i < MessagesPerConnection; i++) await ExchangeAsync(socket, 200 << i, stop);

        // Closed in good order: the server sees the end, closes its side, and the last acknowledgement is on its way.
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(new byte[1], stop);
        return new SentTraffic(Connections: 1);
    }

    private static async Task<SentTraffic> SendEchoAsync(IPAddress address, CancellationToken stop)
    {
        using var ping = new Ping();
        await ping.SendPingAsync(address, PingTimeout, buffer: null, options: null, stop);
        return address.AddressFamily == AddressFamily.InterNetwork ? new SentTraffic(Echo: 1) : new SentTraffic(EchoV6: 1);
    }

    /// <summary>Sends a message, and waits until as many bytes have come back.</summary>
    private static async Task ExchangeAsync(Socket socket, int length, CancellationToken stop)
    {
        byte[] message = new byte[length];
        await socket.SendAsync(message, stop);
        for (int received = 0; received < length;)
        {
            int count = await socket.ReceiveAsync(message, stop);
            if (count == 0) throw new DemoException("the echo server closed the connection");
            received += count;
        }
    }
}
