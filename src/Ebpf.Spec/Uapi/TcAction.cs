namespace Ebpf;

/// <summary>What a classifier or action of traffic control returns in direct-action mode: what becomes of the packet (<c>TC_ACT_…</c>).</summary>
/// <remarks>For programs that are attached by <c>tcx</c> links, see <see cref="TcxAction"/>.</remarks>
public enum TcAction
{
    /// <summary>
    /// The default action that was configured with the filter, or the next filter (<c>TC_ACT_UNSPEC</c>, -1).
    /// </summary>
    Unspecified = -1,

    /// <summary>The packet passes; no further filter is asked (<c>TC_ACT_OK</c>).</summary>
    Ok = 0,

    /// <summary>Classification starts again (<c>TC_ACT_RECLASSIFY</c>). In direct-action mode, the packet passes.</summary>
    Reclassify = 1,

    /// <summary>The packet is dropped (<c>TC_ACT_SHOT</c>).</summary>
    Shot = 2,

    /// <summary>The next action of the filter decides (<c>TC_ACT_PIPE</c>).</summary>
    Pipe = 3,

    /// <summary>The packet has been taken by the program, and ends here without counting as dropped (<c>TC_ACT_STOLEN</c>).</summary>
    Stolen = 4,

    /// <summary>Like <see cref="Stolen"/>: the packet has been queued elsewhere (<c>TC_ACT_QUEUED</c>).</summary>
    Queued = 5,

    /// <summary>The action runs again (<c>TC_ACT_REPEAT</c>).</summary>
    Repeat = 6,

    /// <summary>The packet goes to where <c>bpf_redirect()</c> said (<c>TC_ACT_REDIRECT</c>).</summary>
    Redirect = 7,

    /// <summary>
    /// For hardware: the packet is handed to the CPU; in software the same as <see cref="Stolen"/> (<c>TC_ACT_TRAP</c>, since
    /// Linux 4.18).
    /// </summary>
    Trap = 8,
}

/// <summary>
/// What a program that is attached by a <c>tcx</c> link returns: what becomes of the packet (<c>enum tcx_action_base</c>, since
/// Linux 6.6). The values mean the same as those of <see cref="TcAction"/>, which can be returned as well.
/// </summary>
public enum TcxAction
{
    /// <summary>The next program decides; after the last one, the packet passes (<c>TCX_NEXT</c>, -1).</summary>
    Next = -1,

    /// <summary>The packet passes; no further program is asked (<c>TCX_PASS</c>).</summary>
    Pass = 0,

    /// <summary>The packet is dropped (<c>TCX_DROP</c>).</summary>
    Drop = 2,

    /// <summary>The packet goes to where <c>bpf_redirect()</c> said (<c>TCX_REDIRECT</c>).</summary>
    Redirect = 7,
}

/// <summary>
/// What a program that is attached to a <c>netkit</c> device returns: what becomes of the packet (<c>enum netkit_action</c>, since
/// Linux 6.7).
/// </summary>
public enum NetkitAction
{
    /// <summary>The next program decides; after the last one, the policy of the device (<c>NETKIT_NEXT</c>, -1).</summary>
    Next = -1,

    /// <summary>The packet passes; no further program is asked (<c>NETKIT_PASS</c>).</summary>
    Pass = 0,

    /// <summary>The packet is dropped (<c>NETKIT_DROP</c>).</summary>
    Drop = 2,

    /// <summary>The packet goes to where <c>bpf_redirect()</c> said (<c>NETKIT_REDIRECT</c>).</summary>
    Redirect = 7,
}
