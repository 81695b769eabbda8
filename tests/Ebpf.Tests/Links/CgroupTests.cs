using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Loading;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Links;

public sealed class CgroupTests : IDisposable
{
    private readonly CgroupFixture _cgroup = new();

    public void Dispose() => _cgroup.Dispose();

    [Theory]
    [InlineData("ingress", 5, 10)]
    [InlineData("egress", 5, 10)]
    [InlineData("sock", 5, 10)]
    [InlineData("sock_create", 5, 10)]
    [InlineData("sock_release", 5, 10)]
    [InlineData("post_bind4", 5, 10)]
    [InlineData("post_bind6", 5, 10)]
    [InlineData("bind4", 5, 10)]
    [InlineData("bind6", 5, 10)]
    [InlineData("connect4", 5, 10)]
    [InlineData("connect6", 5, 10)]
    [InlineData("connect_unix", 6, 7)]
    [InlineData("sendmsg4", 5, 10)]
    [InlineData("sendmsg6", 5, 10)]
    [InlineData("sendmsg_unix", 6, 7)]
    [InlineData("recvmsg4", 5, 10)]
    [InlineData("recvmsg6", 5, 10)]
    [InlineData("recvmsg_unix", 6, 7)]
    [InlineData("getpeername4", 5, 10)]
    [InlineData("getpeername6", 5, 10)]
    [InlineData("getpeername_unix", 6, 7)]
    [InlineData("getsockname4", 5, 10)]
    [InlineData("getsockname6", 5, 10)]
    [InlineData("getsockname_unix", 6, 7)]
    [InlineData("sock_ops", 5, 10)]
    [InlineData("sysctl", 5, 10)]
    [InlineData("device", 5, 10)]
    [InlineData("set_option", 5, 10)]
    [InlineData("get_option", 5, 10)]
    public void AttachCgroup_ProgramForAnyHook_RunsForTheProcessesOfTheCgroupUntilItIsDisposed(string name, int major, int minor)
    {
        Requires.Kernel(major, minor, name);
        using Hooks hooks = new(name);

        using (BpfLink link = hooks[name].AttachCgroup(_cgroup.Path))
        {
            Assert.Equal((LinkType.Cgroup, hooks[name].Id), (link.Type, link.GetInfo().ProgramId));
            Assert.Equal($"program \"{name}\" to cgroup {_cgroup.Path}", link.Description);
            Assert.DoesNotContain(" at -e ", CgroupProcess.DoEverything(_cgroup.Path));
        }

        ulong seen = hooks.Seen;
        Assert.True(seen > 0, $"{name} did not run");
        CgroupProcess.DoEverything(_cgroup.Path);
        Assert.Equal(seen, hooks.Seen);
    }

    [Theory]
    [InlineData("connect4", "connect: Operation not permitted")]
    [InlineData("bind4", "bind: Operation not permitted")]
    [InlineData("sock_create", "socket: Operation not permitted")]
    [InlineData("sendmsg4", "send: Operation not permitted")]
    [InlineData("egress", "send: Operation not permitted")]
    [InlineData("sysctl", "sysctl: Operation not permitted")]
    [InlineData("device", "Can't open /dev/null: Operation not permitted")]
    [InlineData("set_option", "setsockopt: Operation not permitted")]
    [InlineData("get_option", "getsockopt: Operation not permitted")]
    public void AttachCgroup_ProgramThatSaysNo_DeniesTheCall(string name, string said)
    {
        using Hooks hooks = new(name);
        hooks.Set("deny", 1u);
        using BpfLink link = hooks[name].AttachCgroup(_cgroup.Path);

        Assert.Contains(said, CgroupProcess.DoEverything(_cgroup.Path));
    }

    [Theory]
    [InlineData("set_option", "ttl 42")]
    [InlineData("get_option", "ttl 77")]
    public void AttachCgroup_ProgramForSocketOptions_ReplacesTheValue(string name, string said)
    {
        using Hooks hooks = new(name);
        Assert.Contains("ttl 10", CgroupProcess.DoEverything(_cgroup.Path));
        using BpfLink link = hooks[name].AttachCgroup(_cgroup.Path);

        Assert.Contains(said, CgroupProcess.DoEverything(_cgroup.Path));
    }

    [Fact]
    public void AttachCgroup_HookOfSecurityModules_RunsForTheCgroup()
    {
        Requires.Kernel(6, 0, "LSM programs of cgroups");
        Requires.SecurityModuleOfBpf();
        using Hooks hooks = new("on_bind");
        hooks.Set("deny", 1u);

        using (BpfLink link = hooks["on_bind"].AttachCgroup(_cgroup.Path))
            Assert.Contains("bind: Operation not permitted", CgroupProcess.DoEverything(_cgroup.Path));

        Assert.DoesNotContain(" at -e ", CgroupProcess.DoEverything(_cgroup.Path));
    }

    [Fact]
    public void AttachCgroup_Descriptor_IsTheSame()
    {
        using Hooks hooks = new("connect4");
        using BpfHandle directory = CgroupFixture.Open(_cgroup.Path);

        using BpfLink link = hooks["connect4"].AttachCgroup(directory);
        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal(1ul, hooks.Seen);
    }

    [Fact]
    public void Attach_CgroupAsTarget_IsTheSame()
    {
        using Hooks hooks = new("connect4");

        using BpfLink link = hooks["connect4"].Attach(AttachPoint.Cgroup(_cgroup.Path));
        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal(1ul, hooks.Seen);
    }

    [Theory]
    [InlineData(AttachType.CgroupInetIngress)]
    [InlineData(AttachType.CgroupInetEgress)]
    public void AttachCgroup_ProgramForEitherDirection_IsToldWhich(AttachType direction)
    {
        using Hooks hooks = new("either_way");
        InvalidOperationException unsaid = Assert.Throws<InvalidOperationException>(() => hooks["either_way"].AttachCgroup(_cgroup.Path));
        Assert.Contains("it does not say where in the cgroup: CgroupOptions.AttachType has to", unsaid.Message);

        using BpfLink link = hooks["either_way"].AttachCgroup(_cgroup.Path, new CgroupOptions { AttachType = direction });
        CgroupProcess.DoEverything(_cgroup.Path);

        Assert.True(hooks.Seen > 0);
    }

    [Fact]
    public void AttachCgroup_ProgramThatWasOpened_IsToldWhere()
    {
        using Hooks hooks = new("connect4");
        using BpfProgram opened = BpfProgram.Open(hooks["connect4"].Id);
        Assert.Throws<InvalidOperationException>(() => opened.AttachCgroup(_cgroup.Path));

        using BpfLink link = opened.AttachCgroup(_cgroup.Path, new CgroupOptions { AttachType = AttachType.CgroupInet4Connect });
        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal(1ul, hooks.Seen);
    }

    [Fact]
    public void AttachCgroup_NoSuchDirectory_SaysWhereCgroupsAre()
    {
        using Hooks hooks = new("connect4");

        BpfException error = Assert.Throws<BpfException>(() => hooks["connect4"].AttachCgroup($"{CgroupFixture.Root}/no/such"));

        Assert.Equal(
            (Errno.ENOENT, $"there is no such directory (those are below {CgroupFixture.Root})"), (error.Errno, error.Advice));
    }

    [Theory]
    [InlineData("/tmp")]
    [InlineData("/sys/fs/cgroup/cpu")]
    public void AttachCgroup_DirectoryOfAnotherKind_SaysThatItIsNoCgroup(string path)
    {
        Assert.SkipUnless(Directory.Exists(path), $"there is no {path}");
        using Hooks hooks = new("connect4");

        BpfException error = Assert.Throws<BpfException>(() => hooks["connect4"].AttachCgroup(path));

        Assert.Equal(
            (Errno.EBADF, $"it is no cgroup of version 2 (those are below {CgroupFixture.Root})"), (error.Errno, error.Advice));
    }

    [Fact]
    public void IsDetached_CgroupRemovedUnderThePinnedLink_SaysSo()
    {
        using BpfFileSystemFixture pins = new();
        using Hooks hooks = new("connect4");
        string pin = $"{pins.Root}/link";
        CgroupFixture gone = new();
        using BpfLink link = hooks["connect4"].AttachCgroup(gone.Path);
        link.Pin(pin);
        Assert.False(link.IsDetached());

        gone.Dispose();

        // The kernel cleans up behind a cgroup some time after it was removed.
        Assert.True(SpinWait.SpinUntil(() => link.IsDetached() == true, TimeSpan.FromSeconds(20)));
        using BpfLink opened = BpfLink.OpenPinned(pin);
        Assert.True(opened.IsDetached());
        Assert.Equal(Errno.ENOLINK, Assert.Throws<BpfException>(() => opened.Update(hooks["connect4"])).Errno);
    }

    [Fact]
    public void AttachCgroup_DescriptorOfACgroupThatIsGone_SaysSo()
    {
        using Hooks hooks = new("connect4");
        CgroupFixture gone = new();
        using BpfHandle directory = CgroupFixture.Open(gone.Path);
        gone.Dispose();

        BpfException error = Assert.Throws<BpfException>(() => hooks["connect4"].AttachCgroup(directory));

        Assert.Equal("the cgroup was removed", error.Advice);
    }

    [Fact]
    public void Update_Link_RunsTheOtherProgram()
    {
        using Hooks hooks = new("first", "second");
        using BpfLink link = hooks["first"].AttachCgroup(_cgroup.Path);

        link.Update(hooks["second"], expected: hooks["first"]);
        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal(2ul, hooks.Get<ulong>("order"));
    }

    [Fact]
    public void Detach_PinnedLink_EndsItAllTheSame()
    {
        using BpfFileSystemFixture pins = new();
        using Hooks hooks = new("connect4");
        using BpfLink link = hooks["connect4"].AttachCgroup(_cgroup.Path);
        link.Pin($"{pins.Root}/link");

        link.Detach();
        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal((0ul, true), (hooks.Seen, link.IsDetached()));
    }

    [Fact]
    public void AttachCgroup_Anchors_ChooseTheOrder()
    {
        Requires.Kernel(6, 17, "an order of the programs of a cgroup");
        using Hooks hooks = new("first", "second", "third");
        using BpfLink second = hooks["second"].AttachCgroup(_cgroup.Path);
        using BpfLink first = hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { Anchor = LinkAnchor.Before(second) });
        using BpfLink third = hooks["third"].AttachCgroup(_cgroup.Path, new CgroupOptions { Anchor = LinkAnchor.Head });

        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal(312ul, hooks.Get<ulong>("order"));
    }

    [Fact]
    public void AttachCgroup_AnchorThatIsNotThere_SaysSo()
    {
        Requires.Kernel(6, 17, "an order of the programs of a cgroup");
        using Hooks hooks = new("first", "second");
        using CgroupFixture other = new();
        using BpfLink elsewhere = hooks["first"].AttachCgroup(other.Path);

        BpfException error = Assert.Throws<BpfException>(
            () => hooks["second"].AttachCgroup(_cgroup.Path, new CgroupOptions { Anchor = LinkAnchor.After(elsewhere) }));

        Assert.Equal(
            (Errno.ENOENT, $"what it is to stand beside is not attached there: after program \"first\" to cgroup {other.Path}"),
            (error.Errno, error.Advice));
    }

    [Fact]
    public void AttachCgroup_AnchorThatRunsTheOtherWayRound_SaysSo()
    {
        Requires.Kernel(6, 17, "an order of the programs of a cgroup");
        using Hooks hooks = new("first", "second");
        using BpfLink link = hooks["first"].AttachCgroup(_cgroup.Path);

        BpfException error = Assert.Throws<BpfException>(
            () => hooks["second"].AttachCgroup(_cgroup.Path, new CgroupOptions { Anchor = LinkAnchor.After(link), PreOrder = true }));

        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.StartsWith("a link can stand only beside a link that is, as it, PreOrder or not", error.Advice);
    }

    [Fact]
    public void AttachCgroup_RevisionThatIsOver_SaysSo()
    {
        Requires.Kernel(6, 17, "an order of the programs of a cgroup");
        using Hooks hooks = new("first");

        BpfException error = Assert.Throws<BpfException>(() => hooks["first"].AttachCgroup(
            _cgroup.Path, new CgroupOptions { Anchor = LinkAnchor.Tail with { ExpectedRevision = 1000 } }));

        Assert.Equal((Errno.ESTALE, "the programs of the cgroup have changed: they are not of revision 1000 any more"), (error.Errno, error.Advice));
    }

    [Fact]
    public void AttachCgroup_PreOrder_RunsFromTheRootDown()
    {
        Requires.Kernel(6, 15, "programs of a cgroup that run from the root down");
        using Hooks hooks = new("first", "second");
        string child = $"{_cgroup.Path}/child";
        Directory.CreateDirectory(child);
        try
        {
            using BpfLink above = hooks["first"].AttachCgroup(_cgroup.Path);
            using BpfLink below = hooks["second"].AttachCgroup(child);
            CgroupProcess.Connect(child);
            Assert.Equal(21ul, hooks.Get<ulong>("order"));

            hooks.Set("order", 0ul);
            above.Dispose();
            using BpfLink early = hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { PreOrder = true });
            CgroupProcess.Connect(child);
            Assert.Equal(12ul, hooks.Get<ulong>("order"));
        }
        finally
        {
            Directory.Delete(child);
        }
    }

    [Fact]
    public void AttachCgroup_OptionsThatContradict_AreAMistake()
    {
        using Hooks hooks = new("first", "second");
        using BpfLink link = hooks["second"].AttachCgroup(_cgroup.Path);
        CgroupOptions[] wrong =
        [
            new() { Sharing = CgroupSharing.Override, Anchor = LinkAnchor.Head },
            new() { Sharing = CgroupSharing.Exclusive, PreOrder = true },
            new() { Replace = hooks["second"], Anchor = LinkAnchor.Head },
            new() { Anchor = LinkAnchor.Before(hooks["second"]) },
            new() { Sharing = (CgroupSharing)7 },
        ];

        foreach (CgroupOptions options in wrong)
            Assert.ThrowsAny<ArgumentException>(() => hooks["first"].AttachCgroup(_cgroup.Path, options));
    }

    [Fact]
    public void AttachCgroup_AttachTypeOfAnotherProgram_IsAMistake()
    {
        using Hooks hooks = new("connect4", "sysctl");

        Assert.Contains(
            "a CgroupSockAddr program cannot be attached as CgroupSysctl",
            Assert.Throws<InvalidOperationException>(
                () => hooks["connect4"].AttachCgroup(_cgroup.Path, new CgroupOptions { AttachType = AttachType.CgroupSysctl })).Message);
        Assert.Contains(
            "it was loaded with attach type CgroupInet4Connect, not CgroupInet6Connect",
            Assert.Throws<InvalidOperationException>(
                () => hooks["connect4"].AttachCgroup(_cgroup.Path, new CgroupOptions { AttachType = AttachType.CgroupInet6Connect })).Message);
    }
}
