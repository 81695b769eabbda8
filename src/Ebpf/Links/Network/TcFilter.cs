using System.Globalization;
using Ebpf.Links.Network;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf;

/// <summary>A filter of a clsact or ingress qdisc, whoever added it. tcx programs are no filters: see <see cref="HookPrograms"/>.</summary>
public sealed record TcFilter
{
    private readonly FilterState _state;
    private readonly InterfaceTarget _target;
    private readonly LinuxKernel _kernel;

    private TcFilter(FilterState state, InterfaceTarget target, TcDirection direction, LinuxKernel kernel) =>
        (_state, _target, Direction, _kernel) = (state, target, direction, kernel);

    /// <summary>Gets which packets it sees.</summary>
    public TcDirection Direction { get; }

    /// <summary>Gets the priority: filters with lower ones run earlier.</summary>
    public int Priority => _state.Place.Priority;

    /// <summary>Gets the number of the filter among those of the same priority.</summary>
    public uint Handle => _state.Place.Handle;

    /// <summary>Gets the protocol whose packets it sees (<c>ETH_P_…</c>); 3 for all.</summary>
    public int Protocol => _state.Protocol;

    /// <summary>Gets the chain in which it is; 0 for the first, where packets begin.</summary>
    public uint Chain => _state.Chain;

    /// <summary>Gets the kind: <c>bpf</c>, or <c>u32</c>, <c>flower</c> and others that run no program.</summary>
    public string Kind => _state.Kind;

    /// <summary>Gets the name of a filter that runs a program; <c>null</c> for others.</summary>
    public string? Name => _state.Name;

    /// <summary>Gets the id of the program; <c>null</c> if it runs none, or one of classic BPF.</summary>
    public uint? ProgramId => _state.ProgramId;

    /// <summary>Gets the tag of the program, as <see cref="ProgramInfo.Tag"/> has it; <c>null</c> if it runs none.</summary>
    public string? Tag => _state.Tag;

    /// <summary>Gets whether what the program returns is what becomes of the packet, and not a class.</summary>
    public bool IsDirectAction => _state.IsDirectAction;

    /// <summary>Lists the filters of a network interface in the order of their priorities, those that run no program included.</summary>
    /// <param name="interfaceName">The name of the interface.</param>
    /// <param name="direction">Which packets they see.</param>
    /// <param name="networkNamespace">The network namespace of the interface; <c>null</c> for that of this thread.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>The filters; none if the interface has no such qdisc.</returns>
    /// <exception cref="BpfException">
    /// There is no such interface, the filters changed each time that they were read (EINTR), or the kernel refused.
    /// </exception>
    public static IReadOnlyList<TcFilter> OfInterface(
        string interfaceName, TcDirection direction, NetworkNamespace? networkNamespace = null, BpfKernel? kernel = null) =>
        List(InterfaceTarget.Of(interfaceName, networkNamespace), direction, LinuxKernel.Of(kernel));

    /// <inheritdoc cref="OfInterface(string, TcDirection, NetworkNamespace?, BpfKernel?)"/>
    /// <param name="interfaceIndex">The index of the interface.</param>
    /// <param name="direction">Which packets they see.</param>
    /// <param name="networkNamespace">The network namespace of the interface; <c>null</c> for that of this thread.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    public static IReadOnlyList<TcFilter> OfInterface(
        int interfaceIndex, TcDirection direction, NetworkNamespace? networkNamespace = null, BpfKernel? kernel = null) =>
        List(InterfaceTarget.Of(interfaceIndex, networkNamespace), direction, LinuxKernel.Of(kernel));

    /// <summary>
    /// Removes the filter, if it still runs the same program: what an earlier run left behind. The qdisc stays.
    /// </summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="InvalidOperationException">The filter runs no program, or is in another chain than the first.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Remove()
    {
        if (ProgramId is null || Chain != 0) throw new InvalidOperationException($"{this} is none that this library adds: remove it with its own tools.");
        string operation = $"Remove {this}";
        return NetworkNamespace.Run(_target.Namespace, _kernel, operation, () =>
        {
            using NetlinkSocket socket = NetlinkSocket.Open(_kernel, out Errno error) ?? throw new BpfException(operation, error);
            FilterState? there = ClsactFilter.Read(socket, _state.Place, out NetlinkAnswer answer);
            if (there is not null && there.ProgramId != ProgramId) return false;
            if (there is not null) answer = socket.Ask(TrafficMessages.RemoveFilter(stackalloc byte[64], _state.Place));
            if (answer.Failed && !ClsactFilter.SaysGone(answer)) throw NetlinkAttachment.Refused(_kernel, operation, answer, advice: null);
            return there is not null && !answer.Failed;
        });
    }

    /// <summary>Returns where it is, and the program.</summary>
    public override string ToString()
    {
        string program = ProgramId is { } id ? string.Create(CultureInfo.InvariantCulture, $", program {id}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Kind} filter \"{Name}\" on {_target}, {Direction.Word()}, priority {Priority}, handle {Handle:x}{program}");
    }

    private static TcFilter[] List(InterfaceTarget target, TcDirection direction, LinuxKernel kernel)
    {
        string operation = $"List filters of {target}, {direction.Word()}";
        return NetworkNamespace.Run(target.Namespace, kernel, operation, () =>
        {
            int index = target.Resolve(kernel, operation);
            using NetlinkSocket socket = NetlinkSocket.Open(kernel, out Errno error) ?? throw new BpfException(operation, error);
            List<NetlinkReply> replies = [];
            NetlinkAnswer answer = socket.Ask(TrafficMessages.ListFilters(stackalloc byte[64], index, direction.Parent()), replies);

            // The kernel answers with an empty list for an interface that is not there.
            if (!answer.Failed && replies.Count == 0) InterfaceTarget.ReadState(socket, index, out answer);
            if (answer.Failed)
                throw NetlinkAttachment.Refused(kernel, operation, answer, answer.Error == Errno.ENODEV ? InterfaceTarget.NoSuchInterface : null);

            // An ingress qdisc has one list, which the kernel shows as that of egress as well.
            if (direction == TcDirection.Egress && replies.Count > 0 && ClsactFilter.QdiscKind(socket, index, out _) == "ingress") return [];
            return replies.Select(TrafficMessages.ReadFilter).OfType<FilterState>().Select(state => new TcFilter(state, target, direction, kernel)).ToArray();
        });
    }
}
