using Ebpf.Links.Network;

namespace Ebpf;

/// <content>Attaching to netfilter.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a netfilter program to a hook of a network namespace: that of the calling thread, or
    /// <see cref="NetfilterOptions.NetworkNamespace"/>. Since Linux 6.4.
    /// </summary>
    /// <remarks>
    /// The program returns <see cref="NetfilterVerdict.Accept"/>, which is 1, or <see cref="NetfilterVerdict.Drop"/>, which is 0: what most other
    /// programs return for "all is well" drops every packet. A program for both IPv4 and IPv6 is attached twice. The program of a link cannot be
    /// replaced: attach the other one with another priority, then dispose the link.
    /// </remarks>
    /// <param name="family">The protocol of the packets that it sees.</param>
    /// <param name="hook">Where on their way it runs.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such family or hook, or the priority is not allowed.</exception>
    /// <exception cref="InvalidOperationException">It is no netfilter program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">
    /// Another program has the priority (EBUSY), the kernel lacks the family (EAFNOSUPPORT), or it refused otherwise.
    /// </exception>
    public BpfLink AttachNetfilter(NetfilterFamily family, NetfilterHook hook, NetfilterOptions? options = null) =>
        NetfilterLinks.Attach(this, family, hook, options ?? new());
}
