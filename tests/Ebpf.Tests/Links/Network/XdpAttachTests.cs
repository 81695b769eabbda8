using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Network;

public sealed class XdpAttachTests : IDisposable
{
    private readonly VirtualInterfaces _interfaces = new();

    public void Dispose() => _interfaces.Dispose();

    [Theory]
    [InlineData(XdpMode.Generic)]
    [InlineData(XdpMode.Driver)]
    [InlineData(XdpMode.Default)]
    public void AttachXdp_WithoutLink_SeesPacketsUntilItIsDisposed(XdpMode mode)
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp");
        BpfProgram program = collection.Programs["on_xdp"];
        using (BpfLink link = program.AttachXdp(_interfaces.Name, new XdpOptions { Mode = mode, WithoutLink = true }))
        {
            Assert.Equal((LinkType.Xdp, null, null), (link.Type, link.Handle, link.Id));
            Assert.False(link.IsDetached());
            XdpLinkInfo info = Assert.IsType<XdpLinkInfo>(link.GetInfo());
            Assert.Equal((program.Id, _interfaces.Index), (info.ProgramId, info.InterfaceIndex));
            XdpPrograms there = XdpPrograms.OfInterface(_interfaces.Name);
            Assert.Equal(mode == XdpMode.Generic ? (program.Id, (uint?)null) : (null, program.Id), (there.Generic, there.Driver));
            _interfaces.SendFromPeer(Packets.Udp());
            collection.AwaitSeen("xdp", 1);
            Assert.Throws<NotSupportedException>(() => link.Pin("/sys/fs/bpf/never"));
        }

        AssertNothingIsThere();
    }

    [Fact]
    public void AttachXdp_Drop_LetsNothingReachTrafficControl()
    {
        Requires.Kernel(6, 6, "tcx");
        using BpfCollection collection = NetworkFixture.Load("on_xdp", "on_ingress");
        using BpfLink witness = collection.Programs["on_ingress"].AttachTcx(_interfaces.Name);
        using BpfLink link = collection.Programs["on_xdp"].AttachXdp(_interfaces.Name);
        _interfaces.SendFromPeer(Packets.Udp());
        collection.AwaitSeen("ingress", 1);

        collection.Variables["xdp_verdict"].Set((int)XdpAction.Drop);
        for (int i = 0; i < 5; i++) _interfaces.SendFromPeer(Packets.Udp());
        collection.AwaitSeen("xdp", 6);
        collection.Variables["xdp_verdict"].Set((int)XdpAction.Pass);
        _interfaces.SendFromPeer(Packets.Udp());
        collection.AwaitSeen("ingress", 2);

        Assert.Equal(7ul, collection.Seen("xdp"));
    }

    [Fact]
    public void AttachXdp_Redirect_SendsToTheOtherInterface()
    {
        using VirtualInterfaces other = new();
        using BpfCollection collection = NetworkFixture.Load("on_xdp"), there = NetworkFixture.Load("other_xdp");

        // A virtual interface takes redirected packets only if its peer has a program: generic mode on the way out needs none.
        using BpfLink end = there.Programs["other_xdp"].AttachXdp(other.PeerName, new XdpOptions { Mode = XdpMode.Driver });
        using BpfLink link = collection.Programs["on_xdp"].AttachXdp(_interfaces.Name, new XdpOptions { Mode = XdpMode.Generic });
        collection.Variables["target"].Set((uint)other.Index);

        _interfaces.SendFromPeer(Packets.Udp());

        there.AwaitSeen("other", 1);
    }

    [Fact]
    public void AttachXdp_TakenByALink_NamesProgramAndLink()
    {
        using BpfCollection first = NetworkFixture.Load("on_xdp"), second = NetworkFixture.Load("other_xdp");
        using BpfLink link = first.Programs["on_xdp"].AttachXdp(_interfaces.Name);
        string holder = $"another XDP program is attached there: program {first.Programs["on_xdp"].Id} \"on_xdp\" by link {link.Id}";

        foreach (XdpOptions options in (XdpOptions[])[new(), new() { WithoutLink = true }, new() { GenericIfRefused = true }])
        {
            BpfException error = Assert.Throws<BpfException>(() => second.Programs["other_xdp"].AttachXdp(_interfaces.Name, options));

            Assert.Equal(Errno.EBUSY, error.Errno);
            Assert.StartsWith(holder, error.Advice);
            if (options.WithoutLink) Assert.EndsWith("(the kernel says \"Can't replace active BPF XDP link\")", error.Advice);
        }

        Assert.Equal(first.Programs["on_xdp"].Id, XdpPrograms.OfInterface(_interfaces.Index).Driver);
    }

    [Fact]
    public void AttachXdp_TakenWithoutALink_NamesTheProgram()
    {
        using BpfCollection first = NetworkFixture.Load("on_xdp"), second = NetworkFixture.Load("other_xdp");
        using BpfLink link = first.Programs["on_xdp"].AttachXdp(_interfaces.Name, new XdpOptions { WithoutLink = true });

        foreach (XdpOptions options in (XdpOptions[])[new(), new() { WithoutLink = true }])
        {
            BpfException error = Assert.Throws<BpfException>(() => second.Programs["other_xdp"].AttachXdp(_interfaces.Name, options));

            Assert.Equal(Errno.EBUSY, error.Errno);
            Assert.StartsWith(
                $"another XDP program is attached there: program {first.Programs["on_xdp"].Id} \"on_xdp\" without a link", error.Advice);
        }
    }

    [Fact]
    public void AttachXdp_TakenInTheOtherMode_SaysWhichAndDoesNotFallBack()
    {
        using BpfCollection first = NetworkFixture.Load("on_xdp"), second = NetworkFixture.Load("other_xdp");
        using BpfLink link = first.Programs["on_xdp"].AttachXdp(_interfaces.Name, new XdpOptions { Mode = XdpMode.Generic });

        BpfException error = Assert.Throws<BpfException>(
            () => second.Programs["other_xdp"].AttachXdp(_interfaces.Name, new XdpOptions { Mode = XdpMode.Driver, GenericIfRefused = true }));

        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.StartsWith("an XDP program is attached there in another mode, in generic mode: program", error.Advice);
    }

    [Fact]
    public void AttachXdp_Replaces_TakesThePlaceInOneStep()
    {
        using BpfCollection first = NetworkFixture.Load("on_xdp"), second = NetworkFixture.Load("other_xdp");
        BpfProgram old = first.Programs["on_xdp"], fresh = second.Programs["other_xdp"];
        using BpfLink oldLink = old.AttachXdp(_interfaces.Name, new XdpOptions { WithoutLink = true });

        using (BpfLink link = fresh.AttachXdp(_interfaces.Name, new XdpOptions { Replaces = old }))
        {
            Assert.Equal(fresh.Id, XdpPrograms.OfInterface(_interfaces.Index).Driver);
            Assert.Null(link.Handle);
            Assert.True(oldLink.IsDetached());
            Assert.Equal(0, Assert.IsType<XdpLinkInfo>(oldLink.GetInfo()).InterfaceIndex);

            // What is there is not its own any more.
            oldLink.Dispose();
            Assert.Equal(fresh.Id, XdpPrograms.OfInterface(_interfaces.Index).Driver);

            BpfException error = Assert.Throws<BpfException>(() => old.AttachXdp(_interfaces.Name, new XdpOptions { Replaces = old }));
            Assert.Equal(Errno.EEXIST, error.Errno);
            Assert.StartsWith($"the program that is attached now is not \"on_xdp\": program {fresh.Id} \"other_xdp\"", error.Advice);
        }

        AssertNothingIsThere();
        BpfException none = Assert.Throws<BpfException>(() => old.AttachXdp(_interfaces.Name, new XdpOptions { Replaces = fresh }));
        Assert.StartsWith("no XDP program is attached there, so none can be replaced", none.Advice);
    }

    [Fact]
    public void Update_WithoutLink_ReplacesOnlyTheExpected()
    {
        using BpfCollection first = NetworkFixture.Load("on_xdp"), second = NetworkFixture.Load("other_xdp");
        BpfProgram old = first.Programs["on_xdp"], fresh = second.Programs["other_xdp"];
        using BpfLink link = old.AttachXdp(_interfaces.Name, new XdpOptions { WithoutLink = true });

        BpfException error = Assert.Throws<BpfException>(() => link.Update(fresh, expected: fresh));
        Assert.StartsWith("the program that is attached now is not \"other_xdp\"", error.Advice);
        link.Update(fresh, expected: old);

        Assert.Equal(fresh.Id, XdpPrograms.OfInterface(_interfaces.Index).Driver);
        Assert.Equal(fresh.Id, link.GetInfo().ProgramId);
        link.Detach();
        Assert.True(link.IsDetached());
        AssertNothingIsThere();
        Assert.Equal(Errno.ENOLINK, Assert.Throws<BpfException>(() => link.Update(old)).Errno);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AttachXdp_InterfaceRemovedUnderIt_IsDetached(bool withoutLink)
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp", "other_xdp");
        VirtualInterfaces gone = new();
        BpfLink link = collection.Programs["on_xdp"].AttachXdp(gone.Name, new XdpOptions { WithoutLink = withoutLink });
        gone.Dispose();

        Assert.True(link.IsDetached());
        Assert.Equal(0, Assert.IsType<XdpLinkInfo>(link.GetInfo()).InterfaceIndex);
        Assert.Equal(withoutLink ? Errno.ENODEV : Errno.ENOLINK, Assert.Throws<BpfException>(() => link.Update(collection.Programs["other_xdp"])).Errno);
        link.Detach();
        link.Dispose();
        Assert.Throws<ObjectDisposedException>(() => link.Update(collection.Programs["other_xdp"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AttachXdp_NoInterfaceOfThisIndex_SaysSo(bool withoutLink)
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp");

        BpfException error = Assert.Throws<BpfException>(
            () => collection.Programs["on_xdp"].AttachXdp(int.MaxValue, new XdpOptions { WithoutLink = withoutLink }));

        Assert.StartsWith("there is no such interface in this network namespace", error.Advice);
    }

    [Fact]
    public void AttachXdp_MtuTooLarge_SaysMtuAndRemedy_OrFallsBackIfAskedTo()
    {
        VirtualInterfaces.Ip("link", "set", _interfaces.PeerName, "mtu", "9000");
        VirtualInterfaces.Ip("link", "set", _interfaces.Name, "mtu", "9000");
        using BpfCollection collection = NetworkFixture.Load("on_xdp");
        BpfProgram program = collection.Programs["on_xdp"];

        foreach (bool withoutLink in (bool[])[false, true])
        {
            BpfException error = Assert.Throws<BpfException>(() => program.AttachXdp(_interfaces.Name, new XdpOptions { WithoutLink = withoutLink }));
            Assert.Equal(Errno.ERANGE, error.Errno);
            Assert.StartsWith(
                "the MTU is too large for XDP: it is 9000 here, and that of the peer counts; lower it, or use a program of SEC(\"xdp.frags\")", error.Advice);

            using BpfLink link = program.AttachXdp(_interfaces.Name, new XdpOptions { WithoutLink = withoutLink, GenericIfRefused = true });
            Assert.EndsWith("in generic mode", link.Description);
            Assert.Equal(program.Id, XdpPrograms.OfInterface(_interfaces.Name).Generic);
            link.Detach();
        }

        AssertNothingIsThere();
    }

    [Fact]
    public void AttachXdp_ProgramWithFragments_TakesALargeMtu()
    {
        Requires.Kernel(5, 18, "XDP programs that see packets in several pieces");
        VirtualInterfaces.Ip("link", "set", _interfaces.PeerName, "mtu", "9000");
        using BpfCollection collection = NetworkFixture.Load("on_frags");
        using BpfLink link = collection.Programs["on_frags"].AttachXdp(_interfaces.Name, new XdpOptions { Mode = XdpMode.Driver });

        _interfaces.SendFromPeer(Packets.Udp());

        collection.AwaitSeen("frags", 1);
    }

    [Fact]
    public void AttachXdp_DriverWithoutXdp_SaysSo_OrFallsBackIfAskedTo()
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp");
        BpfProgram program = collection.Programs["on_xdp"];

        BpfException error = Assert.Throws<BpfException>(() => program.AttachXdp("lo", new XdpOptions { Mode = XdpMode.Driver }));
        BpfException card = Assert.Throws<BpfException>(() => program.AttachXdp("lo", new XdpOptions { Mode = XdpMode.Offload }));

        Assert.Equal(Errno.EOPNOTSUPP, error.Errno);
        Assert.EndsWith("use XdpMode.Generic", error.Advice);
        Assert.NotEqual(Errno.None, card.Errno);
        using BpfLink link = program.AttachXdp("lo", new XdpOptions { Mode = XdpMode.Driver, GenericIfRefused = true });
        Assert.EndsWith("interface lo in generic mode", link.Description);
    }

    [Fact]
    public void AttachXdp_OptionsThatContradict_AreAMistake()
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp");

        Assert.Throws<ArgumentException>(
            () => collection.Programs["on_xdp"].AttachXdp("lo", new XdpOptions { Mode = XdpMode.Offload, GenericIfRefused = true }));
    }

    [Fact]
    public void AttachXdp_KernelWithoutLinks_GoesOverNetlinkWithTheSameOptions()
    {
        FaultyKernel kernel = new();
        kernel.Files[FaultyKernel.Release] = "5.8.0";
        kernel.OnBpf = (command, _) => command == BpfCommand.LinkCreate ? Errno.EINVAL : null;
        using (BpfCollection collection = NetworkFixture.Load(kernel, "on_xdp"))
        {
            using BpfLink link = collection.Programs["on_xdp"].AttachXdp(_interfaces.Name, new XdpOptions { Mode = XdpMode.Generic });

            Assert.Null(link.Handle);
            Assert.Equal(collection.Programs["on_xdp"].Id, XdpPrograms.OfInterface(_interfaces.Name).Generic);
        }

        Assert.Equal(0, kernel.OpenDescriptors);
        AssertNothingIsThere();
    }

    [Fact]
    public void AttachXdp_NewKernelThatAnswersInvalid_IsNotAskedOverNetlink()
    {
        FaultyKernel kernel = new();
        kernel.Files[FaultyKernel.Release] = "6.1.0";
        kernel.OnBpf = (command, _) => command == BpfCommand.LinkCreate ? Errno.EINVAL : null;
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_xdp");

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_xdp"].AttachXdp(_interfaces.Name));

        Assert.Contains("takes no such program as it is now (MTU 1500", error.Advice);
        AssertNothingIsThere();
    }

    [Theory]
    [InlineData(XdpMode.Default)]
    [InlineData(XdpMode.Generic)]
    public void AttachXdp_AnswerIsLost_LooksWhetherItWasDone(XdpMode mode)
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_xdp");
        bool isLost = false, isSet = false;
        kernel.OnSend = data =>
        {
            isSet = data[4] == 19; // RTM_SETLINK
            return null;
        };
        kernel.OnReceiving = () => isSet && !isLost ? Errno.EAGAIN : null;

        using (BpfLink link = collection.Programs["on_xdp"].AttachXdp(_interfaces.Name, new XdpOptions { Mode = mode, WithoutLink = true }))
        {
            isLost = true;
            Assert.False(link.IsDetached());
        }

        AssertNothingIsThere();
    }

    /// <summary>Kernels before 5.7 do not know how to replace, and answer EINVAL to the flag.</summary>
    [Fact]
    public void Dispose_KernelThatCannotCompare_ComparesByItself()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = NetworkFixture.Load(kernel, "on_xdp");
        BpfLink link = collection.Programs["on_xdp"].AttachXdp(_interfaces.Name, new XdpOptions { WithoutLink = true });
        int refused = 0;
        kernel.OnSend = data =>
        {
            // IFLA_XDP_FLAGS of IFLA_XDP, behind both headers and the descriptor.
            if (data[4] != 19 || (data[48] & 0x10) == 0) return null;
            refused++;
            return CallResult.Of(Errno.EINVAL);
        };

        link.Dispose();

        Assert.Equal(1, refused);
        AssertNothingIsThere();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AttachXdp_WithoutCapability_NamesIt(bool withoutLink) =>
        NetworkFixture.AssertNamesCapability("on_xdp", program => program.AttachXdp(_interfaces.Name, new XdpOptions { WithoutLink = withoutLink }));

    [Fact]
    public void Attach_Target_AttachesXdp()
    {
        using BpfCollection collection = NetworkFixture.Load("on_xdp", "on_any");
        BpfProgram program = collection.Programs["on_xdp"];

        foreach (AttachPoint target in (AttachPoint[])[AttachPoint.Interface(_interfaces.Name), AttachPoint.Interface(_interfaces.Index)])
        {
            using BpfLink link = program.Attach(target);
            Assert.Equal(program.Id, XdpPrograms.OfInterface(_interfaces.Name).Driver);
            link.Detach();
        }

        AttachPoint egress = AttachPoint.Interface(_interfaces.Name, TcDirection.Egress);
        Assert.Contains("there go programs of SEC(\"tc\")", Assert.Throws<InvalidOperationException>(() => program.Attach(egress)).Message);
    }

    private void AssertNothingIsThere()
    {
        XdpPrograms there = XdpPrograms.OfInterface(_interfaces.Name);
        Assert.Equal((null, null, null), (there.Generic, there.Driver, there.Offload));
    }
}
