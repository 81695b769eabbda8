using Ebpf.Btf;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

public sealed class StructOpsLoadTests
{
    [Fact]
    public void Load_Table_HasTheKernelsTypeAndLoadsItsPrograms()
    {
        StructOpsFixture fixture = new("plain");
        using BpfCollection collection = fixture.Load();
        BpfMap map = collection.Maps["plain"];

        Assert.Equal((int)KernelBtf.GetTypes().Get<Btf.StructType>("bpf_struct_ops_tcp_congestion_ops").Size, map.ValueSize);
        Assert.Equal(
            ["not_of_a_table", "on_cong_avoid", "on_init", "on_ssthresh", "on_undo_cwnd"], collection.Programs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(StructOpsState.Empty, map.AsStructOps().GetState());
        Assert.False(fixture.IsRegistered);
    }

    [Fact]
    public void Load_TableThatIsNotMade_LoadsNoProgramOfIt()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("struct_ops_tcp")));

        Assert.Equal(["not_of_a_table"], collection.Programs.Keys);
        Assert.Equal([".bss"], collection.Maps.Keys);
    }

    [Fact]
    public void Load_ProgramOfAMapWhoseSectionIsOptional_IsLoaded()
    {
        StructOpsFixture fixture = new("plain");
        ProgramSpec source = fixture.Spec.Programs["on_init"];
        fixture.Spec.Programs.Remove("on_init");
        fixture.Spec.Programs.Add("on_init", new ProgramSpec
        {
            Name = "on_init",
            Type = ProgramType.StructOps,
            SectionName = "?struct_ops",
            License = source.License,
            Instructions = source.Instructions,
        });
        Assert.False(fixture.Spec.Programs["on_init"].AutoLoad);

        using BpfCollection collection = fixture.Load();

        Assert.Contains("on_init", collection.Programs.Keys);
    }

    [Fact]
    public void Load_ProgramOfAMapThatTheUserTurnedOff_IsLeftOutOfIt()
    {
        StructOpsFixture fixture = new("plain");
        fixture.Spec.Programs["on_init"].AutoLoad = false;
        ListLogger logger = new();

        using BpfCollection collection = BpfCollection.Load(fixture.Spec, new CollectionOptions { Logger = logger });
        using BpfLink link = collection.Maps["plain"].AsStructOps().Attach();

        Assert.DoesNotContain("on_init", collection.Programs.Keys);
        Assert.Contains("on_ssthresh", collection.Programs.Keys);
        Assert.True(fixture.IsRegistered);
        Assert.Contains("Information: Map \"plain\": the program \"on_init\" is left out of it, since its AutoLoad is off", logger.Messages);
        Assert.Contains("Information: The program \"on_init\" is not loaded: its AutoLoad is off", logger.Messages);
    }

    [Fact]
    public void Load_ProgramOfNoTable_SaysSo()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("struct_ops_tcp"));
        spec.Maps.Remove("linked");

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec));

        Assert.Equal(
            "Load program \"on_other_init\": no struct_ops map (SEC(\".struct_ops\")) has it, so the kernel cannot know what it is for",
            error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_FunctionTakenAway_DoesWithoutItsProgram(bool byNull)
    {
        StructOpsFixture fixture = new("plain");
        if (byNull) fixture.Map.StructOps!.Functions["init"] = null;
        else fixture.Map.StructOps!.Functions.Remove("init");

        using BpfCollection collection = fixture.Load();
        using BpfLink link = collection.Maps["plain"].AsStructOps().Attach();
        fixture.Connect();

        Assert.DoesNotContain("on_init", collection.Programs.Keys);
        Assert.Equal(0u, collection.Variables["inits"].Get<uint>());
    }

    [Fact]
    public void Load_FunctionReplaced_IsCalledInstead()
    {
        StructOpsFixture fixture = new("plain");
        fixture.Map.StructOps!.Functions["init"] = "on_other_init";

        using BpfCollection collection = fixture.Load();
        using BpfLink link = collection.Maps["plain"].AsStructOps().Attach();
        fixture.Connect();

        Assert.DoesNotContain("on_init", collection.Programs.Keys);
        Assert.Equal(1000u, collection.Variables["inits"].Get<uint>());
    }

    [Fact]
    public void Load_FunctionThatTheKernelLacks_IsNamed_AndCanBeTakenOut()
    {
        StructOpsFixture fixture = new("newer");
        BpfException error = Assert.Throws<BpfException>(() => fixture.Load());
        Assert.Equal(
            "Create map \"newer\": member \"not_there\" of struct tcp_congestion_ops___newer: this kernel's has no such member, and would "
            + "never call program \"on_not_there\": take it out of StructOps.Functions to do without",
            error.Message);

        fixture.Map.StructOps!.Functions.Remove("not_there");
        ListLogger logger = new();
        using BpfCollection collection = fixture.Load(new CollectionOptions { Logger = logger });
        using BpfLink link = collection.Maps["newer"].AsStructOps().Attach();

        Assert.True(fixture.IsRegistered);
        Assert.DoesNotContain("on_not_there", collection.Programs.Keys);
        Assert.Contains(
            "Information: Map \"newer\": this kernel's struct has no member \"number_not_there\", which is zero and left out", logger.Messages);
    }

    [Theory]
    [InlineData("number_not_there", 7)]
    [InlineData("part_not_there", 5)]
    public void Load_MemberThatTheKernelLacks_MayOnlyBeZero(string member, byte value)
    {
        StructOpsFixture fixture = new("newer");
        fixture.Map.StructOps!.Functions.Remove("not_there");
        fixture.Write(member, [0, value]);
        if (member == "part_not_there") fixture.Write(member, [value]);

        BpfException error = Assert.Throws<BpfException>(() => fixture.Load());

        Assert.Equal(
            $"Create map \"newer\": member \"{member}\" of struct tcp_congestion_ops___newer: this kernel's has no such member, and it is not zero",
            error.Message);
    }

    [Fact]
    public void Load_MemberOfAnotherSize_NamesBoth() => AssertRefused(
        new StructOpsFixture("wide"),
        "Create map \"wide\": member \"flags\" of struct tcp_congestion_ops___wide: it has 8 bytes, in this kernel 4 bytes");

    [Fact]
    public void Load_BitFieldThatIsNoneInTheKernel_NamesBoth() => AssertRefused(
        new StructOpsFixture("bits"),
        "Create map \"bits\": member \"flags\" of struct tcp_congestion_ops___bits: it has 3 bits, in this kernel 4 bytes");

    [Fact]
    public void Load_MemberOfAnotherKind_NamesBoth()
    {
        BpfException error = Assert.Throws<BpfException>(() => new StructOpsFixture("kind").Load());
        Assert.StartsWith(
            "Create map \"kind\": member \"flags\" of struct tcp_congestion_ops___kind: its type is struct", error.Message);
        Assert.EndsWith(", in this kernel u32", error.Message);
    }

    [Fact]
    public void Load_TableThatTheKernelLacks_SaysWhatIsMissing()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("struct_ops_tcp"));
        spec.Maps["unknown"].AutoCreate = true;

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(() => BpfCollection.Load(spec));

        Assert.Equal(
            "struct_ops called table_not_there: there is no struct bpf_struct_ops_table_not_there in its BTF, nor in that of a loaded module",
            error.Feature);
    }

    [Fact]
    public void Load_OneProgramForTwoMembers_IsRefused()
    {
        StructOpsFixture fixture = new("plain");
        fixture.Map.StructOps!.Functions["undo_cwnd"] = "on_ssthresh";

        AssertRefused(
            fixture,
            "Create map \"plain\": program \"on_ssthresh\": map \"plain\" has it as another function: a program can be one function of one kind of struct");
    }

    [Theory]
    [InlineData("init", "nobody", "Create map \"plain\": program \"nobody\": the collection has no program of this name")]
    [InlineData("init", "not_of_a_table", "Create map \"plain\": program \"not_of_a_table\": it is a SocketFilter program, no SEC(\"struct_ops\")")]
    [InlineData("nothing", "on_init", "Create map \"plain\": struct tcp_congestion_ops has no pointer to a function called \"nothing\"")]
    [InlineData("flags", "on_init", "Create map \"plain\": struct tcp_congestion_ops has no pointer to a function called \"flags\"")]
    public void Load_WrongFunction_IsNamed(string member, string program, string message)
    {
        StructOpsFixture fixture = new("plain");
        fixture.Map.StructOps!.Functions[member] = program;
        AssertRefused(fixture, message);
    }

    [Fact]
    public void Load_AddressInTheFirstValue_IsRefused()
    {
        StructOpsFixture fixture = new("plain");
        fixture.Write("init", [1]);
        AssertRefused(
            fixture,
            "Create map \"plain\": member \"init\" of struct tcp_congestion_ops: the first value has an address for it: functions are named "
            + "in StructOps.Functions, by their programs");
    }

    [Fact]
    public void Load_FirstValueTooLong_IsRefused()
    {
        StructOpsFixture fixture = new("plain");
        uint size = fixture.Map.StructOps!.Type.Size;
        fixture.Map.ValueSize = size + 1;
        fixture.Map.InitialValue = new byte[size + 1];
        AssertRefused(fixture, $"Create map \"plain\": its first value has {size + 1} bytes, its struct only {size}");
    }

    [Fact]
    public void Load_MapInItsPlace_LoadsNoProgramOfIt()
    {
        StructOpsFixture fixture = new("plain");
        using BpfCollection first = fixture.Load();

        using BpfCollection second = fixture.Load(
            new CollectionOptions { Maps = new Dictionary<string, BpfMap> { ["plain"] = first.Maps["plain"] } });

        Assert.Equal(["not_of_a_table"], second.Programs.Keys);
        Assert.Equal(first.Maps["plain"].Id, second.Maps["plain"].Id);
    }

    [Fact]
    public void Load_AnyOneCallFails_LeavesNothingOpen()
    {
        CollectionSpec spec = new StructOpsFixture("plain").Spec;
        int failures = 0;
        for (int call = 1; ; call++)
        {
            Linux.FaultyKernel kernel = new() { FailingCall = call, FailingWith = Errno.ENOMEM };
            try
            {
                BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }).Dispose();
            }
            catch (BpfException)
            {
                failures++;
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }

        Assert.True(failures > 0, "no call that failed made loading fail");
    }

    [Fact]
    public void TestRun_FunctionOfATable_ReadsAndWritesWhatItIsGiven()
    {
        Requires.Kernel(5, 16, "bpf_dummy_ops");
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("struct_ops_dummy")));
        int[] state = GC.AllocateArray<int>(1, pinned: true);
        state[0] = 21;
        long address = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(state, 0);

        TestRunResult one = collection.Programs["on_test_1"].TestRun(new TestRunOptions { Context = BitConverter.GetBytes(address) });
        byte[] arguments = [.. BitConverter.GetBytes(address), .. Long(1), .. Long(20), .. Long(100), .. Long(3000)];
        TestRunResult two = collection.Programs["on_test_2"].TestRun(new TestRunOptions { Context = arguments });

        Assert.Equal(22u, one.ReturnValue);
        Assert.Equal(42, state[0]);
        Assert.Equal(3121u, two.ReturnValue);

        static byte[] Long(long value) => BitConverter.GetBytes(value);
    }

    private static void AssertRefused(StructOpsFixture fixture, string message) =>
        Assert.Equal(message, Assert.Throws<BpfException>(() => fixture.Load()).Message);
}
