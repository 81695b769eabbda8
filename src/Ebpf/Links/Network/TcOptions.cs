namespace Ebpf;

/// <summary>
/// Options for attaching a traffic control program in the way that the kernel has
/// (<see cref="BpfProgram.AttachTc(string, TcDirection?, TcOptions?)"/>).
/// </summary>
public sealed record TcOptions
{
    /// <summary>
    /// Gets the place among the tcx programs of the interface. With one, a kernel without tcx makes attaching fail, since clsact knows no
    /// such places. The default is <c>null</c>: the last place, or with clsact what <see cref="Clsact"/> says.
    /// </summary>
    public LinkAnchor? Anchor { get; init; }

    /// <summary>
    /// Gets how to attach where the kernel has no tcx. Its <see cref="ClsactOptions.NetworkNamespace"/> is not used. The default is <c>null</c>:
    /// as the defaults of <see cref="ClsactOptions"/> say.
    /// </summary>
    public ClsactOptions? Clsact { get; init; }

    /// <summary>Gets the network namespace of the interface. The default is <c>null</c>: that of the calling thread.</summary>
    public NetworkNamespace? NetworkNamespace { get; init; }
}

/// <summary>Options for attaching a program by tcx (<see cref="BpfProgram.AttachTcx(string, TcDirection?, TcxOptions?)"/>).</summary>
public sealed record TcxOptions
{
    /// <summary>Gets the place among the tcx programs of the interface. The default is <c>null</c>: the last place.</summary>
    public LinkAnchor? Anchor { get; init; }

    /// <summary>Gets the network namespace of the interface. The default is <c>null</c>: that of the calling thread.</summary>
    public NetworkNamespace? NetworkNamespace { get; init; }
}

/// <summary>
/// Options for attaching a program as a filter of a clsact qdisc
/// (<see cref="BpfProgram.AttachClsact(string, TcDirection?, ClsactOptions?)"/>).
/// </summary>
public sealed record ClsactOptions
{
    /// <summary>The priority of a filter that is given none: 1000. Those that the kernel chooses for others are from 49152 downwards.</summary>
    public const int DefaultPriority = 1000;

    /// <summary>The number of bytes that a name has at most, in UTF-8: 255.</summary>
    public const int MaxNameLength = 255;

    /// <summary>
    /// Gets the priority, from 1 to 65535. Filters with lower ones run earlier, and one that returns anything but
    /// <see cref="TcAction.Unspecified"/> ends it: later ones do not see the packet. The default is <see cref="DefaultPriority"/>.
    /// </summary>
    public int Priority { get; init; } = DefaultPriority;

    /// <summary>
    /// Gets the number of the filter among those of the same priority; of two, the one that was added later runs earlier. The default is 0: a
    /// number is made of the name, always the same one.
    /// </summary>
    public uint Handle { get; init; }

    /// <summary>
    /// Gets the name by which a later run knows the filter as its own, and <c>tc filter show</c> shows it. The default is <c>null</c>:
    /// <c>ebpf:</c> and the name of the program.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>
    /// Gets whether a filter of this priority, handle and name, which an earlier run left behind, is replaced by this one, in one step:
    /// no packet passes without one of the two. A filter of another name is never replaced, and neither is one that runs the same loaded
    /// program: both make attaching fail (EEXIST). The default is <see langword="true"/>.
    /// </summary>
    public bool TakeOver { get; init; } = true;

    /// <summary>
    /// Gets whether a clsact qdisc that was added for this filter is removed with it, if no filter is in it then. Others may have come to rely
    /// on it meanwhile: the kernel cannot look and remove in one step, so a filter that is added at the same moment would go with it. An empty
    /// clsact qdisc does nothing. The default is <see langword="false"/>.
    /// </summary>
    public bool RemoveQdisc { get; init; }

    /// <summary>Gets the network namespace of the interface. The default is <c>null</c>: that of the calling thread.</summary>
    public NetworkNamespace? NetworkNamespace { get; init; }
}
