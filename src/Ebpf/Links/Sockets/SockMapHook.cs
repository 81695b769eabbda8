using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Sockets;

/// <summary>Attaches programs to maps of sockets.</summary>
internal static class SockMapHook
{
    private const string Sections =
        "SEC(\"sk_skb/stream_parser\"), SEC(\"sk_skb/stream_verdict\"), SEC(\"sk_skb/verdict\"), SEC(\"sk_skb\") and SEC(\"sk_msg\")";

    /// <summary>Links exist since Linux 6.10; before, the kernel does not take these types of program for one, and says EINVAL.</summary>
    private static readonly Ladder<SockMapRequest> Ways = new(
        new("link", Link, static (request, error) => error == Errno.EINVAL ? Verdict.Next : Judge(request, error)),
        new("BPF_PROG_ATTACH", AttachDirectly, Judge));

    public static BpfLink Attach(BpfProgram program, BpfMap map, SockMapOptions options)
    {
        string what = $"program \"{program.Name}\" to map \"{map.Name}\"";
        AttachRules.RequireType(program, what, Sections, ProgramType.SkSkb, ProgramType.SkMsg);
        if (map.Type is not (MapType.SockMap or MapType.SockHash))
            throw new ArgumentException($"Attach {what}: it is a {map.Type} map, none of sockets (SockMap, SockHash).", nameof(map));
        SockMapRequest request = new(program, map, Choose(program, options, what));
        return new BpfLink(Ways.Climb(program.Kernel, request, what, Privileges.Bpf | Privileges.NetAdmin), LinkType.SockMap, what);
    }

    private static AttachType Choose(BpfProgram program, SockMapOptions options, string what)
    {
        ReadOnlySpan<AttachType> kinds = program.Type == ProgramType.SkMsg
            ? [AttachType.SkMsgVerdict]
            : [AttachType.SkSkbStreamParser, AttachType.SkSkbStreamVerdict, AttachType.SkSkbVerdict];
        AttachType? loaded = program.AttachType is { } own && kinds.Contains(own) ? own : null;
        if (options.AttachType is { } asked)
        {
            if (!kinds.Contains(asked))
                throw new InvalidOperationException($"Attach {what}: a {program.Type} program cannot be attached as {asked}.");
            return loaded is null || loaded == asked
                ? asked
                : throw new InvalidOperationException($"Attach {what}: it was loaded with attach type {loaded}, not {asked}.");
        }

        if (kinds.Length == 1) return kinds[0];
        return loaded ?? throw new InvalidOperationException(
            $"Attach {what}: it does not say whether it parses or decides: {nameof(SockMapOptions)}.{nameof(SockMapOptions.AttachType)} has to.");
    }

    private static LinkAttachment? Link(SockMapRequest request, out Errno error)
    {
        using BorrowedDescriptor program = request.Program.Handle.Borrow(), map = request.Map.Handle.Borrow();
        LinkCreateAttr attr = new() { Program = program.Descriptor, Target = map.Descriptor, AttachType = request.Type };
        return request.Program.Kernel.CreateLink(ref attr, out error) is { } link ? new LinkAttachment(link) : null;
    }

    private static ProgramAttachment? AttachDirectly(SockMapRequest request, out Errno error)
    {
        LinuxKernel kernel = request.Program.Kernel;
        using BorrowedDescriptor map = request.Map.Handle.Borrow();
        if (FindHolder(kernel, map.Descriptor, request.Type) is { } holder)
        {
            request.Holder = holder;
            error = Errno.EBUSY;
            return null;
        }

        return ProgramAttachment.Attach(
            request.Program, map.Descriptor, request.Type, flags: 0, replaced: null, ProgramSlot.SingleByName, out error);
    }

    /// <summary>The program that the kernel would put out.</summary>
    /// <returns>Its id; <c>null</c> if there is none, or the kernel does not tell (before Linux 5.18).</returns>
    private static unsafe uint? FindHolder(LinuxKernel kernel, int map, AttachType type)
    {
        uint id = 0;
        ProgramQueryAttr attr = new() { Target = map, AttachType = type, ProgramIds = &id, Count = 1 };
        return kernel.QueryPrograms(ref attr) == Errno.None && attr.Count > 0 ? id : null;
    }

    private static Verdict Judge(SockMapRequest request, Errno error)
    {
        switch (error)
        {
            case Errno.EBUSY:
                uint? holder = request.Holder;
                if (holder is null)
                {
                    using BorrowedDescriptor map = request.Map.Handle.Borrow();
                    holder = FindHolder(request.Program.Kernel, map.Descriptor, request.Type);
                }

                return Verdict.Explain(holder is { } id
                    ? $"the map has {(id == 0 ? "a program" : ProgramNames.Describe(request.Program.Kernel, id))} attached as {request.Type} already"
                    : "the map has a verdict program of the other kind already (stream_verdict and verdict exclude each other)");
            case Errno.EINVAL:
                return Verdict.Explain("the program was loaded for another attach type, or the kernel does not know it (verdict: Linux 5.13)");
            case Errno.EOPNOTSUPP:
                return Verdict.Explain($"the map, or this kernel, takes no program as {request.Type} (CONFIG_BPF_STREAM_PARSER)");
            default:
                return Verdict.Stop;
        }
    }

    /// <summary>What is to be attached to which map.</summary>
    private sealed record SockMapRequest(BpfProgram Program, BpfMap Map, AttachType Type)
    {
        /// <summary>The id of the program that holds the place; <c>null</c> if it was not asked for.</summary>
        public uint? Holder { get; set; }
    }
}
