using System.Globalization;
using System.Text;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>Adds programs as filters of clsact qdiscs.</summary>
internal static class ClsactFilter
{
    /// <summary>Adds a filter, and the qdisc if there is none.</summary>
    public static ClsactAttachment? Add(TcRequest request, out Errno error)
    {
        ClsactOptions options = request.Clsact!;
        LinuxKernel kernel = request.Program.Kernel;
        string name = options.Name ?? DefaultName(request.Program.Name);
        FilterPlace place = new(
            request.InterfaceIndex, request.Direction.Parent(), (ushort)options.Priority, options.Handle == 0 ? HandleOf(name) : options.Handle);

        // All that can fail beside the messages comes before the first of them.
        uint id = request.Program.Id;
        if (NetlinkSocket.Open(kernel, out error) is not { } socket) return null;
        bool madeQdisc = false;
        try
        {
            error = AddQdisc(request, socket, out madeQdisc);
            if (error == Errno.None) error = AddFilter(request, socket, place, name, id, options.TakeOver);
            if (error == Errno.None)
            {
                ClsactAttachment attachment = new(socket, place, request.Direction, name, id, madeQdisc && options.RemoveQdisc);
                socket = null;
                return attachment;
            }

            if (madeQdisc) RemoveEmptyQdisc(socket, request.InterfaceIndex);
            return null;
        }
        finally
        {
            socket?.Dispose();
        }
    }

    public static Verdict Judge(TcRequest request, Errno error)
    {
        string? problem = request.Problem ?? error switch
        {
            Errno.ENODEV => InterfaceTarget.NoSuchInterface,
            Errno.ENOENT when request.Answer.Text is null => "the kernel lacks filters that run programs (CONFIG_NET_CLS_BPF, module cls_bpf), or clsact",
            _ => null,
        };
        return Verdict.Explain(
            NetlinkAttachment.Join(problem, request.Answer.Quoted) ?? Refusal.AdviceFor(request.Program.Kernel, error, Privileges.NetAdmin));
    }

    /// <summary>Removes the clsact qdisc of an interface if neither direction has a filter.</summary>
    public static void RemoveEmptyQdisc(NetlinkSocket socket, int interfaceIndex)
    {
        Span<byte> buffer = stackalloc byte[64];
        foreach (uint parent in (ReadOnlySpan<uint>)[TrafficMessages.Ingress, TrafficMessages.Egress])
        {
            // Entries that are no filters count as well: somebody uses it.
            List<NetlinkReply> entries = [];
            NetlinkAnswer answer = socket.Ask(TrafficMessages.ListFilters(buffer, interfaceIndex, parent), entries);
            if (answer.Failed || entries.Count > 0) return;
        }

        socket.Ask(TrafficMessages.RemoveClsact(buffer, interfaceIndex));
    }

    /// <summary>The kind of the qdisc in the place of clsact.</summary>
    /// <returns><c>null</c> if there is none, or after an error.</returns>
    public static string? QdiscKind(NetlinkSocket socket, int interfaceIndex, out NetlinkAnswer answer)
    {
        List<NetlinkReply> replies = [];
        answer = socket.Ask(TrafficMessages.GetClsact(stackalloc byte[64], interfaceIndex), replies);
        return replies.Select(TrafficMessages.ReadQdiscKind).FirstOrDefault(found => found is not null);
    }

    /// <summary>Reads one filter.</summary>
    /// <returns><c>null</c> if it is not there, or after an error.</returns>
    public static FilterState? Read(NetlinkSocket socket, in FilterPlace place, out NetlinkAnswer answer)
    {
        List<NetlinkReply> replies = [];
        answer = socket.Ask(TrafficMessages.GetFilter(stackalloc byte[64], place), replies);
        if (answer.Failed) return null;
        foreach (NetlinkReply reply in replies)
        {
            if (TrafficMessages.ReadFilter(reply) is { } state) return state;
        }

        return null;
    }

    /// <summary>Whether an answer says that a filter, or what it was in, is not there: filter, qdisc, interface.</summary>
    public static bool SaysGone(in NetlinkAnswer answer) => answer.Error is Errno.ENOENT or Errno.EINVAL or Errno.ENODEV;

    /// <summary>The name of a filter that is given none.</summary>
    private static string DefaultName(string program)
    {
        string name = $"ebpf:{program}";
        while (Encoding.UTF8.GetByteCount(name) > ClsactOptions.MaxNameLength) name = name[..^1];
        return name;
    }

    /// <summary>The same number for the same name, on every machine: FNV-1a, far from the numbers that the kernel chooses.</summary>
    private static uint HandleOf(string name)
    {
        uint hash = 2166136261;
        foreach (byte part in Encoding.UTF8.GetBytes(name)) hash = (hash ^ part) * 16777619;
        return (hash & 0x3FFF_FFFF) | 0x4000_0000;
    }

    private static Errno AddQdisc(TcRequest request, NetlinkSocket socket, out bool made)
    {
        request.Answer = socket.Ask(TrafficMessages.AddClsact(stackalloc byte[64], request.InterfaceIndex));

        // If the answer is lost, it is not known whose it is: then it is left.
        made = !request.Answer.Failed;
        if (request.Answer.Error != Errno.EEXIST) return request.Answer.Error;

        // Something is there. An ingress qdisc has the same handle as clsact, and takes filters for egress into its only list: that of ingress.
        string? kind = QdiscKind(socket, request.InterfaceIndex, out NetlinkAnswer answer);
        request.Answer = answer;
        if (answer.Failed) return answer.Error;
        if (kind == "clsact" || (kind == "ingress" && request.Direction == TcDirection.Ingress)) return Errno.None;
        request.Problem = kind == "ingress"
            ? "the interface has an ingress qdisc, which somebody else added and which has no egress: remove it (tc qdisc del dev … ingress) or use tcx"
            : $"the interface has a qdisc of kind \"{kind}\" in the place of clsact";
        return Errno.EEXIST;
    }

    private static Errno AddFilter(TcRequest request, NetlinkSocket socket, in FilterPlace place, string name, uint programId, bool takesOver)
    {
        request.Answer = Set(request, socket, place, NetlinkFlags.Create | NetlinkFlags.Exclusive, name);
        if (request.Answer.IsLost && IsThere(socket, place, programId)) return Errno.None;
        if (request.Answer.Error != Errno.EEXIST) return request.Answer.Error;
        NetlinkAnswer refused = request.Answer;
        if (Read(socket, place, out NetlinkAnswer read) is not { } there)
        {
            request.Problem = read.Failed ? $"another filter is there, which cannot be read ({read.Error})" : "another filter is there";
            return Errno.EEXIST;
        }

        if (there.ProgramId == programId)
        {
            request.Problem = $"this program is attached there already, as filter \"{there.Name}\"";
        }
        else if (there.Name != name || !takesOver)
        {
            request.Problem = string.Create(
                CultureInfo.InvariantCulture,
                $"another filter has priority {place.Priority} and handle {place.Handle:x}: {Describe(there)}; choose another priority or name");
        }
        else
        {
            // Only what is there, in one step: if it goes away at this moment, this fails.
            request.Answer = Set(request, socket, place, NetlinkFlags.Replace, name);
            return request.Answer.IsLost && IsThere(socket, place, programId) ? Errno.None : request.Answer.Error;
        }

        request.Answer = refused;
        return Errno.EEXIST;
    }

    private static bool IsThere(NetlinkSocket socket, in FilterPlace place, uint programId) =>
        Read(socket, place, out _)?.ProgramId == programId;

    private static string Describe(FilterState filter) => filter.ProgramId is { } id
        ? string.Create(CultureInfo.InvariantCulture, $"\"{filter.Name}\", program {id}")
        : filter.Name is null ? $"of kind {filter.Kind}" : $"\"{filter.Name}\"";

    private static NetlinkAnswer Set(TcRequest request, NetlinkSocket socket, in FilterPlace place, NetlinkFlags flags, string name)
    {
        using BorrowedDescriptor program = request.Program.Handle.Borrow();
        return socket.Ask(TrafficMessages.SetFilter(stackalloc byte[128], place, flags, program.Descriptor, name));
    }
}
