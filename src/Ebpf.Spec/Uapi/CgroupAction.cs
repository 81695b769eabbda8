namespace Ebpf;

/// <summary>
/// What a program that is attached to a cgroup returns about a device, a socket, an address, a socket option or a sysctl. Where
/// programs of several cgroups apply, all must allow.
/// </summary>
/// <remarks>For packets, see <see cref="CgroupSkbAction"/>.</remarks>
[Flags]
public enum CgroupAction : uint
{
    /// <summary>The call of the process fails, with <c>EPERM</c> unless the program set another error.</summary>
    Reject = 0,

    /// <summary>The call goes on.</summary>
    Allow = 1,

    /// <summary>
    /// With <see cref="Allow"/>, from programs for <c>bind(2)</c>: the port may be one that needs <c>CAP_NET_BIND_SERVICE</c>
    /// (<c>BPF_RET_BIND_NO_CAP_NET_BIND_SERVICE</c>, since Linux 5.12).
    /// </summary>
    WithoutBindCapability = 2,
}

/// <summary>
/// What a <see cref="ProgramType.CgroupSkb"/> program returns: what becomes of the packet. Those for arriving packets can
/// return <see cref="Drop"/> and <see cref="Pass"/> only.
/// </summary>
public enum CgroupSkbAction : uint
{
    /// <summary>The packet is dropped; the sender gets <c>EPERM</c>.</summary>
    Drop = 0,

    /// <summary>The packet passes.</summary>
    Pass = 1,

    /// <summary>The packet is dropped, and the sender is told of congestion (<c>NET_XMIT_DROP</c> and <c>CN</c>, since Linux 5.3).</summary>
    DropAndSlowDown = 2,

    /// <summary>The packet passes, and the sender is told of congestion (<c>NET_XMIT_CN</c>, since Linux 5.3).</summary>
    PassAndSlowDown = 3,
}
