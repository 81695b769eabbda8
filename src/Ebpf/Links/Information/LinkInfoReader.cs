using System.Runtime.CompilerServices;
using System.Text;
using Ebpf.Btf;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Information;

/// <summary>
/// Reads what the kernel knows about a link: asks once for the kind and for how much there is, and again with room for it.
/// </summary>
/// <remarks>
/// <para>
/// A kernel that does not know a field leaves it as it is: the second time those fields hold <see cref="Untouched"/>, and tell so what is
/// unknown from what is 0. Only fields inside the part that the kernel knows are set: beyond it a byte that is not 0 is E2BIG.
/// </para>
/// <para>
/// When room does not suffice, the kernel answers ENOSPC and tells nothing, not even the length; and kernels before 6.9 or so tell no
/// length of names at all (bpf_link_get_info_by_fd and its fill_link_info functions). So room is doubled until it suffices.
/// </para>
/// </remarks>
/// <param name="link">The link.</param>
/// <param name="operation">What is being done, for messages.</param>
internal sealed unsafe class LinkInfoReader(BpfHandle link, string operation)
{
    private const ulong Untouched = 0xB0CE_5EED_0FF0_1E57;
    private const uint Untouched32 = 0xB0CE_5EED;
    private const int UsualName = 512, LongestPath = 4096;

    /// <summary>More than the kernel's longest answers need; an end for a kernel that never has enough.</summary>
    private const int MaxRoom = 64 * 1024;

    private KernelLinkInfo _first;
    private int _known;

    /// <summary>Asks.</summary>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.8.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public LinkInfo Read()
    {
        Errno error = link.Kernel.GetInfo(link, ref _first, out _known);
        if (error != Errno.None) throw Failed(error);
        return ReadDetails() with { Type = _first.Header.Type, Id = _first.Header.Id, ProgramId = _first.Header.ProgramId };
    }

    private LinkInfo ReadDetails() => _first.Header.Type switch
    {
        LinkType.RawTracepoint => ReadRawTracepoint(),
        LinkType.Tracing => ReadTracing(),
        LinkType.Cgroup => new CgroupLinkInfo { CgroupId = _first.Cgroup.Cgroup, AttachType = _first.Cgroup.AttachType },
        LinkType.Iter => ReadIterator(),
        LinkType.Netns => new NetworkNamespaceLinkInfo { NamespaceInode = _first.Place.Place, AttachType = _first.Place.AttachType },
        LinkType.Xdp => new XdpLinkInfo { InterfaceIndex = (int)_first.Place.Place },
        LinkType.PerfEvent => ReadPerfEvent(),
        LinkType.KprobeMulti => ReadKprobeMulti(),
        LinkType.StructOps => new StructOpsLinkInfo { MapId = _first.Place.Place },
        LinkType.Netfilter => ReadNetfilter(),
        LinkType.Tcx => new TcxLinkInfo { InterfaceIndex = (int)_first.Place.Place, AttachType = _first.Place.AttachType },
        LinkType.UprobeMulti => ReadUprobeMulti(),
        LinkType.Netkit => new NetkitLinkInfo { InterfaceIndex = (int)_first.Place.Place, AttachType = _first.Place.AttachType },
        LinkType.SockMap => new SockMapLinkInfo { MapId = _first.Place.Place, AttachType = _first.Place.AttachType },
        LinkType.TracingMulti => ReadTracingMulti(),
        _ => new LinkInfo(),
    };

    private RawTracepointLinkInfo ReadRawTracepoint()
    {
        KernelLinkInfo info = default;
        string? name = ReadName(_first.RawTracepoint.NameSize, ref info, (ref KernelLinkInfo ask, byte* room, uint size) =>
        {
            ask.RawTracepoint.Name = room;
            ask.RawTracepoint.NameSize = size;
            Mark(ref ask, ref ask.RawTracepoint.Cookie);
        });
        return new RawTracepointLinkInfo { Name = name, Cookie = Known(ref info, ref info.RawTracepoint.Cookie) };
    }

    private TracingLinkInfo ReadTracing()
    {
        KernelLinkInfo info = default;
        Mark(ref info, ref info.Tracing.TargetObject);
        Mark(ref info, ref info.Tracing.TargetType);
        Mark(ref info, ref info.Tracing.Cookie);
        Ask(ref info);
        return new TracingLinkInfo
        {
            AttachType = info.Tracing.AttachType,
            TargetObjectId = Known(ref info, ref info.Tracing.TargetObject),
            TargetTypeId = Known(ref info, ref info.Tracing.TargetType) is { } type ? new BtfTypeId(type) : null,
            Cookie = Known(ref info, ref info.Tracing.Cookie),
        };
    }

    private NetfilterLinkInfo ReadNetfilter()
    {
        KernelLinkInfo info = default;
        Mark(ref info, ref info.Netfilter.Flags);
        Ask(ref info);
        return new NetfilterLinkInfo
        {
            ProtocolFamily = info.Netfilter.ProtocolFamily,
            Hook = info.Netfilter.Hook,
            Priority = info.Netfilter.Priority,
            Defragments = Known(ref info, ref info.Netfilter.Flags) is { } flags ? (flags & 1) != 0 : null, // BPF_F_NETFILTER_IP_DEFRAG
        };
    }

    private IteratorLinkInfo ReadIterator()
    {
        KernelLinkInfo info = default;
        string? name = ReadName(_first.Iterator.NameSize, ref info, static (ref KernelLinkInfo ask, byte* room, uint size) =>
        {
            ask.Iterator.Name = room;
            ask.Iterator.NameSize = size;
        });
        ref IteratorLinkPart part = ref info.Iterator;
        return name switch
        {
            "bpf_map_elem" or "bpf_sk_storage_map" or "sockmap" => new MapIteratorLinkInfo { Target = name, MapId = part.Map },
            "cgroup" => new CgroupIteratorLinkInfo
            {
                Target = name,
                CgroupId = part.CgroupLowOrThread | ((ulong)part.CgroupHighOrProcess << 32),
                Order = part.CgroupOrder,
            },
            "task" or "task_file" or "task_vma" => new TaskIteratorLinkInfo
            {
                Target = name,
                ThreadId = (int)part.CgroupLowOrThread,
                ProcessId = (int)part.CgroupHighOrProcess,
            },
            _ => new IteratorLinkInfo { Target = name },
        };
    }

    private PerfLinkInfo ReadPerfEvent()
    {
        KernelLinkInfo info = default;
        PerfEventLinkKind kind = _first.PerfEvent.Kind;
        switch (kind)
        {
            case PerfEventLinkKind.Kprobe or PerfEventLinkKind.Kretprobe:
                string? function = ReadPerfName(ref info, (ref KernelLinkInfo ask) =>
                {
                    Mark(ref ask, ref ask.PerfEvent.KprobeMissed);
                    Mark(ref ask, ref ask.PerfEvent.KprobeCookie);
                });
                return new KprobeLinkInfo
                {
                    IsReturn = kind == PerfEventLinkKind.Kretprobe,
                    Function = function,
                    Offset = info.PerfEvent.Offset,
                    Address = Shown(info.PerfEvent.KprobeAddress),
                    Missed = Known(ref info, ref info.PerfEvent.KprobeMissed),
                    Cookie = Known(ref info, ref info.PerfEvent.KprobeCookie),
                };
            case PerfEventLinkKind.Uprobe or PerfEventLinkKind.Uretprobe:
                string? path = ReadPerfName(ref info, (ref KernelLinkInfo ask) =>
                {
                    Mark(ref ask, ref ask.PerfEvent.UprobeCookie);
                    Mark(ref ask, ref ask.PerfEvent.UprobeReferenceCounterOffset);
                });
                return new UprobeLinkInfo
                {
                    IsReturn = kind == PerfEventLinkKind.Uretprobe,
                    Path = path,
                    Offset = info.PerfEvent.Offset,
                    ReferenceCounterOffset = Known(ref info, ref info.PerfEvent.UprobeReferenceCounterOffset),
                    Cookie = Known(ref info, ref info.PerfEvent.UprobeCookie),
                };
            case PerfEventLinkKind.Tracepoint:
                string? name = ReadPerfName(ref info, (ref KernelLinkInfo ask) => Mark(ref ask, ref ask.PerfEvent.TracepointCookie));
                return new TracepointLinkInfo { Name = name, Cookie = Known(ref info, ref info.PerfEvent.TracepointCookie) };
            case PerfEventLinkKind.Event:
                Mark(ref info, ref info.PerfEvent.EventCookie);
                Ask(ref info);
                return new PerfEventLinkInfo
                {
                    EventType = info.PerfEvent.EventType,
                    EventConfig = info.PerfEvent.EventConfig,
                    Cookie = Known(ref info, ref info.PerfEvent.EventCookie),
                };
            default:
                return new PerfLinkInfo();
        }
    }

    private KprobeMultiLinkInfo ReadKprobeMulti()
    {
        int count = (int)_first.KprobeMulti.Count;
        if (count <= 0) return new KprobeMultiLinkInfo();
        ulong[] addresses = new ulong[count], cookies = Marked(count);
        KernelLinkInfo info = default;
        fixed (ulong* addressRoom = addresses, cookieRoom = cookies)
        {
            info.KprobeMulti.Addresses = addressRoom;
            info.KprobeMulti.Count = (uint)count;
            Mark(ref info, ref info.KprobeMulti.Missed);
            if (IsKnown(ref info, ref Unsafe.As<KprobeMultiLinkPart, byte>(ref info.KprobeMulti), sizeof(KprobeMultiLinkPart)))
                info.KprobeMulti.Cookies = cookieRoom;
            Ask(ref info);
        }

        return new KprobeMultiLinkInfo
        {
            IsReturn = (info.KprobeMulti.Flags & 1) != 0, // BPF_F_KPROBE_MULTI_RETURN
            Missed = Known(ref info, ref info.KprobeMulti.Missed),
            Functions = [.. addresses.Select((address, i) => new KprobeMultiFunction { Address = Shown(address), Cookie = Filled(cookies[i]) })],
        };
    }

    private UprobeMultiLinkInfo ReadUprobeMulti()
    {
        int count = (int)_first.UprobeMulti.Count;
        if (count <= 0) return new UprobeMultiLinkInfo();
        ulong[] offsets = new ulong[count], counters = new ulong[count], cookies = new ulong[count];
        KernelLinkInfo info = default;
        string? path;
        fixed (ulong* offsetRoom = offsets, counterRoom = counters, cookieRoom = cookies)
        {
            // A lambda cannot hold pointers.
            nint offsetPlace = (nint)offsetRoom, counterPlace = (nint)counterRoom, cookiePlace = (nint)cookieRoom;
            path = ReadName(LongestPath, ref info, (ref KernelLinkInfo ask, byte* room, uint size) =>
            {
                ref UprobeMultiLinkPart part = ref ask.UprobeMulti;
                part.Path = room;
                part.PathSize = size;
                part.Count = (uint)count;
                part.Offsets = (ulong*)offsetPlace;
                part.ReferenceCounterOffsets = (ulong*)counterPlace;
                part.Cookies = (ulong*)cookiePlace;
            });
        }

        return new UprobeMultiLinkInfo
        {
            IsReturn = (info.UprobeMulti.Flags & 1) != 0, // BPF_F_UPROBE_MULTI_RETURN
            Path = path,
            ProcessId = (int)info.UprobeMulti.Process,
            Places =
            [
                .. offsets.Select((offset, i) => new UprobeMultiPlace { Offset = offset, ReferenceCounterOffset = counters[i], Cookie = cookies[i] }),
            ],
        };
    }

    private TracingMultiLinkInfo ReadTracingMulti()
    {
        int count = (int)_first.TracingMulti.Count;
        if (count <= 0) return new TracingMultiLinkInfo();
        uint[] types = new uint[count];
        ulong[] addresses = new ulong[count], cookies = Marked(count);
        KernelLinkInfo info = default;
        fixed (uint* typeRoom = types)
        fixed (ulong* addressRoom = addresses, cookieRoom = cookies)
        {
            ref TracingMultiLinkPart part = ref info.TracingMulti;
            part.Count = (uint)count;
            part.Types = typeRoom;
            part.Addresses = addressRoom;
            part.Cookies = cookieRoom;
            Ask(ref info);
        }

        return new TracingMultiLinkInfo
        {
            AttachType = info.TracingMulti.AttachType,
            BtfId = info.TracingMulti.BtfObject,
            Functions =
            [
                .. types.Select((type, i) => new TracingMultiFunction
                {
                    TypeId = new BtfTypeId(type),
                    Address = Shown(addresses[i]),
                    Cookie = Filled(cookies[i]),
                }),
            ],
        };
    }

    private delegate void Preparation(ref KernelLinkInfo ask);

    private delegate void NamePreparation(ref KernelLinkInfo ask, byte* room, uint size);

    private string? ReadPerfName(ref KernelLinkInfo info, Preparation prepare) =>
        ReadName(_first.PerfEvent.NameSize, ref info, (ref KernelLinkInfo ask, byte* room, uint size) =>
        {
            ask.PerfEvent.Name = room;
            ask.PerfEvent.NameSize = size;
            prepare(ref ask);
        });

    /// <summary>Asks with room for a name.</summary>
    /// <returns>The name; <c>null</c> if the kernel has none.</returns>
    private string? ReadName(uint size, ref KernelLinkInfo info, NamePreparation prepare)
    {
        for (int room = size is > 0 and <= MaxRoom ? (int)size : UsualName; ; room *= 2)
        {
            byte[] name = new byte[room];
            fixed (byte* pointer = name)
            {
                info = default;
                prepare(ref info, pointer, (uint)room);
                Errno error = link.Kernel.GetInfo(link, ref info);
                if (error is Errno.ENOSPC or Errno.ENAMETOOLONG && room < MaxRoom) continue;
                if (error != Errno.None) throw Failed(error);
            }

            int end = name.AsSpan().IndexOf((byte)0);
            return end == 0 ? null : Encoding.UTF8.GetString(name, 0, end < 0 ? room : end);
        }
    }

    private void Ask(ref KernelLinkInfo info)
    {
        Errno error = link.Kernel.GetInfo(link, ref info);
        if (error != Errno.None) throw Failed(error);
    }

    /// <summary>Whether a field lies within what the kernel knows.</summary>
    private bool IsKnown(ref KernelLinkInfo info, ref byte field, int size) =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<KernelLinkInfo, byte>(ref info), ref field) + size <= _known;

    private void Mark(ref KernelLinkInfo info, ref ulong field)
    {
        if (IsKnown(ref info, ref Unsafe.As<ulong, byte>(ref field), sizeof(ulong))) field = Untouched;
    }

    private void Mark(ref KernelLinkInfo info, ref uint field)
    {
        if (IsKnown(ref info, ref Unsafe.As<uint, byte>(ref field), sizeof(uint))) field = Untouched32;
    }

    private ulong? Known(ref KernelLinkInfo info, ref ulong field) =>
        IsKnown(ref info, ref Unsafe.As<ulong, byte>(ref field), sizeof(ulong)) ? Filled(field) : null;

    private uint? Known(ref KernelLinkInfo info, ref uint field) =>
        IsKnown(ref info, ref Unsafe.As<uint, byte>(ref field), sizeof(uint)) && field != Untouched32 ? field : null;

    private static ulong? Filled(ulong value) => value == Untouched ? null : value;

    /// <summary>An address that the kernel hides is 0.</summary>
    private static ulong? Shown(ulong address) => address == 0 ? null : address;

    private static ulong[] Marked(int count)
    {
        ulong[] values = new ulong[count];
        Array.Fill(values, Untouched);
        return values;
    }

    private BpfException Failed(Errno error)
    {
        Version since = new(5, 8);
        return error == Errno.EINVAL && KernelFacts.Of(link.Kernel).Version < since
            ? new FeatureNotSupportedException(operation, "information about links", since, error)
            : Refusal.Explain(link.Kernel, operation, error);
    }
}
