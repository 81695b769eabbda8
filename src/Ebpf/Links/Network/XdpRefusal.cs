using System.Globalization;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>
/// Explains from the state of the interface why an XDP program was refused: for links the kernel's own words go to a tracepoint only
/// (<c>xdp:bpf_xdp_link_attach_failed</c>), and asking over netlink for them might attach.
/// </summary>
internal static class XdpRefusal
{
    /// <summary>The largest MTU that every driver takes with a program that sees packets in one piece: a page, less the room before and behind.</summary>
    private const uint SafeMtu = 3498;

    /// <summary>What an error means, and what to do about it.</summary>
    /// <returns><c>null</c> if nothing more is known than the error.</returns>
    public static string? Explain(XdpRequest request, Errno error)
    {
        if (error is Errno.EPERM or Errno.EACCES) return null;
        LinuxKernel kernel = request.Program.Kernel;
        InterfaceState? state = InterfaceTarget.ReadState(kernel, request.InterfaceIndex, out NetlinkAnswer answer);
        if (answer.Error == Errno.ENODEV || error == Errno.ENODEV) return InterfaceTarget.NoSuchInterface;
        state ??= new InterfaceState();
        return error switch
        {
            Errno.EBUSY => Taken(kernel, request, state),
            Errno.EEXIST => TakenOtherwise(kernel, request, state),
            Errno.EOPNOTSUPP when request.Mode == XdpMode.Offload =>
                $"{Driver(state)} does not run programs on the card: use another {nameof(XdpMode)}",
            Errno.EOPNOTSUPP when request.Mode != XdpMode.Generic =>
                $"{Driver(state)} does not support XDP, or not as the interface is set up now: use {nameof(XdpMode)}.{nameof(XdpMode.Generic)}",
            Errno.ERANGE => $"the MTU is too large for XDP: it is {state.Mtu} here{(state.Kind == "veth" ? ", and that of the peer counts" : "")}; "
                + Frags(request),
            Errno.ENOSPC => $"{Driver(state)} has {state.ReceiveQueues} receive queues, fewer than the peer has transmit queues: "
                + "give it as many (ethtool -L)",
            Errno.ENOTCONN => $"{Driver(state)} has lost its peer",
            Errno.EINVAL when state.Mtu > SafeMtu => $"{Driver(state)} refuses it, maybe for the MTU of {state.Mtu}: {Frags(request)}",
            Errno.EINVAL => $"{Driver(state)} takes no such program as it is now (MTU {state.Mtu}, {state.ReceiveQueues} receive queues, offloads), "
                + "or the program was loaded for another device",
            _ => null,
        };
    }

    /// <summary>The program that is there: its id and name, and the link that holds it.</summary>
    private static string Holder(LinuxKernel kernel, int interfaceIndex, uint id)
    {
        string? name = null;
        uint? link = null;
        try
        {
            using (BpfProgram program = BpfProgram.Open(id, kernel)) name = program.Name;
            link = BpfLink.ListInfos(kernel: kernel)
                .FirstOrDefault(info => info is XdpLinkInfo xdp && xdp.InterfaceIndex == interfaceIndex && xdp.ProgramId == id)?.Id;
        }
        catch (BpfException)
        {
            // It takes CAP_SYS_ADMIN, and the program may be gone by now: then the id has to do.
        }

        string words = string.Create(CultureInfo.InvariantCulture, $"program {id}{(name is null ? "" : $" \"{name}\"")}");
        if (link is not null) words = string.Create(CultureInfo.InvariantCulture, $"{words} by link {link}");
        else if (name is not null) words += " without a link";
        return name?.StartsWith("xdp_dispatcher", StringComparison.Ordinal) == true
            ? $"{words}, which belongs to libxdp and runs other programs (see: xdp-loader status)"
            : words;
    }

    private static string Taken(LinuxKernel kernel, XdpRequest request, InterfaceState state)
    {
        const string taken = "another XDP program is attached there";
        uint id = request.Mode switch
        {
            XdpMode.Generic => state.GenericProgram,
            XdpMode.Driver => state.DriverProgram,
            XdpMode.Offload => state.OffloadedProgram,
            _ => state.DriverProgram != 0 ? state.DriverProgram : state.GenericProgram,
        };
        if (id != 0) return $"{taken}: {Holder(kernel, request.InterfaceIndex, id)}";
        return state.Mtu == 0
            ? taken
            : "no XDP program is attached there: the interface splits headers from data (ethtool -g), which takes a program of SEC(\"xdp.frags\"), "
                + "or its queues belong to a memory provider";
    }

    private static string TakenOtherwise(LinuxKernel kernel, XdpRequest request, InterfaceState state)
    {
        uint here = state.DriverProgram != 0 ? state.DriverProgram : state.GenericProgram != 0 ? state.GenericProgram : state.OffloadedProgram;
        if (request.Replaces is { } expected && here != 0)
            return $"the program that is attached now is not \"{expected.Name}\": {Holder(kernel, request.InterfaceIndex, here)}";
        if (request.Replaces is not null) return "no XDP program is attached there, so none can be replaced";
        if (here != 0)
        {
            string mode = state.DriverProgram != 0 ? "in the driver" : "in generic mode";
            return $"an XDP program is attached there in another mode, {mode}: {Holder(kernel, request.InterfaceIndex, here)}";
        }

        return state.Master != 0
            ? string.Create(CultureInfo.InvariantCulture, $"the interface that this one is a part of (index {state.Master}) has an XDP program")
            : "an XDP program is attached there in another mode, or to an interface above this one";
    }

    private static string Driver(InterfaceState state) => state.Kind is null ? "the driver" : $"the driver ({state.Kind})";

    private static string Frags(XdpRequest request) => request.Program.SectionName.StartsWith("xdp.frags", StringComparison.Ordinal)
        ? "lower it"
        : "lower it, or use a program of SEC(\"xdp.frags\"), which sees packets in several pieces";
}
