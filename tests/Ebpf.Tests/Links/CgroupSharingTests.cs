using Ebpf.Links.Cgroups;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links;

/// <summary>How programs of a cgroup get on with each other, and what older kernels do in the place of links.</summary>
public sealed unsafe class CgroupSharingTests : IDisposable
{
    private readonly CgroupFixture _cgroup = new();

    public void Dispose() => _cgroup.Dispose();

    [Fact]
    public void AttachCgroup_KernelWithoutLinks_AttachesBesideOthersAndDetachesItself()
    {
        FaultyKernel kernel = WithoutLinks();
        using Hooks hooks = Hooks.On(kernel, "cgroup_hooks", "first", "second");

        BpfLink first = hooks["first"].AttachCgroup(_cgroup.Path);
        using BpfLink second = hooks["second"].AttachCgroup(_cgroup.Path);
        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal(12ul, hooks.Get<ulong>("order"));
        Assert.Equal((LinkType.Cgroup, null, false), (first.Type, first.Id, first.IsDetached()));
        Assert.Equal(2u, Slot().Flags);
        first.Dispose();
        first.Dispose();
        Assert.Equal([hooks["second"].Id], Slot().Programs);
    }

    [Fact]
    public void Update_KernelWithoutLinks_ReplacesTheProgramInItsPlace()
    {
        FaultyKernel kernel = WithoutLinks();
        using Hooks hooks = Hooks.On(kernel, "cgroup_hooks", "first", "second", "third");
        BpfLink link = hooks["first"].AttachCgroup(_cgroup.Path);
        using BpfLink other = hooks["second"].AttachCgroup(_cgroup.Path);

        BpfException error = Assert.Throws<BpfException>(() => link.Update(hooks["third"], expected: hooks["second"]));
        Assert.Equal(
            (Errno.EPERM, $"the program that is attached now is program \"first\" (id {hooks["first"].Id})"), (error.Errno, error.Advice));
        link.Update(hooks["third"], expected: hooks["first"]);
        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal(32ul, hooks.Get<ulong>("order"));
        link.Dispose();
        Assert.Equal([hooks["second"].Id], Slot().Programs);
    }

    [Fact]
    public void AttachCgroup_KernelWithoutLinks_HasNoOrder()
    {
        FaultyKernel kernel = WithoutLinks();
        kernel.Files[FaultyKernel.Release] = "5.4.0\n";
        kernel.Files["/proc/version_signature"] = null;
        kernel.Files[FaultyKernel.Build] = "#1 SMP\n";
        using Hooks hooks = Hooks.On(kernel, "cgroup_hooks", "first");

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(
            () => hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { Anchor = LinkAnchor.Head }));
        Assert.Equal(("an order of the programs of a cgroup", new Version(6, 17)), (error.Feature, error.Since));
        error = Assert.Throws<FeatureNotSupportedException>(
            () => hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { PreOrder = true }));
        Assert.Equal(new Version(6, 15), error.Since);
        Assert.Empty(Slot().Programs);
    }

    [Fact]
    public void AttachCgroup_KernelWithoutLinks_OutlivesTheGarbageCollectorAndIsGoneWithTheCgroup()
    {
        using Hooks hooks = Hooks.On(WithoutLinks(), "cgroup_hooks", "first");
        CgroupFixture gone = new();
        BpfLink link = hooks["first"].AttachCgroup(gone.Path);

        gone.Dispose();

        Assert.True(link.IsDetached());
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => link.Update(hooks["first"])).Errno);
        link.Detach();
        Assert.True(link.IsDetached());
        Assert.Throws<NotSupportedException>(() => link.Pin("/sys/fs/bpf/nothing"));
    }

    [Theory]
    [InlineData(CgroupSharing.Override, 1u)]
    [InlineData(CgroupSharing.Exclusive, 0u)]
    public void AttachCgroup_Alone_PutsNobodyOutUnlessTold(CgroupSharing sharing, uint flags)
    {
        using Hooks hooks = new("first", "second");
        using BpfLink first = hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { Sharing = sharing });
        Assert.Equal((flags, null), (Slot().Flags, first.Handle));

        BpfException error = Assert.Throws<BpfException>(
            () => hooks["second"].AttachCgroup(_cgroup.Path, new CgroupOptions { Sharing = sharing }));
        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.Equal(
            $"program \"first\" (id {hooks["first"].Id}) is attached there alone, and would be put out: name it as CgroupOptions.Replace if it is to be",
            error.Advice);

        BpfLink second = hooks["second"].AttachCgroup(_cgroup.Path, new CgroupOptions { Sharing = sharing, Replace = hooks["first"] });
        Assert.Equal((true, false), (first.IsDetached(), second.IsDetached()));

        // The kernel would remove whichever is there.
        first.Dispose();
        Assert.Equal([hooks["second"].Id], Slot().Programs);
        second.Update(hooks["first"]);
        Assert.Equal([hooks["first"].Id], Slot().Programs);
        second.Dispose();
        Assert.Empty(Slot().Programs);
    }

    [Fact]
    public void AttachCgroup_Override_LeavesThePlaceToTheCgroupBelow()
    {
        using Hooks hooks = new("first", "second");
        string child = $"{_cgroup.Path}/child";
        Directory.CreateDirectory(child);
        try
        {
            using BpfLink above = hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { Sharing = CgroupSharing.Override });
            using BpfLink below = hooks["second"].AttachCgroup(child);
            CgroupProcess.Connect(child);
            CgroupProcess.Connect(_cgroup.Path);

            Assert.Equal(21ul, hooks.Get<ulong>("order"));
        }
        finally
        {
            Directory.Delete(child);
        }
    }

    [Fact]
    public void AttachCgroup_ProgramAboveExcludesOthers_SaysWhichAndWhere()
    {
        using Hooks hooks = new("first", "second");
        string child = $"{_cgroup.Path}/child";
        string grandchild = $"{child}/child";
        Directory.CreateDirectory(grandchild);
        try
        {
            using BpfLink above = hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { Sharing = CgroupSharing.Exclusive });

            BpfException error = Assert.Throws<BpfException>(() => hooks["second"].AttachCgroup(grandchild));
            Assert.Equal(
                $"Attach program \"second\" to cgroup {grandchild}: EPERM: program \"first\" (id {hooks["first"].Id}) is attached to cgroup "
                + $"{_cgroup.Path}, above it, without BPF_F_ALLOW_MULTI and BPF_F_ALLOW_OVERRIDE: cgroups below can have no program of this kind",
                error.Message);
            using BpfHandle directory = CgroupFixture.Open(child);
            error = Assert.Throws<BpfException>(() => hooks["second"].AttachCgroup(directory));
            Assert.Contains("is attached to the cgroup 1 level above it", error.Advice);
        }
        finally
        {
            Directory.Delete(grandchild);
            Directory.Delete(child);
        }
    }

    [Fact]
    public void AttachCgroup_ProgramInTheSameCgroupExcludesOthers_SaysWhich()
    {
        using Hooks hooks = new("first", "second");
        using BpfLink alone = hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { Sharing = CgroupSharing.Override });

        BpfException error = Assert.Throws<BpfException>(() => hooks["second"].AttachCgroup(_cgroup.Path));

        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.Equal(
            $"program \"first\" (id {hooks["first"].Id}) is attached there already, with BPF_F_ALLOW_OVERRIDE: no other can be attached beside it, "
            + "before whoever attached it detaches it or attaches it with BPF_F_ALLOW_MULTI",
            error.Advice);
    }

    [Fact]
    public void AttachCgroup_AloneBesideLinks_SaysThatItCannot()
    {
        using Hooks hooks = new("first", "second");
        using BpfLink link = hooks["first"].AttachCgroup(_cgroup.Path);

        BpfException error = Assert.Throws<BpfException>(
            () => hooks["second"].AttachCgroup(_cgroup.Path, new CgroupOptions { Sharing = CgroupSharing.Exclusive }));

        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.EndsWith("with BPF_F_ALLOW_MULTI: a program that is to be alone (Exclusive) cannot be attached beside them", error.Advice);
    }

    [Fact]
    public void AttachCgroup_Replace_TakesThePlaceOfAProgramWithoutALink()
    {
        FaultyKernel kernel = WithoutLinks();
        using Hooks hooks = Hooks.On(kernel, "cgroup_hooks", "first", "second", "third");
        using BpfLink first = hooks["first"].AttachCgroup(_cgroup.Path);
        using BpfLink second = hooks["second"].AttachCgroup(_cgroup.Path);

        using BpfLink third = hooks["third"].AttachCgroup(_cgroup.Path, new CgroupOptions { Replace = hooks["first"] });
        CgroupProcess.Connect(_cgroup.Path);

        Assert.Equal(32ul, hooks.Get<ulong>("order"));
        BpfException error = Assert.Throws<BpfException>(
            () => hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { Replace = hooks["first"] }));
        Assert.Contains("program \"first\" is not attached there", error.Advice);
    }

    [Fact]
    public void AttachCgroup_WithoutThePrivilege_NamesIt()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = static (command, _) => command == BpfCommand.LinkCreate ? Errno.EPERM : null,
        };
        using Hooks hooks = Hooks.On(kernel, "cgroup_hooks", "first");
        kernel.Files["/proc/thread-self/status"] = "Name:\tx\nCapEff:\t0000008000000000\nSeccomp:\t0\n";

        BpfException error = Assert.Throws<BpfException>(() => hooks["first"].AttachCgroup(_cgroup.Path));

        Assert.Contains("CAP_NET_ADMIN", error.Advice);
        Assert.Contains("this process lacks CAP_NET_ADMIN", error.Advice);
    }

    [Fact]
    public void AttachCgroup_MemoryThatIsLimited_IsTriedAgainOnceTheLimitIsRaised()
    {
        int refusals = 0;
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == BpfCommand.LinkCreate && refusals++ == 0 ? Errno.ENOMEM : null,
        };
        kernel.Files[FaultyKernel.Release] = "5.10.0\n";
        kernel.Files["/proc/version_signature"] = null;
        kernel.Files[FaultyKernel.Build] = "#1 SMP\n";
        using Hooks hooks = Hooks.On(kernel, "cgroup_hooks", "first");
        kernel.ResourceLimits[ResourceLimit.LockedMemory] = new ResourceLimit { Current = 65536, Maximum = 65536 };

        using BpfLink link = hooks["first"].AttachCgroup(_cgroup.Path);

        Assert.Equal((2, ResourceLimit.Infinity), (refusals, kernel.ResourceLimits[ResourceLimit.LockedMemory].Current));
    }

    [Theory]
    [InlineData(false, CgroupSharing.Multi)]
    [InlineData(true, CgroupSharing.Multi)]
    [InlineData(false, CgroupSharing.Override)]
    public void AttachCgroup_AnyCallFails_LeavesNothingAttachedAndNothingOpen(bool withoutLinks, CgroupSharing sharing)
    {
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = withoutLinks ? WithoutLinks() : new();
            using Hooks hooks = Hooks.On(kernel, "cgroup_hooks", "first");
            int before = kernel.OpenDescriptors;
            (kernel.FailingCall, kernel.FailingWith) = (kernel.Calls + call, Errno.EIO);
            try
            {
                BpfLink link = hooks["first"].AttachCgroup(_cgroup.Path, new CgroupOptions { Sharing = sharing });
                bool isOver = kernel.FailingCall > kernel.Calls;
                kernel.FailingCall = 0;
                link.Dispose();
                Assert.Equal(before, kernel.OpenDescriptors);
                if (isOver) break;
            }
            catch (BpfException)
            {
            }

            Assert.Empty(Slot().Programs);
            Assert.Equal(before, kernel.OpenDescriptors);
        }

        Assert.Empty(Slot().Programs);
    }

    private static FaultyKernel WithoutLinks() => new()
    {
        OnBpf = static (command, _) => command == BpfCommand.LinkCreate ? Errno.EINVAL : null,
    };

    private CgroupSlot Slot()
    {
        using BpfHandle directory = CgroupFixture.Open(_cgroup.Path);
        using BorrowedDescriptor borrowed = directory.Borrow();
        Assert.Equal(
            Errno.None,
            CgroupSlot.Read(RunningKernel.Instance, borrowed.Descriptor, AttachType.CgroupInet4Connect, out CgroupSlot slot));
        return slot;
    }
}
