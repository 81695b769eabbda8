namespace Ebpf;

/// <summary>What an XDP program returns: what becomes of the packet (<c>enum xdp_action</c>).</summary>
/// <remarks>Other values are treated as <see cref="Aborted"/>, with a warning in the kernel's log.</remarks>
public enum XdpAction : uint
{
    /// <summary>The packet is dropped, and the tracepoint <c>xdp:xdp_exception</c> reports an error (<c>XDP_ABORTED</c>).</summary>
    Aborted = 0,

    /// <summary>The packet is dropped (<c>XDP_DROP</c>).</summary>
    Drop = 1,

    /// <summary>The packet goes on to the network stack (<c>XDP_PASS</c>).</summary>
    Pass = 2,

    /// <summary>The packet is sent back out of the interface on which it arrived (<c>XDP_TX</c>).</summary>
    Tx = 3,

    /// <summary>
    /// The packet goes to where <c>bpf_redirect()</c> or <c>bpf_redirect_map()</c> said: another interface, another CPU, or a
    /// socket (<c>XDP_REDIRECT</c>).
    /// </summary>
    Redirect = 4,
}
