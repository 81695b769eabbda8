using System.Text;
using Ebpf.Linux;

namespace Ebpf.Links.Kprobes;

/// <summary>Makes links to many functions at once (Linux 5.18), and finds those for which the kernel refuses the whole.</summary>
internal static unsafe class KprobeMultiLink
{
    private const uint AtReturn = 1; // BPF_F_KPROBE_MULTI_RETURN, <linux/bpf.h>

    /// <summary>How many links are tried to find what is refused; each takes the kernel milliseconds.</summary>
    private const int MaxTrials = 512;

    /// <summary>So many single functions refused, and none accepted, are not about the functions.</summary>
    private const int MaxHopeless = 8;

    /// <summary>Attaches to all functions of a request, without those that the kernel refuses if that is allowed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="error">Why not.</param>
    public static LinkAttachment? Attach(ProbeRequest request, out Errno error)
    {
        // Of a program that comes from a section it is known that it was not loaded for such a link; of one that was opened, it is not.
        error = Errno.EOPNOTSUPP;
        if (request.Program is { AttachType: null, SectionName.Length: > 0 }) return null;
        List<ProbeTarget> targets = request.Targets;
        BpfHandle? link = Create(request, targets, 0, targets.Count, out error);
        if (link is null && ProbeRequest.IsOfFunction(error))
        {
            Errno first = error;
            if (!TrySift(request, ref error)) return null;
            List<ProbeTarget> accepted = [.. targets.Where(target => !request.Refused.Exists(refused => refused.Target == target))];
            if (!request.SkipsRefused || accepted.Count == 0)
            {
                error = request.Refused.Count > 0 ? request.Refused[0].Error : first;
                return null;
            }

            link = Create(request, accepted, 0, accepted.Count, out error);
        }

        return link is null ? null : new LinkAttachment(link);
    }

    /// <summary>
    /// Finds the functions that are refused, by halves. The kernel has no way to ask without attaching, so the other halves are attached for
    /// a moment.
    /// </summary>
    /// <returns>Whether they were found: not if the kernel refuses whatever it is asked for.</returns>
    private static bool TrySift(ProbeRequest request, ref Errno error)
    {
        List<ProbeTarget> targets = request.Targets;
        request.Refused.Clear();
        if (targets.Count == 1)
        {
            request.Refused.Add(new RefusedTarget(targets[0], error));
            return true;
        }

        Stack<(int Start, int Count)> parts = new();
        Split(0, targets.Count);
        bool anyAccepted = false;
        for (int trial = 0; parts.TryPop(out (int Start, int Count) part); trial++)
        {
            if (trial == MaxTrials || (!anyAccepted && request.Refused.Count == MaxHopeless)) return false;
            using BpfHandle? link = Create(request, targets, part.Start, part.Count, out Errno refusal);
            anyAccepted |= link is not null;
            if (link is not null) continue;
            error = refusal;
            if (!ProbeRequest.IsOfFunction(refusal)) return false;
            if (part.Count > 1) Split(part.Start, part.Count);
            else request.Refused.Add(new RefusedTarget(targets[part.Start], refusal));
        }

        return true;

        void Split(int start, int count)
        {
            parts.Push((start + (count / 2), count - (count / 2)));
            parts.Push((start, count / 2));
        }
    }

    private static BpfHandle? Create(ProbeRequest request, List<ProbeTarget> targets, int start, int count, out Errno error)
    {
        // An opened program's attach type is not known: it is one of the two, or none.
        if (request.Program.AttachType is AttachType.TraceKprobeSession)
            return Create(request, AttachType.TraceKprobeSession, targets, start, count, out error);
        BpfHandle? link = Create(request, AttachType.TraceKprobeMulti, targets, start, count, out error);
        return link is null && error == Errno.EINVAL && request.Program.AttachType is null && !request.AtReturn
            ? Create(request, AttachType.TraceKprobeSession, targets, start, count, out error)
            : link;
    }

    private static BpfHandle? Create(
        ProbeRequest request, AttachType type, List<ProbeTarget> targets, int start, int count, out Errno error)
    {
        bool byName = targets[start].Address == 0, hasCookies = false;
        ulong[] places = new ulong[count], cookies = new ulong[count];
        byte[] names = byName ? Names(targets, start, count, places) : [];
        for (int i = 0; i < count; i++)
        {
            ProbeTarget target = targets[start + i];
            if (!byName) places[i] = target.Address;
            cookies[i] = target.Cookie;
            hasCookies |= target.Cookie != 0;
        }

        fixed (byte* text = names)
        fixed (ulong* addresses = places, values = cookies)
        {
            // What was the distance from the first name becomes the address.
            for (int i = 0; byName && i < count; i++) addresses[i] += (ulong)text;
            using BorrowedDescriptor program = request.Program.Handle.Borrow();
            LinkCreateAttr attr = new()
            {
                Program = program.Descriptor,
                AttachType = type,
                KprobeMulti = new KprobeMultiLinkAttr
                {
                    Flags = request.AtReturn ? AtReturn : 0,
                    Count = (uint)count,
                    Symbols = byName ? (byte**)addresses : null,
                    Addresses = byName ? null : addresses,
                    Cookies = hasCookies ? values : null,
                },
            };
            return request.Program.Kernel.CreateLink(ref attr, out error);
        }
    }

    /// <summary>The names one behind the other, each with a zero at its end.</summary>
    private static byte[] Names(List<ProbeTarget> targets, int start, int count, ulong[] distances)
    {
        int length = 0;
        for (int i = 0; i < count; i++) length += targets[start + i].Name!.Length + 1;
        byte[] names = new byte[length];
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            distances[i] = (ulong)at;
            at += Encoding.ASCII.GetBytes(targets[start + i].Name, names.AsSpan(at)) + 1;
        }

        return names;
    }
}
