using System.Net;
using System.Net.Sockets;

namespace PacketCounter.Demo;

/// <summary>
/// Two network namespaces joined by a veth pair: what is sent in one is counted as it arrives in the other. Nothing of it
/// can be seen from, or touches, the network of the machine.
/// </summary>
/// <param name="name">What tells the namespaces apart from those of another run.</param>
internal sealed class DemoNetwork(string name)
{
    public const string CountingInterface = "veth-count";
    public const string SendingInterface = "veth-send";

    /// <summary>The counting end, in ranges reserved for documentation (RFC 5737, RFC 3849).</summary>
    public static readonly IPAddress[] CountingAddresses = Socket.OSSupportsIPv6
        ? [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")]
        : [IPAddress.Parse("192.0.2.1")];

    private static readonly TimeSpan CarrierTimeout = TimeSpan.FromSeconds(10);

    public string Name { get; } = name;

    public string CountingNamespace { get; } = $"{name}-count";

    public string SendingNamespace { get; } = $"{name}-send";

    /// <summary>Makes everything; the sending end stays down, and silent, until <see cref="ConnectAsync"/>.</summary>
    public async Task CreateAsync()
    {
        await IpCommand.RunAsync("netns", "add", CountingNamespace);
        await IpCommand.RunAsync("netns", "add", SendingNamespace);
        await IpCommand.RunAsync(
            "-netns", CountingNamespace, "link", "add", CountingInterface, "type", "veth",
            "peer", "name", SendingInterface, "netns", SendingNamespace);
        await ConfigureAsync(CountingNamespace, CountingInterface, "192.0.2.1/24", "2001:db8::1/64");
        await ConfigureAsync(SendingNamespace, SendingInterface, "192.0.2.2/24", "2001:db8::2/64");
        await IpCommand.RunAsync("-netns", CountingNamespace, "link", "set", CountingInterface, "up");
    }

    /// <summary>Called in the counting namespace: brings the sending end up, and waits until packets can pass.</summary>
    public async Task ConnectAsync(CancellationToken stop)
    {
        await IpCommand.RunAsync("-netns", SendingNamespace, "link", "set", SendingInterface, "up");
        await WaitForCarrierAsync(CountingInterface, stop);
    }

    /// <summary>Waits until an interface of this process's namespace is up. The kernel may take a second.</summary>
    public static async Task WaitForCarrierAsync(string interfaceName, CancellationToken stop)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(CarrierTimeout);
        while (await File.ReadAllTextAsync($"/sys/class/net/{interfaceName}/operstate", stop) != "up\n")
        {
            await Task.Delay(20, timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.ThrowIfCancellationRequested();
            if (timeout.IsCancellationRequested) throw new DemoException($"{interfaceName} did not come up");
        }
    }

    /// <summary>Removes everything that is there, also after <see cref="CreateAsync"/> failed half-way.</summary>
    public async Task DeleteAsync()
    {
        foreach (string networkNamespace in (string[])[SendingNamespace, CountingNamespace])
        {
            // Ctrl-C reaches the ip command too: try again if it was struck down.
            for (int attempt = 1; File.Exists($"/run/netns/{networkNamespace}"); attempt++)
            {
                try
                {
                    await IpCommand.RunAsync("netns", "delete", networkNamespace);
                }
                catch (DemoException) when (attempt < 3)
                {
                }
            }
        }
    }

    private static async Task ConfigureAsync(string networkNamespace, string interfaceName, string ipv4, string ipv6)
    {
        await IpCommand.RunAsync("-netns", networkNamespace, "address", "add", ipv4, "dev", interfaceName);
        if (!Socket.OSSupportsIPv6) return;

        // No link-local address, and no search for duplicates: the kernel sends next to nothing of its own.
        await IpCommand.RunAsync("-netns", networkNamespace, "link", "set", interfaceName, "addrgenmode", "none");
        await IpCommand.RunAsync("-netns", networkNamespace, "address", "add", ipv6, "dev", interfaceName, "nodad");
    }
}
