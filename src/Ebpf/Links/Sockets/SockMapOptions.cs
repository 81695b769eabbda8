namespace Ebpf;

/// <summary>Options for attaching a program to a map of sockets (<see cref="BpfProgram.AttachSockMap(BpfMap, SockMapOptions?)"/>).</summary>
public sealed record SockMapOptions
{
    /// <summary>
    /// Gets which of the map's programs it becomes, for programs that do not say it themselves: those of <c>SEC("sk_skb")</c>, and those
    /// that were opened by id or path, since the kernel does not tell their attach type. The default is <c>null</c>: as the program was
    /// loaded; of <c>sk_msg</c> programs there is only one kind.
    /// </summary>
    public AttachType? AttachType { get; init; }
}
