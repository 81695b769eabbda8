using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Tests.Links.Network;

/// <summary>Makes netkit devices, which ip(8) of older distributions does not know.</summary>
internal static class NetkitDevices
{
    /// <summary>Makes a pair of devices with Ethernet headers.</summary>
    /// <returns>The kernel's words, or the error, if it refused; <c>null</c> if not.</returns>
    public static string? Add(string primary, string peer)
    {
        using NetlinkSocket socket = NetlinkSocket.Open(RunningKernel.Instance, out _)!;
        NetlinkWriter writer = new(
            stackalloc byte[256], NetlinkType.NewLink, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Acknowledge);
        writer.Append(default(InterfaceHeader));
        writer.Attribute(3, primary); // IFLA_IFNAME
        int information = writer.BeginNested(18);
        writer.Attribute(1, "netkit");
        int data = writer.BeginNested(2);
        int other = writer.BeginNested(1); // IFLA_NETKIT_PEER_INFO
        writer.Append(default(InterfaceHeader));
        writer.Attribute(3, peer);
        writer.EndNested(other);
        writer.Attribute(4, 0u); // IFLA_NETKIT_MODE: NETKIT_L2
        writer.EndNested(data);
        writer.EndNested(information);
        NetlinkAnswer answer = socket.Ask(writer.Finish());
        return answer.Failed ? answer.Text ?? answer.Error.ToString() : null;
    }
}
