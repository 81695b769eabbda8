using Ebpf.Btf;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links;

public sealed class StructOpsAttachTests
{
    [Fact]
    public void Attach_TableWithoutLink_IsCalledUntilItIsDisposed()
    {
        StructOpsFixture fixture = new("plain");
        using BpfCollection collection = fixture.Load();
        BpfStructOps table = collection.Maps["plain"].AsStructOps();

        BpfLink link = table.Attach();
        fixture.Connect();

        Assert.True(fixture.IsRegistered);
        Assert.Equal(StructOpsState.InUse, table.GetState());
        Assert.False(table.HasLink);
        Assert.Equal((LinkType.StructOps, null), (link.Type, link.Id));
        Assert.Equal("struct_ops map \"plain\"", link.Description);
        Assert.Equal(1u, collection.Variables["inits"].Get<uint>());

        link.Dispose();
        link.Dispose();
        Assert.False(fixture.IsRegistered);
        Assert.Equal(StructOpsState.ToBeFreed, table.GetState());
    }

    [Fact]
    public void Attach_TableWithoutLink_OutlivesItsCollection()
    {
        StructOpsFixture fixture = new("plain");
        BpfLink link;
        using (BpfCollection collection = fixture.Load()) link = collection.Maps["plain"].AsStructOps().Attach();
        Assert.True(fixture.IsRegistered);
        fixture.Connect();

        link.Dispose();
        Assert.False(fixture.IsRegistered);
    }

    [Fact]
    public void Attach_TableWithLink_IsCalledUntilItIsDisposed_AndAgain()
    {
        Requires.Kernel(6, 4, "links of struct_ops");
        StructOpsFixture fixture = new("linked");
        using BpfCollection collection = fixture.Load();
        BpfStructOps table = collection.Maps["linked"].AsStructOps();
        Assert.True(table.HasLink);

        using (BpfLink link = table.Attach())
        {
            fixture.Connect();
            Assert.True(fixture.IsRegistered);
            Assert.True(link.Id > 0);
            Assert.Equal(StructOpsState.Ready, table.GetState());
            Assert.Equal(1000u, collection.Variables["inits"].Get<uint>());
        }

        Assert.False(fixture.IsRegistered);
        using (table.Attach()) Assert.True(fixture.IsRegistered);
        Assert.False(fixture.IsRegistered);
    }

    [Fact]
    public void Attach_TableWithLinkOnAnOlderKernel_SaysSinceWhen()
    {
        Assert.SkipWhen(KernelFeatures.Running.KernelVersion >= new Version(6, 4), "this kernel has links of struct_ops");
        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(() => new StructOpsFixture("linked").Load());
        Assert.Equal(("the map flag Link", new Version(6, 4)), (error.Feature, error.Since));
    }

    [Fact]
    public void Attach_Value_HasTheFunctionsAndWhatTheUserWrote()
    {
        StructOpsFixture fixture = new("plain");

        // TCP_CONG_NON_RESTRICTED
        fixture.Write("flags", [1]);
        using BpfCollection collection = fixture.Load();
        BpfMap map = collection.Maps["plain"];
        using BpfLink link = map.AsStructOps().Attach();
        byte[] bytes = new byte[map.ValueSize];
        Assert.True(map.TryGetValue(new byte[4], bytes));
        Btf.BtfValue value = new(KernelBtf.GetTypes().Get<Btf.StructType>("bpf_struct_ops_tcp_congestion_ops"), bytes);

        Assert.Equal(collection.Programs["on_ssthresh"].Id, BitConverter.ToUInt64(value["data"]["ssthresh"].Bytes));
        Assert.Equal(collection.Programs["on_init"].Id, BitConverter.ToUInt64(value["data"]["init"].Bytes));
        Assert.Equal(1u, BitConverter.ToUInt32(value["data"]["flags"].Bytes));
        Assert.StartsWith(fixture.Name, System.Text.Encoding.ASCII.GetString(value["data"]["name"].Bytes));
    }

    [Fact]
    public void Attach_NameThatIsTaken_SaysSo()
    {
        StructOpsFixture fixture = new("plain"), other = new("plain");
        other.Write("name", System.Text.Encoding.ASCII.GetBytes(fixture.Name + '\0'));
        using BpfCollection first = fixture.Load(), second = other.Load();
        using BpfLink link = first.Maps["plain"].AsStructOps().Attach();

        BpfException error = Assert.Throws<BpfException>(() => second.Maps["plain"].AsStructOps().Attach());

        Assert.Equal("Attach struct_ops map \"plain\": EEXIST: one of the same name is registered already", error.Message);
    }

    [Fact]
    public void Attach_TableWithoutLinkTwice_SaysThatItCannot()
    {
        using BpfCollection collection = new StructOpsFixture("plain").Load();
        BpfStructOps table = collection.Maps["plain"].AsStructOps();
        table.Attach().Dispose();

        BpfException error = Assert.Throws<BpfException>(() => table.Attach());

        Assert.Equal((Errno.EBUSY, "it is or was registered: a struct_ops map without a link can be registered only once"), (error.Errno, error.Advice));
    }

    [Fact]
    public void Attach_FunctionThatTheKernelDemandsIsMissing_SaysSo()
    {
        StructOpsFixture fixture = new("plain");
        fixture.Map.StructOps!.Functions.Remove("ssthresh");
        using BpfCollection collection = fixture.Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Maps["plain"].AsStructOps().Attach());

        Assert.Equal((Errno.EINVAL, "the kernel requires functions that it lacks, or values that it does not have"), (error.Errno, error.Advice));
    }

    [Fact]
    public void Attach_TableThatCannotBeRegistered_SaysSo()
    {
        Requires.Kernel(5, 16, "bpf_dummy_ops");
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("struct_ops_dummy")));

        BpfException error = Assert.Throws<BpfException>(() => collection.Maps["dummy"].AsStructOps().Attach());

        Assert.Equal("the kernel does not let maps of this struct be registered", error.Advice);
    }

    [Fact]
    public void Attach_MapThatWasOpened_HasNothingToPutIntoIt()
    {
        using BpfCollection collection = new StructOpsFixture("plain").Load();
        using BpfMap opened = BpfMap.Open(collection.Maps["plain"].Id);

        Assert.Throws<InvalidOperationException>(() => opened.AsStructOps().Attach());
    }

    [Fact]
    public void Attach_LinkedMapThatWasOpened_IsLinkedOnceItIsFilled()
    {
        Requires.Kernel(6, 4, "links of struct_ops");
        StructOpsFixture fixture = new("linked");
        using BpfCollection collection = fixture.Load();
        using BpfMap opened = BpfMap.Open(collection.Maps["linked"].Id);
        BpfException error = Assert.Throws<BpfException>(() => opened.AsStructOps().Attach());
        Assert.Equal((Errno.EINVAL, "the map was never filled"), (error.Errno, error.Advice));

        collection.Maps["linked"].AsStructOps().Attach().Dispose();
        using (opened.AsStructOps().Attach()) Assert.True(fixture.IsRegistered);
    }

    [Fact]
    public void Update_LinkedMap_IsReplacedInOneStep()
    {
        Requires.Kernel(6, 4, "links of struct_ops");
        StructOpsFixture fixture = new("linked"), other = new("linked");
        other.Write("name", System.Text.Encoding.ASCII.GetBytes(fixture.Name + '\0'));
        using BpfCollection first = fixture.Load(), second = other.Load();
        using BpfLink link = first.Maps["linked"].AsStructOps().Attach();

        BpfException error = Assert.Throws<BpfException>(
            () => link.Update(second.Maps["linked"].AsStructOps(), expected: second.Maps["linked"].AsStructOps()));
        Assert.Equal((Errno.EPERM, "the map that is registered now is not \"linked\""), (error.Errno, error.Advice));
        link.Update(second.Maps["linked"].AsStructOps(), expected: first.Maps["linked"].AsStructOps());
        fixture.Connect();

        Assert.Equal((0u, 1000u), (first.Variables["inits"].Get<uint>(), second.Variables["inits"].Get<uint>()));
        link.Dispose();
        Assert.False(fixture.IsRegistered);
    }

    [Fact]
    public void Update_MapOfAnotherName_SaysSo()
    {
        Requires.Kernel(6, 4, "links of struct_ops");
        using BpfCollection first = new StructOpsFixture("linked").Load(), second = new StructOpsFixture("linked").Load();
        using BpfLink link = first.Maps["linked"].AsStructOps().Attach();

        BpfException error = Assert.Throws<BpfException>(() => link.Update(second.Maps["linked"].AsStructOps()));

        Assert.Equal((Errno.EINVAL, "the map is of another struct, or has another name in it"), (error.Errno, error.Advice));
    }

    [Fact]
    public void Update_DetachedLinkOrOtherKind_SaysSo()
    {
        Requires.Kernel(6, 4, "links of struct_ops");
        using BpfCollection linked = new StructOpsFixture("linked").Load(), plain = new StructOpsFixture("plain").Load();
        using BpfLink link = linked.Maps["linked"].AsStructOps().Attach(), registered = plain.Maps["plain"].AsStructOps().Attach();

        Assert.Throws<InvalidOperationException>(() => registered.Update(linked.Maps["linked"].AsStructOps()));
        Assert.Throws<InvalidOperationException>(() => link.Update(plain.Maps["plain"].AsStructOps()));
        if (KernelFeatures.Running.KernelVersion < new Version(6, 11)) return;
        link.Detach();
        Assert.Equal(
            "the link is detached", Assert.Throws<BpfException>(() => link.Update(linked.Maps["linked"].AsStructOps())).Advice);
    }

    [Fact]
    public void Attach_ProgramWasClosed_Throws()
    {
        using BpfCollection collection = new StructOpsFixture("plain").Load();
        collection.Programs["on_init"].Dispose();

        Assert.Throws<ObjectDisposedException>(() => collection.Maps["plain"].AsStructOps().Attach());
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("linked")]
    public void Attach_AnyCallFails_LeavesNothingRegistered(string table)
    {
        if (table == "linked") Requires.Kernel(6, 4, "links of struct_ops");
        StructOpsFixture fixture = new(table);
        for (int call = 1; ; call++)
        {
            Linux.FaultyKernel kernel = new();
            using (BpfCollection collection = BpfCollection.Load(fixture.Spec, new CollectionOptions { Kernel = kernel }))
            {
                int before = kernel.OpenDescriptors;
                (kernel.FailingCall, kernel.FailingWith) = (kernel.Calls + call, Errno.ENOMEM);
                bool failed = false;
                try
                {
                    collection.Maps[table].AsStructOps().Attach().Dispose();
                }
                catch (BpfException)
                {
                    failed = true;
                }

                // The last of the calls takes the table back, which cannot be said to anybody.
                if (table == "linked" || failed) Assert.False(fixture.IsRegistered);
                Assert.Equal(before, kernel.OpenDescriptors);
                if (kernel.FailingCall > kernel.Calls) break;
                kernel.FailingCall = 0;
                if (fixture.IsRegistered) collection.Maps[table].Remove(new byte[4]);
            }
        }
    }

    [Fact]
    public void AsStructOps_OtherMap_Throws()
    {
        using BpfCollection collection = new StructOpsFixture("plain").Load();
        Assert.Throws<NotSupportedException>(() => collection.Maps[".bss"].AsStructOps());
    }

    [Fact]
    public void AssociateStructOps_WrongMapOrProgram_IsAMistake()
    {
        using BpfCollection collection = new StructOpsFixture("plain").Load();

        Assert.Throws<ArgumentException>(() => collection.Programs["not_of_a_table"].AssociateStructOps(collection.Maps[".bss"]));
        Assert.Throws<ArgumentException>(() => collection.Programs["on_init"].AssociateStructOps(collection.Maps["plain"]));
    }

    [Fact]
    public void AssociateStructOps_Program_BelongsToOneTable()
    {
        StructOpsFixture fixture = new("plain");
        using BpfCollection collection = fixture.Load();
        BpfProgram program = collection.Programs["not_of_a_table"];
        if (KernelFeatures.Running.KernelVersion < new Version(7, 0))
        {
            FeatureNotSupportedException old =
                Assert.Throws<FeatureNotSupportedException>(() => program.AssociateStructOps(collection.Maps["plain"]));
            Assert.Equal(new Version(7, 0), old.Since);
            return;
        }

        program.AssociateStructOps(collection.Maps["plain"]);
        using BpfCollection other = new StructOpsFixture("plain").Load();
        BpfException error = Assert.Throws<BpfException>(() => program.AssociateStructOps(other.Maps["plain"]));
        Assert.Equal((Errno.EBUSY, "it belongs to one already"), (error.Errno, error.Advice));
    }
}
