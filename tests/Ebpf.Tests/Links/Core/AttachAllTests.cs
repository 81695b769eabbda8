using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Core;

public sealed class AttachAllTests
{
    [Fact]
    public void AttachAll_EveryProgram_IsAttachedOrSaysWhyNot()
    {
        using BpfCollection collection = BpfCollection.Load(Tracing());

        using BpfLinkSet links = collection.AttachAll();

        Assert.Equal(
            [
                ("on_getpgid", AttachStatus.Attached, null),
                ("on_raw_enter", AttachStatus.Attached, null),
                ("without_target", AttachStatus.LeftOut, "it does not say where; give an AttachPoint, or use the method for its kind"),
            ],
            links.Outcomes.Select(outcome => (outcome.Name, outcome.Status, outcome.Reason)));
        Assert.Equal(["on_getpgid", "on_raw_enter"], links.Links.Keys);
        Assert.Equal(LinkType.PerfEvent, links["on_getpgid"].Type);
        Assert.Same(collection.Programs["on_getpgid"], links.Outcomes[0].Program);
        Assert.Equal("without_target: left out: " + links.Outcomes[2].Reason, links.Outcomes[2].ToString());
    }

    [Fact]
    public void AttachAll_TargetsThatSectionsCannotSay_AreGiven()
    {
        using VirtualInterfaces interfaces = new();
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")));
        Assert.Equal(AttachStatus.LeftOut, Assert.Single(Attach(new()).Outcomes).Status);

        using (BpfLinkSet links = Attach(new() { Targets = { ["count_packets"] = AttachPoint.Interface(interfaces.Name) } }))
            Assert.Equal(interfaces.Index, Assert.IsType<XdpLinkInfo>(links["count_packets"].GetInfo()).InterfaceIndex);

        AttachAllOptions options = new()
        {
            FindTarget = program => program.Type == ProgramType.Xdp
                ? AttachPoint.Custom("it", xdp => xdp.AttachXdp(interfaces.Index, new XdpOptions { Mode = XdpMode.Generic }))
                : null,
        };
        using (BpfLinkSet links = Attach(options)) Assert.Equal(LinkType.Xdp, links["count_packets"].Type);

        BpfLinkSet Attach(AttachAllOptions options) => collection.AttachAll(options);
    }

    [Fact]
    public void AttachAll_OneFails_DetachesTheOthers()
    {
        FaultyKernel kernel = new();
        CollectionSpec spec = Tracing();
        spec.Programs["on_raw_enter"].AttachTo = "no_such_tracepoint";
        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
        int before = kernel.OpenDescriptors;

        BpfException error = Assert.Throws<BpfException>(() => collection.AttachAll());

        Assert.StartsWith(
            "Attach program \"on_raw_enter\" on raw tracepoint no_such_tracepoint: ENOENT: this kernel has no such tracepoint", error.Message);
        Assert.Equal(before, kernel.OpenDescriptors);
    }

    [Fact]
    public void AttachAll_KeepGoing_TellsOfFailuresAndKeepsTheRest()
    {
        CollectionSpec spec = Tracing();
        spec.Programs["on_getpgid"].AttachTo = "syscalls/no_such_point";
        using BpfCollection collection = BpfCollection.Load(spec);

        using BpfLinkSet links = collection.AttachAll(new AttachAllOptions { KeepGoing = true });

        AttachOutcome failed = links.Outcomes[0];
        Assert.Equal((AttachStatus.Failed, Errno.ENOENT), (failed.Status, Assert.IsType<BpfException>(failed.Error).Errno));
        Assert.Equal(failed.Error!.Message, failed.Reason);
        Assert.Equal(["on_raw_enter"], links.Links.Keys);
        Assert.Throws<KeyNotFoundException>(() => links["on_getpgid"]);
    }

    [Fact]
    public void AttachAll_Excluded_IsLeftOut()
    {
        using BpfCollection collection = BpfCollection.Load(Tracing());

        using BpfLinkSet links = collection.AttachAll(new AttachAllOptions { Exclude = { "on_raw_enter" } });

        Assert.Equal((AttachStatus.LeftOut, "it is excluded"), (links.Outcomes[1].Status, links.Outcomes[1].Reason));
        Assert.Equal(["on_getpgid"], links.Links.Keys);
    }

    [Fact]
    public void AttachAll_OptionsThatNameNothing_AreAMistake()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = BpfCollection.Load(Tracing(), new CollectionOptions { Kernel = kernel });
        int calls = kernel.Calls;

        Assert.Throws<ArgumentException>(() => collection.AttachAll(new AttachAllOptions { Exclude = { "on_rav_enter" } }));
        Assert.Throws<ArgumentException>(
            () => collection.AttachAll(new AttachAllOptions { Targets = { ["on_rav_enter"] = AttachPoint.Interface("lo") } }));
        Assert.Equal(calls, kernel.Calls);
    }

    [Fact]
    public void AttachAll_TargetOfAnotherKind_SaysSo()
    {
        using BpfCollection collection = BpfCollection.Load(Tracing());

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => collection.AttachAll(new AttachAllOptions { Targets = { ["without_target"] = AttachPoint.Interface("lo") } }));

        Assert.StartsWith("Attach program \"without_target\" to interface lo: it is a Tracepoint program (section \"tp\");", error.Message);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("linked")]
    public void AttachAll_StructOpsMap_IsRegistered(string table)
    {
        if (table == "linked") Requires.Kernel(6, 4, "links of struct_ops");
        StructOpsFixture fixture = new(table);
        using BpfCollection collection = fixture.Load();

        using (BpfLinkSet links = collection.AttachAll())
        {
            Assert.True(fixture.IsRegistered);
            Assert.Same(collection.Maps[table], links.Outcomes[^1].Map);
            Assert.All(
                links.Outcomes.Where(outcome => outcome.Program is { Type: ProgramType.StructOps }),
                outcome => Assert.Equal("the kernel calls it through the struct_ops map that names it: attach that", outcome.Reason));
        }

        Assert.False(fixture.IsRegistered);
        using BpfLinkSet without = collection.AttachAll(new AttachAllOptions { Exclude = { table } });
        Assert.False(fixture.IsRegistered);
        Assert.Empty(without.Links);
    }

    [Fact]
    public void Take_Link_OutlivesTheSet()
    {
        using BpfCollection collection = BpfCollection.Load(Tracing());
        BpfLinkSet links = collection.AttachAll();
        using BpfLink taken = links.Take("on_raw_enter");

        links.Dispose();
        links.Dispose();

        Assert.Equal("sys_enter", Assert.IsType<RawTracepointLinkInfo>(taken.GetInfo()).Name);
    }

    [Fact]
    public void AttachAll_AnyOneCallFails_LeavesNothing()
    {
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using (BpfCollection collection = BpfCollection.Load(Tracing(), new CollectionOptions { Kernel = kernel }))
            {
                int before = kernel.OpenDescriptors;
                (kernel.FailingWith, kernel.FailingCall) = (Errno.ENOMEM, kernel.Calls + call);
                bool isLast = false;
                try
                {
                    collection.AttachAll().Dispose();
                    isLast = kernel.Calls < kernel.FailingCall;
                }
                catch (BpfException error)
                {
                    Assert.Equal(Errno.ENOMEM, error.Errno);
                }

                Assert.Equal(before, kernel.OpenDescriptors);
                if (isLast) return;
            }
        }
    }

    [Fact]
    public void Attach_TenThousandTimes_LeavesNothing()
    {
        FaultyKernel kernel = new();
        using VirtualInterfaces interfaces = new();
        CollectionSpec spec = Tracing();
        using BpfCollection tracing = BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
        using BpfCollection counter = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")), new CollectionOptions { Kernel = kernel });
        AttachAllOptions options = new()
        {
            Targets = { ["count_packets"] = AttachPoint.Custom("it", xdp => xdp.AttachXdp(interfaces.Index, new XdpOptions { Mode = XdpMode.Generic })) },
        };
        HashSet<uint> own = [tracing.Programs["on_getpgid"].Id, tracing.Programs["on_raw_enter"].Id, counter.Programs["count_packets"].Id];
        Warm();
        int before = kernel.OpenDescriptors;

        BpfProgram xdp = counter.Programs["count_packets"];

        // While one is attached, the kernel need not rewrite its code for the first and the last one.
        using BpfLink held = xdp.AttachXdp(interfaces.PeerName, new XdpOptions { Mode = XdpMode.Generic });
        for (int i = 0; i < 10_000; i++)
        {
            xdp.Attach(options.Targets["count_packets"]).Dispose();
        }

        held.Dispose();
        Warm();
        Assert.Equal(before, kernel.OpenDescriptors);
        Assert.DoesNotContain(BpfLink.ListInfos(), info => own.Contains(info.ProgramId ?? 0));

        void Warm()
        {
            tracing.AttachAll().Dispose();
            counter.AttachAll(options).Dispose();
        }
    }

    private static CollectionSpec Tracing() => CollectionSpec.Load(TestObject.Path("tracing"));
}
