using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ebpf.Tests;

/// <summary>A pair of virtual Ethernet interfaces without addresses: what one sends, the other receives.</summary>
internal sealed class VirtualInterfaces : IDisposable
{
    private static int _count;
    private readonly string _peer;

    /// <param name="index">The index of the first one; <c>null</c> for the next that is free.</param>
    public VirtualInterfaces(int? index = null)
    {
        int number = Interlocked.Increment(ref _count);
        Name = string.Create(CultureInfo.InvariantCulture, $"xt{Environment.ProcessId % 1_000_000}a{number}");
        _peer = string.Create(CultureInfo.InvariantCulture, $"xt{Environment.ProcessId % 1_000_000}b{number}");
        string[] chosen = index is { } first ? ["index", first.ToString(CultureInfo.InvariantCulture)] : [];
        Ip(["link", "add", Name, .. chosen, "type", "veth", "peer", "name", _peer]);
        try
        {
            foreach (string name in (string[])[Name, _peer])
            {
                // No router solicitations and the like: every packet is one that a test sent.
                File.WriteAllText($"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "1");
                Ip("link", "set", name, "up");
            }

            AwaitCarrier(Name);
            AwaitCarrier(_peer);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name { get; }

    public int Index => IndexOf(Name);

    public string PeerName => _peer;

    public int PeerIndex => IndexOf(_peer);

    /// <summary>What arrives at the interface.</summary>
    public void SendFromPeer(byte[] packet) => Send(packet, _peer);

    /// <summary>What leaves the interface.</summary>
    public void Send(byte[] packet) => Send(packet, Name);

    public void Dispose() => Ip("link", "delete", Name);

    private static int IndexOf(string name) =>
        int.Parse(File.ReadAllText($"/sys/class/net/{name}/ifindex"), CultureInfo.InvariantCulture);

    public static void Send(byte[] packet, string from)
    {
        using Socket socket = new(AddressFamily.Packet, SocketType.Raw, ProtocolType.Raw);
        Assert.Equal(packet.Length, socket.SendTo(packet, new LinkEndPoint(IndexOf(from))));
    }

    /// <summary>Waits until the kernel has noticed that both ends are up: before, it drops what is sent.</summary>
    public static void AwaitCarrier(string name) => Assert.True(SpinWait.SpinUntil(
        () => !Directory.Exists($"/sys/class/net/{name}") || File.ReadAllText($"/sys/class/net/{name}/operstate").Trim() == "up", TimeSpan.FromSeconds(20)));

    /// <summary>Runs ip(8).</summary>
    public static void Ip(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ip {string.Join(' ', arguments)}: {error}");
    }

    /// <summary><c>struct sockaddr_ll</c>: an interface.</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.Packet, 20);
            Span<byte> bytes = stackalloc byte[4];
            if (BitConverter.IsLittleEndian) BinaryPrimitives.WriteInt32LittleEndian(bytes, index);
            else BinaryPrimitives.WriteInt32BigEndian(bytes, index);
            for (int i = 0; i < bytes.Length; i++) address[4 + i] = bytes[i];
            return address;
        }
    }
}
