namespace Ebpf;

/// <summary>
/// What a <see cref="ProgramType.Netfilter"/> program returns: what becomes of the packet (<c>NF_…</c>, since Linux 6.4). The
/// verifier accepts these two verdicts only.
/// </summary>
public enum NetfilterVerdict : uint
{
    /// <summary>The packet is dropped (<c>NF_DROP</c>).</summary>
    Drop = 0,

    /// <summary>The packet goes on to the next hook (<c>NF_ACCEPT</c>).</summary>
    Accept = 1,
}

/// <summary>
/// What a program of a lightweight tunnel (<see cref="ProgramType.LwtIn"/>, <see cref="ProgramType.LwtOut"/>,
/// <see cref="ProgramType.LwtXmit"/>) returns: what becomes of the packet (<c>enum bpf_ret_code</c>).
/// </summary>
public enum LwtAction : uint
{
    /// <summary>The packet goes on (<c>BPF_OK</c>).</summary>
    Ok = 0,

    /// <summary>The packet is dropped (<c>BPF_DROP</c>).</summary>
    Drop = 2,

    /// <summary>The packet goes to where <c>bpf_redirect()</c> said; <see cref="ProgramType.LwtXmit"/> only (<c>BPF_REDIRECT</c>).</summary>
    Redirect = 7,

    /// <summary>
    /// The packet has a new header and is routed again; not for <see cref="ProgramType.LwtOut"/> (<c>BPF_LWT_REROUTE</c>, since
    /// Linux 5.1).
    /// </summary>
    Reroute = 128,
}

/// <summary>What a <see cref="ProgramType.FlowDissector"/> program returns (<c>enum bpf_ret_code</c>).</summary>
public enum FlowDissectorAction : uint
{
    /// <summary>The packet has been dissected (<c>BPF_OK</c>).</summary>
    Ok = 0,

    /// <summary>The packet could not be dissected (<c>BPF_DROP</c>).</summary>
    Drop = 2,

    /// <summary>The kernel's own dissector takes over (<c>BPF_FLOW_DISSECTOR_CONTINUE</c>, since Linux 6.1).</summary>
    Continue = 129,
}
