using Ebpf.Links.Network;

namespace Ebpf;

/// <content>Attaching to network interfaces by traffic control: tcx, and before it clsact.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a traffic control program to a network interface: by tcx where the kernel has it (Linux 6.6), otherwise as a filter of a clsact
    /// qdisc, unless an anchor is asked for.
    /// </summary>
    /// <remarks>
    /// The two are not the same for other programs of the interface. All tcx programs run before all filters of clsact, and only if every one of
    /// them returns <see cref="TcxAction.Next"/> (-1): any other verdict, <see cref="TcxAction.Pass"/> (0) included, ends there, and filters of
    /// clsact do not see the packet. So a program that returns <see cref="TcAction.Ok"/> hides every filter once it is attached by tcx;
    /// programs that are to run beside others return <c>-1</c>, which lets the packet go on in both. Whoever moves from clsact to tcx attaches the
    /// new one first, then removes the filter.
    /// </remarks>
    /// <param name="interfaceName">
    /// The name of the interface (<c>eth0</c>) in this thread's network namespace, or in <see cref="TcOptions.NetworkNamespace"/>.
    /// </param>
    /// <param name="direction">
    /// Which packets it sees; <c>null</c> for what the program was loaded for (<c>SEC("tcx/ingress")</c>, <c>SEC("tc/egress")</c>).
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="InvalidOperationException">
    /// It is no traffic control program, was loaded for the other direction, or says no direction and none is given.
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for what the options ask for.</exception>
    /// <exception cref="BpfException">There is no such interface, the place is taken, or the kernel refused otherwise.</exception>
    public BpfLink AttachTc(string interfaceName, TcDirection? direction = null, TcOptions? options = null) =>
        TcHook.Attach(this, InterfaceTarget.Of(interfaceName, options?.NetworkNamespace), direction, options ?? new());

    /// <inheritdoc cref="AttachTc(string, TcDirection?, TcOptions?)"/>
    /// <param name="interfaceIndex">
    /// The index of the interface in this thread's network namespace, or in <see cref="TcOptions.NetworkNamespace"/>; at least 1.
    /// </param>
    /// <param name="direction">Which packets it sees; <c>null</c> for what the program was loaded for.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public BpfLink AttachTc(int interfaceIndex, TcDirection? direction = null, TcOptions? options = null) =>
        TcHook.Attach(this, InterfaceTarget.Of(interfaceIndex, options?.NetworkNamespace), direction, options ?? new());

    /// <summary>
    /// Attaches a traffic control program to a network interface by tcx. Since Linux 6.6. It runs before all filters of clsact, which see only
    /// what every tcx program answers with <see cref="TcxAction.Next"/>.
    /// </summary>
    /// <param name="interfaceName">
    /// The name of the interface (<c>eth0</c>) in this thread's network namespace, or in <see cref="TcxOptions.NetworkNamespace"/>.
    /// </param>
    /// <param name="direction">
    /// Which packets it sees; <c>null</c> for what the program was loaded for (<c>SEC("tcx/ingress")</c>, <c>SEC("tc/egress")</c>).
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is no traffic control program, was loaded for the other direction, or says no direction and none is given.
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">The kernel has no tcx.</exception>
    /// <exception cref="BpfException">
    /// There is no such interface, the program is attached there already (EEXIST), the anchor is not there (ENOENT), the revision is another
    /// (ESTALE), or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachTcx(string interfaceName, TcDirection? direction = null, TcxOptions? options = null) =>
        TcHook.AttachTcx(this, InterfaceTarget.Of(interfaceName, options?.NetworkNamespace), direction, options ?? new());

    /// <inheritdoc cref="AttachTcx(string, TcDirection?, TcxOptions?)"/>
    /// <param name="interfaceIndex">
    /// The index of the interface in this thread's network namespace, or in <see cref="TcxOptions.NetworkNamespace"/>; at least 1.
    /// </param>
    /// <param name="direction">Which packets it sees; <c>null</c> for what the program was loaded for.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public BpfLink AttachTcx(int interfaceIndex, TcDirection? direction = null, TcxOptions? options = null) =>
        TcHook.AttachTcx(this, InterfaceTarget.Of(interfaceIndex, options?.NetworkNamespace), direction, options ?? new());

    /// <summary>
    /// Attaches a traffic control program to a network interface as a filter of a clsact qdisc, in direct-action mode, which every kernel has. The
    /// qdisc is added if there is none, and one that others added is never removed.
    /// </summary>
    /// <remarks>
    /// The kernel has no <c>bpf_link</c> for it: the filter stays when the process ends without disposing the link, which cannot be pinned, and
    /// everybody with CAP_NET_ADMIN can remove it. The next run takes it over by its priority, handle and name
    /// (<see cref="ClsactOptions.TakeOver"/>). Disposing removes the filter if it still runs this program; <see cref="BpfLink.Detach"/> does the
    /// same and throws if the kernel refuses.
    /// </remarks>
    /// <param name="interfaceName">
    /// The name of the interface (<c>eth0</c>) in this thread's network namespace, or in <see cref="ClsactOptions.NetworkNamespace"/>.
    /// </param>
    /// <param name="direction">
    /// Which packets it sees; <c>null</c> for what the program was loaded for (<c>SEC("tcx/ingress")</c>, <c>SEC("tc/egress")</c>).
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="InvalidOperationException">
    /// It is no traffic control program, was loaded for the other direction, or says no direction and none is given.
    /// </exception>
    /// <exception cref="BpfException">
    /// There is no such interface, another filter has the priority and handle (EEXIST), the interface has an ingress qdisc, which has no egress,
    /// or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachClsact(string interfaceName, TcDirection? direction = null, ClsactOptions? options = null) =>
        TcHook.AttachClsact(this, InterfaceTarget.Of(interfaceName, options?.NetworkNamespace), direction, options ?? new());

    /// <inheritdoc cref="AttachClsact(string, TcDirection?, ClsactOptions?)"/>
    /// <param name="interfaceIndex">
    /// The index of the interface in this thread's network namespace, or in <see cref="ClsactOptions.NetworkNamespace"/>; at least 1.
    /// </param>
    /// <param name="direction">Which packets it sees; <c>null</c> for what the program was loaded for.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public BpfLink AttachClsact(int interfaceIndex, TcDirection? direction = null, ClsactOptions? options = null) =>
        TcHook.AttachClsact(this, InterfaceTarget.Of(interfaceIndex, options?.NetworkNamespace), direction, options ?? new());
}
