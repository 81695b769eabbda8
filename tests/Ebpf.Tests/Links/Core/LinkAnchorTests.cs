using Ebpf.Links;

namespace Ebpf.Tests.Links.Core;

public sealed class LinkAnchorTests : IDisposable
{
    private readonly KindsOfLinks _links = new();

    public void Dispose() => _links.Dispose();

    [Fact]
    public void Encode_EachAnchor_SaysWhatTheKernelTakes()
    {
        Assert.Equal((0u, 0, 0ul), Encode(null));
        Assert.Equal((8u, 0, 0ul), Encode(LinkAnchor.Head));
        Assert.Equal((16u, 0, 0ul), Encode(LinkAnchor.Tail));
        Assert.Equal((8u | 32 | 0x2000, 7, 0ul), Encode(LinkAnchor.BeforeLink(7)));
        Assert.Equal((16u | 32, 7, 3ul), Encode(LinkAnchor.AfterProgram(7) with { ExpectedRevision = 3 }));
        Assert.Equal((8u, 0, 3ul), Encode(LinkAnchor.Head with { ExpectedRevision = 3 }));
    }

    [Fact]
    public void Anchors_AtTcx_PutProgramsInOrder_WhichIsListedWithItsRevision()
    {
        Requires.Kernel(6, 6, "tcx");
        using VirtualInterfaces interfaces = new();
        int index = interfaces.Index;
        Assert.Equal((0, 1), (Programs(index).Programs.Count, (int)Programs(index).Revision!));

        BpfProgram first = _links.Program(ProgramType.SchedCls, AttachType.TcxIngress, -1);
        BpfLink b = _links.Tcx(index, null, first);
        BpfLink d = _links.Tcx(index, LinkAnchor.Tail);
        BpfLink a = _links.Tcx(index, LinkAnchor.Head with { ExpectedRevision = Programs(index).Revision });
        BpfLink c = _links.Tcx(index, LinkAnchor.Before(d));
        BpfLink afterB = _links.Tcx(index, LinkAnchor.After(first));
        BpfLink afterC = _links.Tcx(index, LinkAnchor.AfterLink(c.Id!.Value));
        BpfLink beforeA = _links.Tcx(index, LinkAnchor.BeforeProgram(a.GetInfo().ProgramId!.Value));

        HookPrograms listed = Programs(index);
        Assert.Equal(
            [beforeA.Id, a.Id, b.Id, afterB.Id, c.Id, afterC.Id, d.Id],
            listed.Programs.Select(program => program.LinkId));
        Assert.Equal(first.Id, listed.Programs[2].ProgramId);
        Assert.Equal(8ul, listed.Revision);
        Assert.Equal(HookPrograms.OfInterface(interfaces.Name, AttachType.TcxIngress).Programs, listed.Programs);
    }

    [Fact]
    public void ToString_SaysTheOrder()
    {
        Assert.Equal("at the head", LinkAnchor.Head.ToString());
        Assert.Equal("after program 7 of revision 3", (LinkAnchor.AfterProgram(7) with { ExpectedRevision = 3 }).ToString());
        Assert.Equal("before link 7", LinkAnchor.BeforeLink(7).ToString());
    }

    [Fact]
    public void Before_LinkThatTheKernelHasNot_IsAMistake()
    {
        using BpfLink link = new(new CompositeAttachment([]), LinkType.PerfEvent, "nothing");

        Assert.Throws<ArgumentException>(() => LinkAnchor.Before(link));
        Assert.Throws<ArgumentOutOfRangeException>(() => LinkAnchor.AfterLink(0));
    }

    [Fact]
    public void Encode_DisposedNeighbour_SaysWhich()
    {
        BpfLink link = _links.Netns();
        LinkAnchor anchor = LinkAnchor.After(link);
        link.Dispose();

        Assert.Equal("Netns link", Assert.Throws<ObjectDisposedException>(() => Encode(anchor)).ObjectName);
    }

    private static HookPrograms Programs(int index) => HookPrograms.OfInterface(index, AttachType.TcxIngress);

    private static (uint Flags, int Relative, ulong Revision) Encode(LinkAnchor? anchor)
    {
        using EncodedAnchor encoded = LinkAnchor.Encode(anchor);
        return (encoded.Flags, encoded.Relative, encoded.ExpectedRevision);
    }
}
