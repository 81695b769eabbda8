using Ebpf.Linux.Netlink;

namespace Ebpf;

/// <summary>Which packets of a network interface a traffic control program sees.</summary>
public enum TcDirection
{
    /// <summary>Those that arrive.</summary>
    Ingress,

    /// <summary>Those that leave.</summary>
    Egress,
}

/// <summary>Says directions as the kernel does.</summary>
internal static class TcDirections
{
    public static AttachType AttachType(this TcDirection direction) =>
        direction == TcDirection.Ingress ? Ebpf.AttachType.TcxIngress : Ebpf.AttachType.TcxEgress;

    /// <summary>The parent of the filters.</summary>
    public static uint Parent(this TcDirection direction) =>
        direction == TcDirection.Ingress ? TrafficMessages.Ingress : TrafficMessages.Egress;

    public static string Word(this TcDirection direction) => direction == TcDirection.Ingress ? "ingress" : "egress";
}
