using Ebpf.Links;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Core;

/// <summary>Detaching, replacing, and links whose target is gone.</summary>
public sealed class LinkLifeTests : IDisposable
{
    private readonly KindsOfLinks _links = new();

    public void Dispose() => _links.Dispose();

    [Fact]
    public void Detach_Xdp_DetachesThoughTheLinkIsHeld()
    {
        using VirtualInterfaces interfaces = new();
        BpfLink link = _links.Xdp(interfaces.Index);
        using BpfLink other = BpfLink.Open(link.Id!.Value);
        Assert.False(link.IsDetached());

        other.Detach();

        Assert.True(link.IsDetached());
        Assert.True(other.IsDetached());
        Assert.Equal(0, Assert.IsType<XdpLinkInfo>(link.GetInfo()).InterfaceIndex);
        using KindsOfLinks more = new();
        Assert.NotNull(more.Xdp(interfaces.Index));
    }

    [Fact]
    public void Detach_KindThatCannot_SaysWhatToDo_WithoutAskingTheKernel()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("tracing")), new CollectionOptions { Kernel = kernel });
        using BpfLink link = collection.Programs["on_raw_enter"].Attach();
        int calls = kernel.Calls;

        NotSupportedException error = Assert.Throws<NotSupportedException>(link.Detach);

        Assert.Equal(
            "program \"on_raw_enter\" on raw tracepoint sys_enter: the kernel detaches RawTracepoint links only when nothing holds them any more: "
            + "dispose the link, and remove its pins.",
            error.Message);
        Assert.Equal(calls, kernel.Calls);
        Assert.Null(link.IsDetached());
    }

    [Fact]
    public void Update_KindThatCannot_SaysWhatToDo_WithoutAskingTheKernel()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("tracing")), new CollectionOptions { Kernel = kernel });
        BpfProgram program = collection.Programs["on_raw_enter"];
        using BpfLink link = program.Attach();
        int calls = kernel.Calls;

        NotSupportedException error = Assert.Throws<NotSupportedException>(() => link.Update(program));

        Assert.EndsWith("cannot replace the program of RawTracepoint links: attach the other one anew, then dispose this link.", error.Message);
        Assert.Equal(calls, kernel.Calls);
    }

    [Fact]
    public void IsDetached_InterfaceIsRemoved_TellsAndUpdateSaysWhy()
    {
        BpfLink link;
        using (VirtualInterfaces interfaces = new())
        {
            link = _links.Xdp(interfaces.Index);
            Assert.False(link.IsDetached());
        }

        Assert.True(link.IsDetached());
        BpfException error = Assert.Throws<BpfException>(() => link.Update(_links.Program(ProgramType.Xdp, AttachType.Xdp, 2)));
        Assert.Equal(Errno.ENOLINK, error.Errno);
        Assert.Contains("is gone", error.Advice);
    }

    [Fact]
    public void IsDetached_CgroupIsRemoved_Tells()
    {
        BpfLink link;
        using (CgroupFixture cgroup = new()) link = _links.Cgroup(cgroup.Path);

        // The kernel detaches a moment after the directory is gone.
        Assert.True(SpinWait.SpinUntil(() => link.IsDetached() == true, TimeSpan.FromSeconds(20)));
        Assert.Equal(0ul, Assert.IsType<CgroupLinkInfo>(link.GetInfo()).CgroupId);
    }

    [Fact]
    public void Update_ProgramOfAnotherType_SaysSo()
    {
        using VirtualInterfaces interfaces = new();
        BpfLink link = _links.Xdp(interfaces.Index);

        BpfException error = Assert.Throws<BpfException>(() => link.Update(_links.Program(ProgramType.SocketFilter)));

        Assert.Contains("the program is of another type or attach type", error.Advice);
    }

    [Fact]
    public void Open_ById_IsTheSameLink()
    {
        using VirtualInterfaces interfaces = new();
        BpfLink link = _links.Xdp(interfaces.Index);

        using BpfLink other = BpfLink.Open(link.Id!.Value);

        Assert.Equal((LinkType.Xdp, link.Id, $"Xdp link {link.Id}"), (other.Type, other.Id, other.Description));
        Assert.Equal(link.GetInfo(), other.GetInfo());
    }

    [Fact]
    public void Close_ManyAttachments_ClosesEachOnce_EvenAfterOneThatFails()
    {
        Recorded[] parts = [.. Enumerable.Range(0, 100).Select(i => new Recorded { IsSlow = true, Fails = i == 50 })];
        CompositeAttachment composite = new(parts);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(composite.Close);
        composite.Close();

        Assert.Equal("close", error.Message);
        Assert.All(parts, part => Assert.Equal(1, part.Closed));
        Assert.True(parts.Select(part => part.Thread).Distinct().Count() > 1);
        Assert.DoesNotContain(parts, part => part.IsPoolThread);
        Assert.True(composite.IsDetached());
    }

    [Fact]
    public void Close_FewAttachments_ClosesTheLastOneFirst()
    {
        List<int> order = [];
        CompositeAttachment composite = new([.. Enumerable.Range(0, 5).Select(i => new Recorded { IsSlow = true, OnClose = () => order.Add(i) })]);

        composite.Close();

        Assert.Equal([4, 3, 2, 1, 0], order);
    }

    [Fact]
    public void Composite_WithALinkOfItsOwn_RefusesUpdate()
    {
        CompositeAttachment composite = new([new Recorded(), new Recorded()]);
        using BpfLink link = new(composite, LinkType.PerfEvent, "two probes");

        NotSupportedException error = Assert.Throws<NotSupportedException>(() => link.Update(_links.Program(ProgramType.SocketFilter)));

        Assert.Equal("two probes is attached in 2 places, whose programs cannot be replaced in one step: attach the other one anew.", error.Message);
        Assert.False(link.IsDetached());
        Assert.All(composite.Parts, part => Assert.Same(link, part.Owner));
        link.Detach();
        Assert.True(link.IsDetached());
    }

    [Fact]
    public void DisposeAll_ManyProbes_LeavesNone()
    {
        const int count = 2 * CompositeAttachment.MinForThreads;
        FaultyKernel kernel = new();
        using KindsOfLinks links = new(kernel);
        BpfProgram program = links.Program(ProgramType.Kprobe);
        UprobeOptions options = new() { Scope = ProcessScope.ThisProcess };
        int before = kernel.OpenDescriptors;
        List<BpfLink> probes = [.. Enumerable.Range(0, count).Select(_ => program.AttachUprobe("libc.so.6", "getpgid", options))];
        Assert.True(kernel.OpenDescriptors >= before + count);
        BpfLink.DisposeAll(probes);

        Assert.Equal(before, kernel.OpenDescriptors);
        BpfLink.DisposeAll(probes);
        Assert.Equal(before, kernel.OpenDescriptors);
    }

    [Theory]
    [InlineData("detach", Errno.EOPNOTSUPP)]
    [InlineData("detach", Errno.ENOMEM)]
    [InlineData("update", Errno.ENOMEM)]
    [InlineData("ask", Errno.ENOMEM)]
    public void Members_CallFails_SayWhatWasDone(string what, Errno answer)
    {
        BpfCommand failing = what switch
        {
            "detach" => BpfCommand.LinkDetach,
            "update" => BpfCommand.LinkUpdate,
            _ => BpfCommand.ObjectGetInfo,
        };
        FaultyKernel kernel = new();
        using KindsOfLinks links = new(kernel);
        BpfLink link = links.Netns();
        BpfProgram program = links.Program(ProgramType.SkLookup, AttachType.SkLookup, 1);
        kernel.OnBpf = (command, _) => command == failing ? answer : null;

        Exception error = Record.Exception(() =>
        {
            if (failing == BpfCommand.LinkDetach) link.Detach();
            else if (failing == BpfCommand.LinkUpdate) link.Update(program);
            else link.IsDetached();
        })!;

        kernel.OnBpf = null;
        if (answer == Errno.EOPNOTSUPP) Assert.IsType<NotSupportedException>(error);
        else Assert.Equal(answer, Assert.IsType<BpfException>(error).Errno);
        Assert.Contains("Netns link", error.Message);
        Assert.False(link.IsDetached());
    }

    [Fact]
    public void OpenAll_FindsEveryLink()
    {
        BpfLink netns = _links.Netns();
        List<uint?> ids = [];

        foreach (BpfLink link in BpfLink.OpenAll())
        {
            using (link) ids.Add(link.Id);
        }

        Assert.Contains(netns.Id, ids);
        Assert.Equal(ids.Order(), ids);
    }

    private sealed class Recorded : Attachment
    {
        private int _closed;

        public bool IsSlow { get; init; }

        public bool Fails { get; init; }

        public Action? OnClose { get; init; }

        public int Closed => _closed;

        public int Thread { get; private set; }

        public bool IsPoolThread { get; private set; }

        public override bool ClosesSlowly => IsSlow;

        public override void Close()
        {
            Interlocked.Increment(ref _closed);
            Thread = Environment.CurrentManagedThreadId;
            IsPoolThread = System.Threading.Thread.CurrentThread.IsThreadPoolThread;
            if (IsSlow && OnClose is null) System.Threading.Thread.Sleep(1);
            OnClose?.Invoke();
            if (Fails) throw new InvalidOperationException("close");
        }

        public override bool? IsDetached() => _closed > 0;
    }
}
