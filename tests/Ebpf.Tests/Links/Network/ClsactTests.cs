using Ebpf.Linux;
using Ebpf.Tests.Kernel;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Network;

public sealed class ClsactTests : IDisposable
{
    private readonly VirtualInterfaces _interfaces = new();

    public void Dispose() => _interfaces.Dispose();

    [Fact]
    public void AttachClsact_BothDirections_SeePacketsUntilTheyAreDisposed()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress", "on_egress");
        BpfProgram program = collection.Programs["on_ingress"];
        using (BpfLink ingress = program.AttachClsact(_interfaces.Name))
        using (BpfLink egress = collection.Programs["on_egress"].AttachClsact(_interfaces.Index, options: new() { Priority = 7, Handle = 3, Name = "mine" }))
        {
            Assert.Equal((LinkType.Unspecified, null, null), (ingress.Type, ingress.Handle, ingress.Id));
            Assert.False(ingress.IsDetached());
            TcFilter filter = Assert.Single(TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress));
            Assert.Equal(
                ("bpf", "ebpf:on_ingress", program.Id, ClsactOptions.DefaultPriority, 3, 0u, true, program.GetInfo().Tag),
                (filter.Kind, filter.Name, filter.ProgramId, filter.Priority, filter.Protocol, filter.Chain, filter.IsDirectAction, filter.Tag));
            ClsactLinkInfo info = Assert.IsType<ClsactLinkInfo>(egress.GetInfo());
            Assert.Equal(
                (_interfaces.Index, TcDirection.Egress, 7, 3u, "mine", collection.Programs["on_egress"].Id),
                (info.InterfaceIndex, info.Direction, info.Priority, info.FilterHandle, info.Name, info.ProgramId));
            _interfaces.SendFromPeer(Packets.Udp());
            for (int i = 0; i < 3; i++) _interfaces.Send(Packets.Udp());
            collection.AwaitSeen("ingress", 1);
            collection.AwaitSeen("egress", 3);
            Assert.Throws<NotSupportedException>(() => ingress.Pin("/sys/fs/bpf/never"));
        }

        AssertNoFilter();

        // An empty qdisc does nothing, and somebody else may have come to rely on it.
        Assert.Equal("clsact", NetworkFixture.QdiscKind(_interfaces.Index));
    }

    [Fact]
    public void AttachClsact_Drop_DropsPackets()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress", "on_any");
        using BpfLink first = collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { Priority = 1 });
        using BpfLink second = collection.Programs["on_any"].AttachClsact(_interfaces.Name, TcDirection.Ingress, new() { Priority = 2 });
        _interfaces.SendFromPeer(Packets.Udp());
        collection.AwaitSeen("classifier", 1);

        collection.Variables["verdict"].Set((int)TcAction.Shot);
        for (int i = 0; i < 5; i++) _interfaces.SendFromPeer(Packets.Udp());
        collection.AwaitSeen("ingress", 6);
        collection.Variables["verdict"].Set((int)TcAction.Unspecified);
        _interfaces.SendFromPeer(Packets.Udp());

        collection.AwaitSeen("classifier", 2);
    }

    [Fact]
    public void AttachClsact_Redirect_SendsToTheOtherInterface()
    {
        using VirtualInterfaces other = new();
        using BpfCollection collection = NetworkFixture.Load("on_ingress"), there = NetworkFixture.Load("on_any");
        using BpfLink end = there.Programs["on_any"].AttachClsact(other.PeerName, TcDirection.Ingress);
        using BpfLink link = collection.Programs["on_ingress"].AttachClsact(_interfaces.Name);
        collection.Variables["target"].Set((uint)other.Index);

        _interfaces.SendFromPeer(Packets.Udp());

        there.AwaitSeen("classifier", 1);
    }

    /// <summary>What the documentation of AttachTc says: only "next" goes on from tcx to clsact.</summary>
    [Fact]
    public void AttachTcx_OtherVerdictsThanNext_HideFiltersOfClsact()
    {
        Requires.Kernel(6, 6, "tcx");
        using BpfCollection collection = NetworkFixture.Load("on_ingress"), filters = NetworkFixture.Load("on_any");
        using BpfLink filter = filters.Programs["on_any"].AttachClsact(_interfaces.Name, TcDirection.Ingress);
        using BpfLink link = collection.Programs["on_ingress"].AttachTcx(_interfaces.Name);
        _interfaces.SendFromPeer(Packets.Udp());
        filters.AwaitSeen("classifier", 1);

        collection.Variables["verdict"].Set((int)TcAction.Ok);
        _interfaces.SendFromPeer(Packets.Udp());
        collection.AwaitSeen("ingress", 2);
        collection.Variables["verdict"].Set((int)TcxAction.Next);
        _interfaces.SendFromPeer(Packets.Udp());

        filters.AwaitSeen("classifier", 2);
    }

    [Fact]
    public void AttachClsact_LeftoverOfTheSameName_IsTakenOver()
    {
        using BpfCollection earlier = NetworkFixture.Load("on_ingress"), later = NetworkFixture.Load("on_ingress");
        BpfLink left = earlier.Programs["on_ingress"].AttachClsact(_interfaces.Name);

        using (BpfLink link = later.Programs["on_ingress"].AttachClsact(_interfaces.Name))
        {
            Assert.Equal(later.Programs["on_ingress"].Id, Assert.Single(TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress)).ProgramId);
            Assert.True(left.IsDetached());

            // It is another one's by now.
            left.Dispose();
            Assert.False(link.IsDetached());
        }

        AssertNoFilter();
    }

    [Fact]
    public void AttachClsact_PlaceTaken_NamesTheFilterAndTouchesNothing()
    {
        using BpfCollection first = NetworkFixture.Load("on_ingress"), second = NetworkFixture.Load("on_ingress");
        BpfProgram program = second.Programs["on_ingress"];
        using BpfLink link = first.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { Handle = 1, Name = "theirs" });

        BpfException other = Assert.Throws<BpfException>(() => program.AttachClsact(_interfaces.Name, options: new() { Handle = 1, Name = "ours" }));
        BpfException kept = Assert.Throws<BpfException>(
            () => program.AttachClsact(_interfaces.Name, options: new() { Handle = 1, Name = "theirs", TakeOver = false }));
        BpfException twice = Assert.Throws<BpfException>(
            () => first.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { Handle = 1, Name = "theirs" }));

        Assert.Equal((Errno.EEXIST, Errno.EEXIST, Errno.EEXIST), (other.Errno, kept.Errno, twice.Errno));
        Assert.StartsWith(
            $"another filter has priority 1000 and handle 1: \"theirs\", program {first.Programs["on_ingress"].Id}; choose another priority or name", other.Advice);
        Assert.StartsWith("another filter has priority 1000 and handle 1", kept.Advice);
        Assert.StartsWith("this program is attached there already, as filter \"theirs\"", twice.Advice);
        Assert.False(link.IsDetached());
    }

    [Fact]
    public void AttachClsact_FilterOfAnotherKindInThePlace_IsSaid()
    {
        NetworkFixture.Tc($"qdisc add dev {_interfaces.Name} clsact");
        NetworkFixture.AddForeignFilter(_interfaces.Name, "ingress", ClsactOptions.DefaultPriority);
        using BpfCollection collection = NetworkFixture.Load("on_ingress");

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_ingress"].AttachClsact(_interfaces.Name));

        Assert.NotNull(error.Advice);
        Assert.Contains("the kernel says", error.Advice);
        IReadOnlyList<TcFilter> others = TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress);
        Assert.NotEmpty(others);
        foreach (TcFilter other in others)
        {
            Assert.Equal(("u32", null, null), (other.Kind, other.ProgramId, other.Name));
            Assert.Throws<InvalidOperationException>(() => other.Remove());
        }
    }

    [Fact]
    public void AttachClsact_QdiscOfOthers_StaysWithTheirFilters()
    {
        NetworkFixture.Tc($"qdisc add dev {_interfaces.Name} clsact");
        NetworkFixture.AddForeignFilter(_interfaces.Name, "egress", 5);
        using BpfCollection collection = NetworkFixture.Load("on_ingress");

        collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { RemoveQdisc = true }).Dispose();

        Assert.All(TcFilter.OfInterface(_interfaces.Name, TcDirection.Egress), filter => Assert.Equal("u32", filter.Kind));
        Assert.NotEmpty(TcFilter.OfInterface(_interfaces.Name, TcDirection.Egress));
        Assert.Equal("clsact", NetworkFixture.QdiscKind(_interfaces.Index));
    }

    [Fact]
    public void AttachClsact_EmptyQdiscOfOthers_Stays()
    {
        NetworkFixture.Tc($"qdisc add dev {_interfaces.Name} clsact");
        using BpfCollection collection = NetworkFixture.Load("on_ingress");

        collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { RemoveQdisc = true }).Dispose();

        Assert.Equal("clsact", NetworkFixture.QdiscKind(_interfaces.Index));
    }

    [Fact]
    public void Dispose_RemoveQdisc_RemovesItsOwnIfItIsEmpty()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress", "on_egress");
        BpfLink first = collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { RemoveQdisc = true });
        BpfLink second = collection.Programs["on_egress"].AttachClsact(_interfaces.Name);

        first.Dispose();
        Assert.Equal("clsact", NetworkFixture.QdiscKind(_interfaces.Index));
        Assert.False(second.IsDetached());
        second.Dispose();
        Assert.Equal("clsact", NetworkFixture.QdiscKind(_interfaces.Index));

        NetworkFixture.Tc($"qdisc del dev {_interfaces.Name} clsact");
        collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { RemoveQdisc = true }).Dispose();
        Assert.Null(NetworkFixture.QdiscKind(_interfaces.Index));
    }

    [Fact]
    public void AttachClsact_IngressQdiscOfOthers_ServesIngressAndIsRefusedForEgress()
    {
        NetworkFixture.Tc($"qdisc add dev {_interfaces.Name} ingress");
        using BpfCollection collection = NetworkFixture.Load("on_ingress", "on_egress");
        using (BpfLink link = collection.Programs["on_ingress"].AttachClsact(_interfaces.Name))
        {
            _interfaces.SendFromPeer(Packets.Udp());
            collection.AwaitSeen("ingress", 1);

            BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_egress"].AttachClsact(_interfaces.Name));

            Assert.Equal(Errno.EEXIST, error.Errno);
            Assert.StartsWith("the interface has an ingress qdisc", error.Advice);
            Assert.Empty(TcFilter.OfInterface(_interfaces.Name, TcDirection.Egress));
            Assert.Single(TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress));
        }

        Assert.Equal("ingress", NetworkFixture.QdiscKind(_interfaces.Index));
    }

    [Fact]
    public void AttachTc_KernelWithoutTcx_UsesClsact()
    {
        FaultyKernel kernel = new();
        kernel.OnBpf = (command, _) => command == BpfCommand.LinkCreate ? Errno.EINVAL : null;
        using (BpfCollection collection = NetworkFixture.Load(kernel, "on_ingress"))
        {
            using BpfLink link = collection.Programs["on_ingress"].AttachTc(
                _interfaces.Name, options: new TcOptions { Clsact = new ClsactOptions { Priority = 12, Name = "given" } });

            TcFilter filter = Assert.Single(TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress));
            Assert.Equal((12, "given"), (filter.Priority, filter.Name));
            Assert.EndsWith("ingress by clsact", link.Description);
            _interfaces.SendFromPeer(Packets.Udp());
            collection.AwaitSeen("ingress", 1);
        }

        Assert.Equal(0, kernel.OpenDescriptors);
        AssertNoFilter();
    }

    [Fact]
    public void Update_Clsact_ReplacesOnlyItsOwn()
    {
        using BpfCollection first = NetworkFixture.Load("on_ingress"), second = NetworkFixture.Load("second_ingress");
        BpfProgram old = first.Programs["on_ingress"], fresh = second.Programs["second_ingress"];
        using BpfLink link = old.AttachClsact(_interfaces.Name);

        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => link.Update(fresh, expected: fresh)).Errno);
        link.Update(fresh, expected: old);
        _interfaces.SendFromPeer(Packets.Udp());
        second.AwaitSeen("second", 1);
        TcFilter filter = Assert.Single(TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress));
        Assert.Equal((fresh.Id, true, "ebpf:on_ingress"), (filter.ProgramId, filter.IsDirectAction, filter.Name));

        // Removed by somebody else.
        Assert.True(filter.Remove());
        Assert.False(filter.Remove());
        Assert.True(link.IsDetached());
        Assert.Equal("the filter is gone", Assert.Throws<BpfException>(() => link.Update(old)).Advice![.."the filter is gone".Length]);
        AssertNoFilter();
    }

    [Theory]
    [InlineData(0, "name")]
    [InlineData(65536, "name")]
    [InlineData(1, "")]
    [InlineData(1, "a\0b")]
    public void AttachClsact_OptionThatIsNotValid_IsAMistake(int priority, string name)
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress");

        Assert.ThrowsAny<ArgumentException>(
            () => collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { Priority = priority, Name = name }));
        Assert.Null(NetworkFixture.QdiscKind(_interfaces.Index));
    }

    [Fact]
    public void AttachClsact_LongestName_IsTaken_AndALongerOneRefused()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress");
        string name = new string('n', 253) + "ä";
        using (BpfLink link = collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { Name = name }))
            Assert.Equal(name, Assert.Single(TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress)).Name);

        Assert.Throws<ArgumentException>(() => collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { Name = name + "x" }));
    }

    [Fact]
    public void AttachClsact_InterfaceRemovedUnderIt_IsDetached()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress");
        VirtualInterfaces gone = new();
        BpfLink link = collection.Programs["on_ingress"].AttachClsact(gone.Name);
        gone.Dispose();

        Assert.True(link.IsDetached());
        Assert.Equal(0, Assert.IsType<ClsactLinkInfo>(link.GetInfo()).InterfaceIndex);
        link.Detach();
        link.Dispose();
    }

    [Fact]
    public void AttachClsact_NoInterfaceOfThisIndex_SaysSo()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress");

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_ingress"].AttachClsact(int.MaxValue));

        Assert.Equal(Errno.ENODEV, error.Errno);
        Assert.StartsWith("there is no such interface", error.Advice);
        Assert.Equal(Errno.ENODEV, Assert.Throws<BpfException>(() => TcFilter.OfInterface(int.MaxValue, TcDirection.Ingress)).Errno);
        Assert.Empty(TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress));
    }

    [Fact]
    public void AttachClsact_WithoutCapability_NamesIt()
    {
        using BpfCollection collection = NetworkFixture.Load("on_ingress");

        PrivilegeThread.RunWithout(() =>
        {
            BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_ingress"].AttachClsact(_interfaces.Name));
            Assert.Equal(Errno.EPERM, error.Errno);
            Assert.Contains("CAP_NET_ADMIN", error.Advice);
        });
    }

    private void AssertNoFilter()
    {
        Assert.Empty(TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress));
        Assert.Empty(TcFilter.OfInterface(_interfaces.Name, TcDirection.Egress));
    }
}
