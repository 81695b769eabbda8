using Ebpf.TestData;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Links.Core;

public sealed class PinTakeoverTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    private static uint ResultOf(Task<uint> task) => task.GetAwaiter().GetResult();

    [Fact]
    public void AttachPinned_XdpLinkOfAProcessThatEnded_IsTakenOverByTheNextWithoutALostPacket()
    {
        const int packets = 20_000;
        using VirtualInterfaces interfaces = new();
        string pin = PathOf("taken_over");

        // The first process attaches and ends; the second one takes over while packets arrive.
        uint first = Run();
        using BpfMap firstCounts = CountsOf(first);
        Task<uint> takeover = Task.Factory.StartNew(
            () =>
            {
                Assert.True(SpinWait.SpinUntil(() => Sum(firstCounts) > packets / 10, TimeSpan.FromSeconds(60)));
                return Run();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        int sent = 0;
        for (; sent < packets || !takeover.IsCompleted; sent++)
        {
            interfaces.SendFromPeer(Packets.Udp());

            // The way from the peer to the interface is a queue, which must not be what loses packets.
            if (sent % 64 == 0) Thread.Yield();
        }

        for (int i = 0; i < 100; i++, sent++) interfaces.SendFromPeer(Packets.Udp());
        uint second = ResultOf(takeover);
        using BpfMap secondCounts = CountsOf(second);
        Assert.NotEqual(first, second);
        Assert.True(
            SpinWait.SpinUntil(() => Sum(firstCounts) + Sum(secondCounts) == (ulong)sent, TimeSpan.FromSeconds(20)),
            $"{sent} sent, {Sum(firstCounts)} and {Sum(secondCounts)} counted");
        Assert.True(Sum(firstCounts) > 0 && Sum(secondCounts) >= 100);

        using BpfLink link = BpfLink.OpenPinned(pin);
        Assert.Equal(second, link.GetInfo().ProgramId);
        Assert.True(link.Unpin());

        uint Run()
        {
            using Rights.Child child = Rights.Child.Start(["env"], ["take-over", pin, interfaces.Name, TestObject.Path("counter")]);
            return uint.Parse(child.Finish(), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public void AttachPinned_InterfaceIsGone_RemovesTheDeadPinAndAttachesAnew()
    {
        using BpfCollection collection = Load();
        BpfProgram program = collection.Programs["count_packets"];
        string pin = PathOf("dead");
        using (VirtualInterfaces gone = new()) program.AttachPinned(pin, AttachPoint.Interface(gone.Name)).Dispose();
        PinnedObject dead = BpfFileSystem.Find(pin)!;
        Assert.True(dead.IsStale());
        Assert.Contains(BpfFileSystem.Walk(files.Root), pinned => pinned.IsStale() && pinned.Path == pin);

        using VirtualInterfaces interfaces = new();
        using (BpfLink other = program.AttachXdp(interfaces.Name))
        {
            BpfException error = Assert.Throws<BpfException>(() => other.Pin(pin));
            Assert.Equal(
                (Errno.EEXIST, "a link that is attached to nothing any more is pinned there: remove the file, or pin elsewhere"),
                (error.Errno, error.Advice));
        }

        using BpfLink link = program.AttachPinned(pin, AttachPoint.Interface(interfaces.Name));

        Assert.Equal(interfaces.Index, Assert.IsType<XdpLinkInfo>(link.GetInfo()).InterfaceIndex);
        Assert.NotEqual(dead.Id, link.Id);
        Assert.Equal(link.Id, BpfFileSystem.Find(pin)!.Id);
        Assert.False(BpfFileSystem.Find(pin)!.IsStale());
        link.Unpin();
    }

    [Fact]
    public void AttachPinned_LinkOfAnotherInterface_IsLeftAlone()
    {
        using VirtualInterfaces here = new(), there = new();
        using BpfCollection collection = Load(), next = Load();
        string pin = PathOf("elsewhere");
        using BpfLink link = collection.Programs["count_packets"].AttachPinned(pin, AttachPoint.Interface(there.Name));

        BpfException error = Assert.Throws<BpfException>(
            () => next.Programs["count_packets"].AttachPinned(pin, AttachPoint.Interface(here.Name)));

        Assert.Contains($"it is not attached to interface {here.Name}", error.Advice);
        Assert.Equal(collection.Programs["count_packets"].Id, link.GetInfo().ProgramId);
        link.Unpin();
    }

    [Fact]
    public void AttachPinned_KindWithoutUpdate_RunsTheNewOneBeforeTheOldOneEnds()
    {
        string pin = PathOf("raw");
        using BpfCollection first = Tracing(), second = Tracing();
        using (BpfLink old = first.Programs["on_raw_enter"].AttachPinned(pin)) Assert.Equal(pin, old.PinPath);

        using BpfLink link = second.Programs["on_raw_enter"].AttachPinned(pin);

        Assert.Equal(second.Programs["on_raw_enter"].Id, link.GetInfo().ProgramId);
        Assert.Equal(link.Id, BpfFileSystem.Find(pin)!.Id);
        Assert.DoesNotContain(BpfLink.ListInfos(), info => info.ProgramId == first.Programs["on_raw_enter"].Id);
        link.Unpin();
    }

    [Fact]
    public void AttachPinned_MapOrProgram_SaysWhatIsPinnedThere()
    {
        using BpfCollection collection = Load();
        BpfProgram program = collection.Programs["count_packets"];
        (string map, string other) = (PathOf("a_map"), PathOf("a_program"));
        collection.Maps["pkt_count"].Pin(map);
        program.Pin(other);

        Assert.Contains(
            "what is pinned there is no link, but a map",
            Assert.Throws<BpfException>(() => program.AttachPinned(map, AttachPoint.Interface("lo"))).Message);
        Assert.Contains(
            "what is pinned there is no link, but a program", Assert.Throws<BpfException>(() => BpfLink.OpenPinned(other)).Message);
        Assert.False(BpfFileSystem.Find(map)!.IsStale());
        collection.Maps["pkt_count"].Unpin();
        program.Unpin();
    }

    [Fact]
    public void AttachPinned_AnyOneCallFails_KeepsThePinOrLeavesNothing()
    {
        using VirtualInterfaces interfaces = new();
        AttachPoint target = AttachPoint.Custom("it", xdp => xdp.AttachXdp(interfaces.Index, new XdpOptions { Mode = XdpMode.Generic }));
        using BpfCollection first = Load();
        string pin = PathOf("faults");
        foreach (bool isThere in (bool[])[false, true])
        {
            for (int call = 1; ; call++)
            {
                BpfLink? old = isThere ? first.Programs["count_packets"].AttachPinned(pin, target) : null;
                FaultyKernel kernel = new();
                using (BpfCollection collection = Load(kernel))
                {
                    int before = kernel.OpenDescriptors;
                    (kernel.FailingWith, kernel.FailingCall) = (Errno.ENOMEM, kernel.Calls + call);
                    bool isLast = false;
                    try
                    {
                        using BpfLink link = collection.Programs["count_packets"].AttachPinned(pin, target);
                        isLast = kernel.Calls < kernel.FailingCall;
                        Assert.True(File.Exists(pin));
                        File.Delete(pin);
                    }
                    catch (BpfException error) when (error.Errno == Errno.ENOMEM)
                    {
                        Assert.Equal(isThere, File.Exists(pin));
                        if (isThere) Assert.Equal(first.Programs["count_packets"].Id, old!.GetInfo().ProgramId);
                        old?.Unpin();
                    }

                    Assert.Equal(before, kernel.OpenDescriptors);
                    old?.Dispose();
                    if (isLast) break;
                }
            }
        }
    }

    [Fact]
    public void AttachPinned_KindWithoutUpdate_AnyOneCallFails_TheOldOneRuns()
    {
        string pin = PathOf("raw_faults");
        using BpfCollection first = Tracing();
        for (int call = 1; ; call++)
        {
            using BpfLink old = first.Programs["on_raw_enter"].Attach();
            old.Pin(pin);
            FaultyKernel kernel = new();
            using BpfCollection collection = BpfCollection.Load(
                CollectionSpec.Load(TestObject.Path("tracing")), new CollectionOptions { Kernel = kernel });
            int before = kernel.OpenDescriptors;
            (kernel.FailingWith, kernel.FailingCall) = (Errno.ENOMEM, kernel.Calls + call);
            bool isLast = false;
            try
            {
                using BpfLink link = collection.Programs["on_raw_enter"].AttachPinned(pin);
                isLast = kernel.Calls < kernel.FailingCall;
                File.Delete(pin);
            }
            catch (BpfException error) when (error.Errno == Errno.ENOMEM)
            {
                Assert.Equal(old.Id, BpfFileSystem.Find(pin)!.Id);
                old.Unpin();
            }

            Assert.Equal(before, kernel.OpenDescriptors);
            if (isLast) return;
        }
    }

    private static BpfMap CountsOf(uint program)
    {
        using BpfProgram opened = BpfProgram.Open(program);
        foreach (uint id in opened.GetInfo().MapIds)
        {
            BpfMap map = BpfMap.Open(id);
            if (map.Name == "pkt_count") return map;
            map.Dispose();
        }

        throw new InvalidOperationException("The program has no such map.");
    }

    private static ulong Sum(BpfMap counts) => counts.AsPerCpu<uint, ulong>().Sum(Packets.UdpProtocol);

    private static BpfCollection Load(FaultyKernel? kernel = null) =>
        BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")), new CollectionOptions { Kernel = kernel });

    private static BpfCollection Tracing() => BpfCollection.Load(CollectionSpec.Load(TestObject.Path("tracing")));

    private string PathOf(string name) => Path.Combine(files.Root, name);
}
