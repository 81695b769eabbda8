using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>Attaches XDP programs to network interfaces.</summary>
internal static class XdpHook
{
    private const string Sections = "SEC(\"xdp\") and SEC(\"xdp.frags\")";

    private static readonly Rung<XdpRequest> ByNetlink = new("netlink", SetByNetlink, JudgeNetlink);

    /// <summary>
    /// | way     | error                        | what follows                                                               |
    /// |---------|------------------------------|----------------------------------------------------------------------------|
    /// | link    | EINVAL before Linux 5.9      | next: the kernel has no links for XDP; netlink knows every option          |
    /// | either  | EOPNOTSUPP, ERANGE, EINVAL,  | the same way in generic mode, if that was asked for (GenericIfRefused)     |
    /// |         | ENOSPC, ENOTCONN             |                                                                            |
    /// | either  | EBUSY, EEXIST                | explained: who is there. Never another way or mode                         |
    /// | either  | any other                    | explained from the state of the interface: mode, MTU, queues, kind         |
    /// </summary>
    private static readonly Ladder<XdpRequest> Ways = new(new Rung<XdpRequest>("link", CreateLink, JudgeLink), ByNetlink);

    private static readonly Ladder<XdpRequest> WithoutLink = new(ByNetlink);

    public static BpfLink Attach(BpfProgram program, InterfaceTarget target, XdpOptions options)
    {
        string what = $"program \"{program.Name}\" on {target}";
        if (options.Mode is not (XdpMode.Default or XdpMode.Generic or XdpMode.Driver or XdpMode.Offload))
            throw new ArgumentOutOfRangeException(nameof(options), options.Mode, $"Attach {what}: there is no such {nameof(XdpMode)}.");
        if (options.GenericIfRefused && options.Mode is not (XdpMode.Default or XdpMode.Driver))
        {
            throw new ArgumentException(
                $"Attach {what}: {nameof(XdpOptions.GenericIfRefused)} goes with {nameof(XdpMode.Default)} and {nameof(XdpMode.Driver)} mode.",
                nameof(options));
        }

        AttachRules.RequireType(program, what, Sections, ProgramType.Xdp);
        if (options.Replaces is { } replaced) AttachRules.RequireType(replaced, $"{what} in the place of another", Sections, ProgramType.Xdp);

        // Programs of old objects state no attach type at all.
        AttachRules.RequireAttachType(program, what, Sections, type => type is not (AttachType.XdpDevMap or AttachType.XdpCpuMap));
        return target.Attach(program.Kernel, what, index =>
        {
            XdpRequest request = new(program, index, options);
            Ladder<XdpRequest> ways = options.WithoutLink || options.Replaces is not null ? WithoutLink : Ways;
            Attachment attachment = ways.Climb(program.Kernel, request, what, Privileges.Bpf | Privileges.NetAdmin);
            return new BpfLink(attachment, LinkType.Xdp, request.FellBack ? $"{what} in generic mode" : what);
        });
    }

    private static LinkAttachment? CreateLink(XdpRequest request, out Errno error)
    {
        error = Errno.None;
        foreach (XdpMode mode in request.Modes)
        {
            request.Mode = mode;
            using BorrowedDescriptor program = request.Program.Handle.Borrow();
            LinkCreateAttr attr = new()
            {
                Program = program.Descriptor,
                Target = request.InterfaceIndex,
                AttachType = AttachType.Xdp,
                Flags = (uint)mode,
            };
            if (request.Program.Kernel.CreateLink(ref attr, out error) is { } link) return new LinkAttachment(link);
            if (!IsOfTheDriver(error)) break;
        }

        return null;
    }

    private static Verdict JudgeLink(XdpRequest request, Errno error)
    {
        // Later it means that there is no such interface, or a program that fits none: another way would not help.
        Version since = new(5, 9);
        if (error == Errno.EINVAL && KernelFacts.Of(request.Program.Kernel).Version < since) return Verdict.Next;
        return Verdict.Explain(XdpRefusal.Explain(request, error));
    }

    private static XdpNetlinkAttachment? SetByNetlink(XdpRequest request, out Errno error)
    {
        LinuxKernel kernel = request.Program.Kernel;
        if (NetlinkSocket.Open(kernel, out error) is not { } socket) return null;
        BpfHandle? own = null;
        try
        {
            // All that can fail comes before the program is attached.
            uint id = request.Program.Id;
            own = request.Program.Handle.Duplicate(out error);
            XdpFlags? mode = own is null ? null : Set(request, socket, out error);
            if (mode is { } set)
            {
                XdpNetlinkAttachment attachment = new(socket, own!, id, request.InterfaceIndex, set);
                own = null;
                socket = null;
                return attachment;
            }

            return null;
        }
        finally
        {
            own?.Dispose();
            socket?.Dispose();
        }
    }

    /// <returns>The flag of the mode that it became, none if that cannot be told; <c>null</c> after an error.</returns>
    private static XdpFlags? Set(XdpRequest request, NetlinkSocket socket, out Errno error)
    {
        error = Errno.None;
        Span<byte> buffer = stackalloc byte[64];
        foreach (XdpMode mode in request.Modes)
        {
            request.Mode = mode;
            XdpFlags flags = (XdpFlags)mode;
            using BorrowedDescriptor program = request.Program.Handle.Borrow();
            using BorrowedDescriptor replaced = (request.Replaces?.Handle).Borrow();
            request.Answer = socket.Ask(InterfaceMessages.SetXdp(
                buffer,
                request.InterfaceIndex,
                program.Descriptor,
                flags | (request.Replaces is null ? XdpFlags.IfNoneExists : XdpFlags.Replace),
                request.Replaces is null ? null : replaced.Descriptor));
            error = request.Answer.Error;
            if (error == Errno.None) return mode == XdpMode.Default ? ModeOf(request, socket) : flags;
            if (request.Answer.IsLost && ModeOf(request, socket) is not XdpFlags.None and var done)
            {
                error = Errno.None;
                return done;
            }

            if (!IsOfTheDriver(error)) break;
        }

        return null;
    }

    /// <summary>The flag of the mode in which the program runs now; none if it does not, or that cannot be told.</summary>
    private static XdpFlags ModeOf(XdpRequest request, NetlinkSocket socket)
    {
        uint id = request.Program.Id;
        InterfaceState? state = InterfaceTarget.ReadState(socket, request.InterfaceIndex, out _);
        return state?.DriverProgram == id ? XdpFlags.Driver
            : state?.GenericProgram == id ? XdpFlags.Generic
            : state?.OffloadedProgram == id ? XdpFlags.Offload
            : XdpFlags.None;
    }

    private static Verdict JudgeNetlink(XdpRequest request, Errno error)
    {
        string? explained = NetlinkAttachment.Join(XdpRefusal.Explain(request, error), request.Answer.Quoted);
        return Verdict.Explain(explained ?? Refusal.AdviceFor(request.Program.Kernel, error, Privileges.NetAdmin));
    }

    /// <summary>Whether it is the driver that refuses, which the kernel's generic code would not.</summary>
    private static bool IsOfTheDriver(Errno error) =>
        error is Errno.EOPNOTSUPP or Errno.ERANGE or Errno.EINVAL or Errno.ENOSPC or Errno.ENOTCONN;
}
