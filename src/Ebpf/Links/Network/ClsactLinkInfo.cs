namespace Ebpf;

/// <summary>What is known about a program that is a filter of a clsact qdisc, for which the kernel has no <c>bpf_link</c>.</summary>
public sealed record ClsactLinkInfo : LinkInfo
{
    /// <summary>Gets the index of the network interface; 0 if the filter, or the interface, is gone.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>Gets which packets the program sees.</summary>
    public TcDirection Direction { get; init; }

    /// <summary>Gets the priority: filters with lower ones run earlier.</summary>
    public int Priority { get; init; }

    /// <summary>Gets the number of the filter among those of the same priority.</summary>
    public uint FilterHandle { get; init; }

    /// <summary>Gets the name of the filter.</summary>
    public string Name { get; init; } = "";

    /// <inheritdoc/>
    public override bool? IsDetached => InterfaceIndex == 0;
}
