using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>A program that is a filter of a clsact qdisc.</summary>
/// <param name="socket">The socket, which this takes.</param>
/// <param name="place">Where the filter is.</param>
/// <param name="direction">The same as its direction.</param>
/// <param name="name">The name of the filter.</param>
/// <param name="programId">The id of the program: a filter with another one is somebody else's.</param>
/// <param name="removesQdisc">Whether the qdisc goes with it, if it is empty.</param>
internal sealed class ClsactAttachment(
    NetlinkSocket socket, FilterPlace place, TcDirection direction, string name, uint programId, bool removesQdisc)
    : NetlinkAttachment(socket)
{
    private uint _programId = programId;

    public override LinkInfo GetInfo() => new ClsactLinkInfo
    {
        ProgramId = _programId,
        InterfaceIndex = IsDetached() == true ? 0 : place.InterfaceIndex,
        Direction = direction,
        Priority = place.Priority,
        FilterHandle = place.Handle,
        Name = name,
    };

    protected override NetlinkAnswer Remove()
    {
        NetlinkAnswer answer = default;
        if (ClsactFilter.Read(Socket, place, out NetlinkAnswer read) is { } there)
        {
            if (there.ProgramId == _programId) answer = Socket.Ask(TrafficMessages.RemoveFilter(stackalloc byte[64], place));
        }
        else if (!ClsactFilter.SaysGone(read))
        {
            return read;
        }

        if (answer.Failed && !ClsactFilter.SaysGone(answer)) return answer;
        if (removesQdisc) ClsactFilter.RemoveEmptyQdisc(Socket, place.InterfaceIndex);
        return default;
    }

    protected override bool IsThere(string operation)
    {
        FilterState? there = ClsactFilter.Read(Socket, place, out NetlinkAnswer answer);
        if (answer.Failed && !ClsactFilter.SaysGone(answer)) throw Refused(operation, answer);
        return there?.ProgramId == _programId;
    }

    protected override void Replace(string operation, BpfProgram program, BpfProgram? expected)
    {
        AttachRules.RequireType(program, $"program \"{program.Name}\" in the place of {Description}", "SEC(\"tc\") and SEC(\"tcx/…\")", ProgramType.SchedCls);
        uint id = program.Id;
        uint before = expected?.Id ?? _programId;
        FilterState? there = ClsactFilter.Read(Socket, place, out NetlinkAnswer answer);
        if (there is null) throw Refused(Socket.Kernel, operation, answer.Failed ? answer : new NetlinkAnswer(Errno.ENOENT), "the filter is gone");
        if (there.ProgramId != before)
        {
            string other = there.ProgramId is { } otherId ? $"the one with id {otherId}" : "none that the kernel knows by an id";
            throw new BpfException(
                operation, Errno.EPERM, $"the program that is attached now is not {(expected is null ? "this one" : $"\"{expected.Name}\"")} but {other}");
        }

        using BorrowedDescriptor borrowed = program.Handle.Borrow();
        answer = Socket.Ask(TrafficMessages.SetFilter(stackalloc byte[128], place, NetlinkFlags.Replace, borrowed.Descriptor, name));
        if (answer.Failed) throw Refused(operation, answer);
        _programId = id;
    }
}
