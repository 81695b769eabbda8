using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Network;

public sealed class TcxTests : IDisposable
{
    private readonly VirtualInterfaces _interfaces;

    public TcxTests()
    {
        Requires.Kernel(6, 6, "tcx");
        _interfaces = new VirtualInterfaces();
    }

    public void Dispose() => _interfaces.Dispose();

    [Fact]
    public void AttachTcx_DirectionOfTheSection_SeesThosePackets()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress", "on_egress");
        using (BpfLink ingress = collection.Programs["on_ingress"].AttachTcx(_interfaces.Name))
        using (BpfLink egress = collection.Programs["on_egress"].AttachTcx(_interfaces.Index))
        {
            TcxLinkInfo info = Assert.IsType<TcxLinkInfo>(ingress.GetInfo());
            Assert.Equal((_interfaces.Index, AttachType.TcxIngress), (info.InterfaceIndex, info.AttachType));
            Assert.Equal(AttachType.TcxEgress, Assert.IsType<TcxLinkInfo>(egress.GetInfo()).AttachType);
            _interfaces.SendFromPeer(Packets.Udp());
            for (int i = 0; i < 3; i++) _interfaces.Send(Packets.Udp());
            collection.AwaitSeen("ingress", 1);
            collection.AwaitSeen("egress", 3);
            ingress.Dispose();
            egress.Dispose();
        }

        SpinWait.SpinUntil(() => HookPrograms.OfInterface(_interfaces.Name, AttachType.TcxEgress).Programs.Count == 0, TimeSpan.FromSeconds(20));

        Assert.Empty(HookPrograms.OfInterface(_interfaces.Name, AttachType.TcxIngress).Programs);
        Assert.Empty(HookPrograms.OfInterface(_interfaces.Name, AttachType.TcxEgress).Programs);
    }

    [Fact]
    public void AttachTcx_ProgramWithoutDirection_TakesTheGivenOne()
    {
        using BpfCollection collection = NetworkFixture.Load("on_any");
        using BpfLink link = collection.Programs["on_any"].AttachTcx(_interfaces.Name, TcDirection.Egress);

        _interfaces.Send(Packets.Udp());

        collection.AwaitSeen("classifier", 1);
    }

    [Fact]
    public void AttachTcx_Anchors_DecideWhoRunsFirst()
    {
        using BpfCollection first = NetworkFixture.Load("on_ingress"), second = NetworkFixture.Load("second_ingress");
        BpfProgram a = first.Programs["on_ingress"], b = second.Programs["second_ingress"];
        using BpfLink linkA = a.AttachTcx(_interfaces.Name);
        foreach ((LinkAnchor anchor, bool isFirst) in ((LinkAnchor, bool)[])
            [
                (LinkAnchor.Head, true), (LinkAnchor.Tail, false), (LinkAnchor.Before(linkA), true), (LinkAnchor.After(linkA), false),
                (LinkAnchor.Before(a), true), (LinkAnchor.AfterProgram(a.Id), false), (LinkAnchor.BeforeLink(linkA.Id!.Value), true),
            ])
        {
            ulong revision = HookPrograms.OfInterface(_interfaces.Name, AttachType.TcxIngress).Revision!.Value;
            using BpfLink linkB = b.AttachTcx(_interfaces.Name, options: new TcxOptions { Anchor = anchor with { ExpectedRevision = revision } });
            uint[] order = [.. HookPrograms.OfInterface(_interfaces.Name, AttachType.TcxIngress).Programs.Select(program => program.ProgramId)];
            Assert.Equal(isFirst ? [b.Id, a.Id] : [a.Id, b.Id], order);
            linkB.Detach();
        }

        // The first that does not say "next" ends it.
        using BpfLink last = b.AttachTcx(_interfaces.Name, options: new TcxOptions { Anchor = LinkAnchor.Head });
        second.Variables["second_verdict"].Set((int)TcxAction.Drop);
        _interfaces.SendFromPeer(Packets.Udp());
        second.AwaitSeen("second", 1);
        second.Variables["second_verdict"].Set((int)TcxAction.Next);
        _interfaces.SendFromPeer(Packets.Udp());
        first.AwaitSeen("ingress", 1);
    }

    [Fact]
    public void AttachTcx_WhatTheKernelRefuses_IsExplained()
    {
        using BpfCollection first = NetworkFixture.Load("on_ingress"), second = NetworkFixture.Load("second_ingress"), third = NetworkFixture.Load("on_any");
        BpfProgram a = first.Programs["on_ingress"], b = second.Programs["second_ingress"];
        using BpfLink linkA = a.AttachTcx(_interfaces.Name);

        Assert.StartsWith("this program is attached there already", Refused(Errno.EEXIST, () => a.AttachTcx(_interfaces.Name)));
        Assert.StartsWith(
            "there is no such neighbour at this hook (before program \"on_any\")",
            Refused(Errno.ENOENT, () => b.AttachTcx(_interfaces.Name, options: new() { Anchor = LinkAnchor.Before(third.Programs["on_any"]) })));
        Assert.StartsWith(
            "the list of programs has another revision by now",
            Refused(Errno.ESTALE, () => b.AttachTcx(_interfaces.Name, options: new() { Anchor = LinkAnchor.Head with { ExpectedRevision = 99 } })));
        Assert.StartsWith("there is no such interface", Refused(Errno.ENODEV, () => b.AttachTcx(int.MaxValue)));
        using BpfCollection xdp = NetworkFixture.Load("on_xdp");
        Assert.StartsWith(
            "the neighbour is no program or link of this kind",
            Refused(Errno.EINVAL, () => b.AttachTcx(_interfaces.Name, options: new() { Anchor = LinkAnchor.Before(xdp.Programs["on_xdp"]) })));
    }

    [Fact]
    public void Attach_WrongProgramOrDirection_IsSaidBeforeTheKernelIsAsked()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_ingress", "on_any", "on_xdp", "on_primary");
        int calls = kernel.Calls;

        Assert.Contains("it was loaded with attach type TcxIngress", Mistake(() => collection.Programs["on_ingress"].AttachTcx("lo", TcDirection.Egress)));
        Assert.Contains("give a TcDirection", Mistake(() => collection.Programs["on_any"].AttachTc("lo")));
        Assert.Contains("it is a Xdp program", Mistake(() => collection.Programs["on_xdp"].AttachTc("lo", TcDirection.Ingress)));
        Assert.Contains("it was loaded with attach type NetkitPrimary", Mistake(() => collection.Programs["on_primary"].AttachTcx("lo", TcDirection.Ingress)));
        Assert.Contains("it was loaded with attach type TcxIngress", Mistake(() => collection.Programs["on_ingress"].AttachNetkit("lo", NetkitDevice.Peer)));
        Assert.Contains("give a NetkitDevice", Mistake(() => collection.Programs["on_any"].AttachNetkit("lo")));
        Assert.Contains(
            "there go programs of SEC(\"xdp\")",
            Mistake(() => new Core.KindsOfLinks(kernel).Program(ProgramType.SocketFilter).Attach(AttachPoint.Interface("lo"))));
        Assert.Throws<ArgumentOutOfRangeException>(() => collection.Programs["on_any"].AttachTc("lo", (TcDirection)7));
        Assert.True(kernel.Calls - calls < 4, "only the program of another type was loaded");

        static string Mistake(Func<BpfLink> attach) => Assert.Throws<InvalidOperationException>(attach).Message;
    }

    [Fact]
    public void AttachTcx_InterfaceRemovedUnderAPinnedLink_IsDetachedAndThePinStays()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress");
        VirtualInterfaces gone = new();
        string path = $"/sys/fs/bpf/xt{Environment.ProcessId}tcx";
        using BpfLink link = collection.Programs["on_ingress"].AttachTcx(gone.Name);
        link.Pin(path);
        try
        {
            gone.Dispose();

            using BpfLink again = BpfLink.OpenPinned(path);
            Assert.True(again.IsDetached());
            Assert.Equal(0, Assert.IsType<TcxLinkInfo>(again.GetInfo()).InterfaceIndex);
            Assert.Equal(Errno.ENOLINK, Assert.Throws<BpfException>(() => again.Update(collection.Programs["on_ingress"])).Errno);

            // The next run attaches anew, in the place of the dead file.
            using BpfLink fresh = collection.Programs["on_ingress"].AttachPinned(path, AttachPoint.Interface(_interfaces.Name));
            Assert.False(fresh.IsDetached());
            _interfaces.SendFromPeer(Packets.Udp());
            collection.AwaitSeen("ingress", 1);
            Assert.True(fresh.Unpin());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void AttachPinned_AnotherInterface_IsRefused()
    {
        using VirtualInterfaces other = new();
        using BpfCollection first = NetworkFixture.Load("on_ingress"), second = NetworkFixture.Load("on_ingress");
        string path = $"/sys/fs/bpf/xt{Environment.ProcessId}tcx2";
        using BpfLink link = first.Programs["on_ingress"].AttachPinned(path, AttachPoint.Interface(_interfaces.Name));
        try
        {
            Assert.Throws<BpfException>(() => second.Programs["on_ingress"].AttachPinned(path, AttachPoint.Interface(other.Name)));
            using BpfLink taken = second.Programs["on_ingress"].AttachPinned(path, AttachPoint.Interface(_interfaces.Index));
            Assert.Equal(link.Id, taken.Id);
        }
        finally
        {
            link.Unpin();
        }
    }

    [Fact]
    public void AttachTcx_WithoutCapability_NamesIt() =>
        NetworkFixture.AssertNamesCapability("on_ingress", program => program.AttachTcx(_interfaces.Name));

    [Theory]
    [InlineData(Errno.EINVAL)]
    [InlineData(Errno.E2BIG)]
    public void Attach_KernelWithoutTcx_SaysSinceWhen(Errno error)
    {
        FaultyKernel kernel = new();
        kernel.Files[FaultyKernel.Release] = "6.1.0";
        kernel.OnBpf = (command, _) => command == BpfCommand.LinkCreate ? error : null;
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_ingress");
        BpfProgram program = collection.Programs["on_ingress"];

        foreach (LinkAnchor? anchor in (LinkAnchor?[])[null, LinkAnchor.Head])
        {
            FeatureNotSupportedException missing = Assert.Throws<FeatureNotSupportedException>(
                () => program.AttachTcx(_interfaces.Name, options: new TcxOptions { Anchor = anchor }));
            Assert.Equal(new Version(6, 6), missing.Since);
        }

        // An order is asked for, which clsact does not have.
        Assert.Throws<FeatureNotSupportedException>(() => program.AttachTc(_interfaces.Name, options: new TcOptions { Anchor = LinkAnchor.Head }));
        Assert.Null(NetworkFixture.QdiscKind(_interfaces.Index));
    }

    [Fact]
    public void AttachTc_KernelWithTcx_UsesIt()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress");
        using BpfLink link = collection.Programs["on_ingress"].AttachTc(_interfaces.Name);

        Assert.Equal(LinkType.Tcx, link.Type);
        Assert.Null(NetworkFixture.QdiscKind(_interfaces.Index));
    }

    [Fact]
    public void AttachTc_PlaceTaken_DoesNotGoOnToClsact()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress");
        using BpfLink link = collection.Programs["on_ingress"].AttachTc(_interfaces.Name);

        Refused(Errno.EEXIST, () => collection.Programs["on_ingress"].AttachTc(_interfaces.Name));
        Assert.Null(NetworkFixture.QdiscKind(_interfaces.Index));
    }

    private static string Refused(Errno error, Func<BpfLink> attach)
    {
        BpfException refused = Assert.Throws<BpfException>(attach);
        Assert.Equal(error, refused.Errno);
        return refused.Advice ?? "";
    }
}
