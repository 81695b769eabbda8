using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>An XDP program that was attached over netlink.</summary>
/// <param name="socket">The socket, which this takes.</param>
/// <param name="program">A descriptor of the program for this alone: what is taken away is named by it.</param>
/// <param name="programId">The id of the program.</param>
/// <param name="interfaceIndex">The interface.</param>
/// <param name="mode">The flag of the mode; none if that cannot be told.</param>
internal sealed class XdpNetlinkAttachment(NetlinkSocket socket, BpfHandle program, uint programId, int interfaceIndex, XdpFlags mode)
    : NetlinkAttachment(socket)
{
    private const int NoProgram = -1;

    private BpfHandle _program = program;
    private uint _programId = programId;

    public override LinkInfo GetInfo() => new XdpLinkInfo
    {
        ProgramId = _programId,
        InterfaceIndex = IsDetached() == true ? 0 : interfaceIndex,
    };

    protected override NetlinkAnswer Remove()
    {
        NetlinkAnswer answer = Set(NoProgram, _program);

        // Kernels before 5.7 cannot compare: so this does.
        if (answer.Error == Errno.EINVAL && InterfaceTarget.ReadState(Socket, interfaceIndex, out _) is { } state)
        {
            if (!Has(state)) return default;
            answer = Socket.Ask(InterfaceMessages.SetXdp(stackalloc byte[64], interfaceIndex, NoProgram, mode, expected: null));
        }

        // The interface is gone, or the program that is there is another one.
        return answer.Error is Errno.ENODEV or Errno.EEXIST ? default : answer;
    }

    protected override bool IsThere(string operation)
    {
        InterfaceState? state = InterfaceTarget.ReadState(Socket, interfaceIndex, out NetlinkAnswer answer);
        if (answer.Failed && answer.Error != Errno.ENODEV) throw Refused(operation, answer);
        return state is not null && Has(state);
    }

    protected override void Replace(string operation, BpfProgram program, BpfProgram? expected)
    {
        uint id = program.Id;
        BpfHandle own = program.Handle.Duplicate(out Errno error) ?? throw new BpfException(operation, error);
        NetlinkAnswer answer;
        using (BorrowedDescriptor borrowed = own.Borrow()) answer = Set(borrowed.Descriptor, expected?.Handle ?? _program);
        if (answer.Failed)
        {
            own.Dispose();
            string? advice = answer.Error switch
            {
                Errno.EEXIST or Errno.EPERM => $"the program that is attached now is not {(expected is null ? "this one" : $"\"{expected.Name}\"")}",
                Errno.ENODEV => "the interface is gone",
                _ => null,
            };
            throw Refused(Socket.Kernel, operation, answer, advice);
        }

        _program.Dispose();
        (_program, _programId) = (own, id);
    }

    protected override void Release() => _program.Dispose();

    private NetlinkAnswer Set(int descriptor, BpfHandle expected)
    {
        using BorrowedDescriptor borrowed = expected.Borrow();
        return Socket.Ask(InterfaceMessages.SetXdp(
            stackalloc byte[64], interfaceIndex, descriptor, mode | XdpFlags.Replace, borrowed.Descriptor));
    }

    private bool Has(InterfaceState state) => mode switch
    {
        XdpFlags.Driver => state.DriverProgram == _programId,
        XdpFlags.Generic => state.GenericProgram == _programId,
        XdpFlags.Offload => state.OffloadedProgram == _programId,
        _ => state.DriverProgram == _programId || state.GenericProgram == _programId || state.OffloadedProgram == _programId,
    };
}
