using Ebpf.Links.Network;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf;

/// <summary>The XDP programs of a network interface, whoever attached them and how, by the mode in which they run.</summary>
public sealed record XdpPrograms
{
    private XdpPrograms(InterfaceState state)
    {
        InterfaceIndex = state.Index;
        Generic = Program(state.GenericProgram);
        Driver = Program(state.DriverProgram);
        Offload = Program(state.OffloadedProgram);

        static uint? Program(uint id) => id == 0 ? null : id;
    }

    /// <summary>Gets the index of the interface.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Gets the id of the program in the kernel's generic code; <c>null</c> if there is none.</summary>
    public uint? Generic { get; }

    /// <summary>Gets the id of the program in the driver; <c>null</c> if there is none.</summary>
    public uint? Driver { get; }

    /// <summary>Gets the id of the program on the network card; <c>null</c> if there is none.</summary>
    public uint? Offload { get; }

    /// <summary>Asks the kernel. It takes no privileges.</summary>
    /// <param name="interfaceName">The name of the interface.</param>
    /// <param name="networkNamespace">Its network namespace; <c>null</c> for that of this thread.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such interface, or the kernel refused.</exception>
    public static XdpPrograms OfInterface(string interfaceName, NetworkNamespace? networkNamespace = null, BpfKernel? kernel = null) =>
        Ask(InterfaceTarget.Of(interfaceName, networkNamespace), LinuxKernel.Of(kernel));

    /// <inheritdoc cref="OfInterface(string, NetworkNamespace?, BpfKernel?)"/>
    /// <param name="interfaceIndex">The index of the interface.</param>
    /// <param name="networkNamespace">Its network namespace; <c>null</c> for that of this thread.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    public static XdpPrograms OfInterface(int interfaceIndex, NetworkNamespace? networkNamespace = null, BpfKernel? kernel = null) =>
        Ask(InterfaceTarget.Of(interfaceIndex, networkNamespace), LinuxKernel.Of(kernel));

    private static XdpPrograms Ask(InterfaceTarget target, LinuxKernel kernel)
    {
        string operation = $"List XDP programs of {target}";
        return NetworkNamespace.Run(target.Namespace, kernel, operation, () =>
        {
            InterfaceState? state = InterfaceTarget.ReadState(kernel, target.Resolve(kernel, operation), out NetlinkAnswer answer);
            string? advice = answer.Error == Errno.ENODEV ? InterfaceTarget.NoSuchInterface : null;
            return state is null ? throw NetlinkAttachment.Refused(kernel, operation, answer, advice) : new XdpPrograms(state);
        });
    }
}
