using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Core;

/// <summary>What kernels that are not at hand tell about links, and what they leave out.</summary>
public sealed unsafe class SimulatedLinkTests : IDisposable
{
    private readonly FaultyKernel _kernel = new();
    private readonly KindsOfLinks _links;
    private readonly BpfLink _link;

    public SimulatedLinkTests()
    {
        _links = new KindsOfLinks(_kernel);
        _link = _links.Netns();
    }

    private delegate Errno Filling(ref KernelLinkInfo info);

    public void Dispose() => _links.Dispose();

    [Fact]
    public void GetInfo_KprobeMulti_HasAddressesAndCookies()
    {
        Answer(LinkType.KprobeMulti, 64, (ref KernelLinkInfo info) =>
        {
            ref KprobeMultiLinkPart part = ref info.KprobeMulti;
            if (part.Addresses == null ^ part.Count == 0) return Errno.EINVAL;
            uint room = part.Count;
            (part.Count, part.Flags, part.Missed) = (3, 1, 9);
            for (uint i = 0; part.Addresses != null && i < Math.Min(3, room); i++)
            {
                part.Addresses[i] = 0xFFFF_0000 + i;
                if (part.Cookies != null) part.Cookies[i] = i;
            }

            return room is 0 or >= 3 ? Errno.None : Errno.ENOSPC;
        });

        KprobeMultiLinkInfo info = Assert.IsType<KprobeMultiLinkInfo>(_link.GetInfo());

        Assert.Equal((true, 9ul), (info.IsReturn, info.Missed));
        Assert.Equal(
            [(0xFFFF_0000, 0), (0xFFFF_0001, 1), (0xFFFF_0002, 2)],
            info.Functions!.Select(function => (function.Address, function.Cookie)));
    }

    [Fact]
    public void GetInfo_KprobeMultiOfAKernelWithoutCookiesAndMissed_DoesNotCallThem0()
    {
        // Linux 6.6: the fields are inside of the structure, which the kernel leaves as it is; and addresses are hidden.
        Answer(LinkType.KprobeMulti, 64, (ref KernelLinkInfo info) =>
        {
            uint room = info.KprobeMulti.Count;
            info.KprobeMulti.Count = 1;
            if (room > 0) info.KprobeMulti.Addresses[0] = 0;
            return Errno.None;
        });

        KprobeMultiLinkInfo info = Assert.IsType<KprobeMultiLinkInfo>(_link.GetInfo());

        Assert.Null(info.Missed);
        Assert.Equal([(null, null)], info.Functions!.Select(function => (function.Address, function.Cookie)));
    }

    [Fact]
    public void GetInfo_KprobeMultiOfAKernelThatTellsNothing_IsUnknown()
    {
        Answer(LinkType.KprobeMulti, 48, (ref KernelLinkInfo _) => Errno.None);

        KprobeMultiLinkInfo info = Assert.IsType<KprobeMultiLinkInfo>(_link.GetInfo());

        Assert.Equal((null, null, null), (info.IsReturn, info.Missed, info.Functions));
        Assert.Equal(LinkType.KprobeMulti, info.Type);
    }

    [Fact]
    public void GetInfo_ShorterStructure_GetsNoByteBeyondIt()
    {
        // The kernel answers E2BIG to a byte behind what it knows that is not 0.
        Answer(LinkType.PerfEvent, 48, (ref KernelLinkInfo info) =>
        {
            info.PerfEvent.Kind = PerfEventLinkKind.Kprobe;
            if (info.PerfEvent.Name != null) Write(info.PerfEvent.Name, info.PerfEvent.NameSize, "do_it");
            (info.PerfEvent.Offset, info.PerfEvent.KprobeAddress) = (4, 0x1234);
            return Errno.None;
        });

        KprobeLinkInfo info = Assert.IsType<KprobeLinkInfo>(_link.GetInfo());

        Assert.Equal(("do_it", 4ul, 0x1234ul, false), (info.Function, info.Offset, info.Address, info.IsReturn));
        Assert.Equal((null, null), (info.Missed, info.Cookie));
    }

    [Fact]
    public void GetInfo_NameLongerThanTheRoom_AsksAgain()
    {
        string long_ = new('n', 3000);
        int asked = 0;
        Answer(LinkType.PerfEvent, 64, (ref KernelLinkInfo info) =>
        {
            asked++;
            info.PerfEvent.Kind = PerfEventLinkKind.Uretprobe;
            if (info.PerfEvent.Name == null) return Errno.None;
            if (!Write(info.PerfEvent.Name, info.PerfEvent.NameSize, long_)) return Errno.ENOSPC;
            (info.PerfEvent.Offset, info.PerfEvent.UprobeCookie, info.PerfEvent.UprobeReferenceCounterOffset) = (7, 8, 9);
            return Errno.None;
        });

        UprobeLinkInfo info = Assert.IsType<UprobeLinkInfo>(_link.GetInfo());

        Assert.Equal((long_, 7ul, 8ul, 9ul, true), (info.Path, info.Offset, info.Cookie, info.ReferenceCounterOffset, info.IsReturn));
        Assert.True(asked > 3);
    }

    [Fact]
    public void GetInfo_KernelThatNeverHasEnoughRoom_Ends()
    {
        Answer(LinkType.RawTracepoint, 64, (ref KernelLinkInfo info) => info.RawTracepoint.Name == null ? Errno.None : Errno.ENOSPC);

        BpfException error = Assert.Throws<BpfException>(_link.GetInfo);

        Assert.Equal(Errno.ENOSPC, error.Errno);
    }

    [Fact]
    public void GetInfo_UprobeMulti_HasPathAndPlaces()
    {
        Answer(LinkType.UprobeMulti, 64, (ref KernelLinkInfo info) =>
        {
            ref UprobeMultiLinkPart part = ref info.UprobeMulti;
            if (part.Path == null ^ part.PathSize == 0) return Errno.EINVAL;
            if (part.Path != null && !Write(part.Path, part.PathSize, "/bin/sh")) return Errno.ENAMETOOLONG;
            uint room = part.Count;
            (part.Count, part.Flags, part.Process) = (2, 0, 55);
            for (uint i = 0; part.Offsets != null && i < Math.Min(2, room); i++)
                (part.Offsets[i], part.ReferenceCounterOffsets[i], part.Cookies[i]) = (100 + i, 200 + i, 300 + i);
            return Errno.None;
        });

        UprobeMultiLinkInfo info = Assert.IsType<UprobeMultiLinkInfo>(_link.GetInfo());

        Assert.Equal(("/bin/sh", 55, false), (info.Path, info.ProcessId, info.IsReturn));
        Assert.Equal([(100, 200, 300), (101, 201, 301)], info.Places!.Select(place => (place.Offset, place.ReferenceCounterOffset, place.Cookie)));
    }

    [Fact]
    public void GetInfo_TracingMulti_HasTypes()
    {
        Answer(LinkType.TracingMulti, 64, (ref KernelLinkInfo info) =>
        {
            ref TracingMultiLinkPart part = ref info.TracingMulti;
            uint room = part.Count;
            (part.AttachType, part.Count, part.BtfObject) = (AttachType.TraceFentryMulti, 1, 4);
            if (room > 0) (part.Types[0], part.Addresses[0], part.Cookies[0]) = (5, 6, 7);
            return Errno.None;
        });

        TracingMultiLinkInfo info = Assert.IsType<TracingMultiLinkInfo>(_link.GetInfo());

        Assert.Equal((AttachType.TraceFentryMulti, 4u), (info.AttachType, info.BtfId));
        Assert.Equal([(new BtfTypeId(5), 6, 7)], info.Functions!.Select(function => (function.TypeId, function.Address, function.Cookie)));
    }

    [Theory]
    [InlineData(64, 3u, 11u, 5ul)]
    [InlineData(48, 3u, 11u, 5ul)]
    public void GetInfo_Tracing_TellsTheTarget(int known, uint target, uint type, ulong cookie)
    {
        Answer(LinkType.Tracing, known, (ref KernelLinkInfo info) =>
        {
            (info.Tracing.AttachType, info.Tracing.TargetObject, info.Tracing.TargetType) = (AttachType.TraceFexit, target, type);
            info.Tracing.Cookie = cookie;
            return Errno.None;
        });

        TracingLinkInfo info = Assert.IsType<TracingLinkInfo>(_link.GetInfo());

        Assert.Equal((AttachType.TraceFexit, target, new BtfTypeId(type), cookie), (info.AttachType, info.TargetObjectId, info.TargetTypeId, info.Cookie));
    }

    [Fact]
    public void GetInfo_TracingOfLinux510_KnowsNoTarget()
    {
        Answer(LinkType.Tracing, 32, (ref KernelLinkInfo info) =>
        {
            info.Tracing.AttachType = AttachType.TraceFentry;
            return Errno.None;
        });

        TracingLinkInfo info = Assert.IsType<TracingLinkInfo>(_link.GetInfo());

        Assert.Equal((AttachType.TraceFentry, null, null, null), (info.AttachType, info.TargetObjectId, info.TargetTypeId, info.Cookie));
    }

    [Fact]
    public void GetInfo_KindThatIsNotKnown_TellsWhatAllHave()
    {
        Answer((LinkType)999, 64, (ref KernelLinkInfo _) => Errno.None);

        Assert.Equal(new LinkInfo { Type = (LinkType)999, Id = 4711, ProgramId = 4712 }, _link.GetInfo());
    }

    [Fact]
    public void GetInfo_EveryCallFails_SaysWhatWasAsked()
    {
        for (int call = 1; call <= 2; call++)
        {
            int count = 0, failing = call;
            Answer(LinkType.PerfEvent, 64, (ref KernelLinkInfo info) =>
            {
                info.PerfEvent.Kind = PerfEventLinkKind.Tracepoint;
                return ++count == failing ? Errno.EFAULT : Errno.None;
            });

            BpfException error = Assert.Throws<BpfException>(_link.GetInfo);
            Assert.Equal((Errno.EFAULT, "Ask about Netns link"), (error.Errno, error.Operation));
        }
    }

    /// <summary>Answers as a kernel does that knows the first bytes of the structure: what is behind must be 0.</summary>
    private void Answer(LinkType type, int known, Filling fill) => _kernel.OnBpf = (command, attr) =>
    {
        if (command != BpfCommand.ObjectGetInfo) return null;
        ref ObjectInfoAttr asked = ref *(ObjectInfoAttr*)attr;
        Span<byte> theirs = new(asked.Info, (int)asked.InfoSize);
        if (theirs[known..].ContainsAnyExcept((byte)0)) return Errno.E2BIG;
        KernelLinkInfo info = default;
        Span<byte> ours = MemoryMarshal.AsBytes(new Span<KernelLinkInfo>(ref info));
        theirs[..known].CopyTo(ours);
        info.Header = new LinkInfoHeader { Type = type, Id = 4711, ProgramId = 4712 };
        Errno error = fill(ref info);
        if (error != Errno.None) return error;
        ours[..known].CopyTo(theirs);
        asked.InfoSize = (uint)known;
        return Errno.None;
    };

    /// <summary>As much as there is room for; the last byte is zero.</summary>
    private static bool Write(byte* room, uint size, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + '\0');
        bytes.AsSpan(0, Math.Min(bytes.Length, (int)size)).CopyTo(new Span<byte>(room, (int)size));
        return bytes.Length <= size;
    }
}
