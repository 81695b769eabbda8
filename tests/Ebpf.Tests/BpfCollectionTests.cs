using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

public sealed class BpfCollectionTests
{
    [Fact]
    public void Load_Object_HasMapsAndProgramsUnderTheirNames()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")));

        Assert.Equal(["count_packets"], collection.Programs.Keys);
        Assert.Equal([".bss", ".data", ".rodata", "pkt_count"], collection.Maps.Keys.Order(StringComparer.Ordinal));
        Assert.True(collection.Programs["count_packets"].Id > 0);
        Assert.Equal(ProgramType.Xdp, collection.Programs["count_packets"].Type);
    }

    [Fact]
    public void Load_ChangedSpec_IsWhatTheKernelGets()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        spec.Maps["pkt_count"].MaxEntries = 7;
        spec.Variables["enabled"].Set(0u);

        using BpfCollection collection = BpfCollection.Load(spec);

        using BpfMap same = BpfMap.Open(collection.Maps["pkt_count"].Id);
        Assert.Equal(7u, (uint)same.MaxEntries);
        Assert.Equal(XdpPass, collection.Programs["count_packets"].TestRun(Packets.Udp()));
        Assert.Equal(0, collection.Maps["pkt_count"].AsPerCpu<uint, ulong>().Count());
    }

    [Fact]
    public void Load_SameSpecTwice_MakesTwoCollections()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        using BpfCollection first = BpfCollection.Load(spec);
        using BpfCollection second = BpfCollection.Load(spec);

        first.Programs["count_packets"].TestRun(Packets.Udp());

        Assert.Equal(1ul, first.Maps["pkt_count"].AsPerCpu<uint, ulong>().Sum(Packets.UdpProtocol));
        Assert.Equal(0, second.Maps["pkt_count"].AsPerCpu<uint, ulong>().Count());
    }

    [Fact]
    public void TestRun_Packets_AreCountedByProtocol()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")));
        BpfProgram program = collection.Programs["count_packets"];

        for (int i = 0; i < 5; i++) Assert.Equal(XdpPass, program.TestRun(Packets.Udp()));
        for (int i = 0; i < 3; i++) Assert.Equal(XdpPass, program.TestRun(Packets.Tcp()));

        BpfPerCpuMap<uint, ulong> counts = collection.Maps["pkt_count"].AsPerCpu<uint, ulong>();
        Assert.Equal(5ul, counts.Sum(Packets.UdpProtocol));
        Assert.Equal(3ul, counts.Sum(Packets.TcpProtocol));
    }

    [Fact]
    public void Load_ConstantsChanged_AreSeenByPrograms()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("data"));
        spec.Variables["const_u8"].Set((byte)100);
        spec.Variables["const_u16"].Set((ushort)1000);
        spec.Variables["custom_rodata"].Set(10_000u);

        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.Equal(100u + 1000 + 10_000 + 9, collection.Programs["read_constants"].TestRun(Packets.Udp()));
        Assert.Equal((uint)'e' + 2, collection.Programs["read_text"].TestRun(Packets.Udp()));
        Assert.Equal(0x12345678u, collection.Programs["read_wide"].TestRun(Packets.Udp()));
    }

    [Fact]
    public void Load_Constants_CannotBeChangedAfterwards()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("data")));
        BpfMap constants = collection.Maps[".rodata"];

        BpfException error = Assert.Throws<BpfException>(() => constants.Update(new byte[4], new byte[constants.ValueSize]));

        Assert.Equal(Errno.EPERM, error.Errno);
    }

    [Fact]
    public void TestRun_ProgramThatWritesVariables_ChangesThem()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("data"));
        using BpfCollection collection = BpfCollection.Load(spec);

        uint returned = collection.Programs["write_variables"].TestRun(Packets.Udp());

        Assert.Equal(77u, returned);
        Assert.Equal(0x12345678ul, CollectionFixture.Read<ulong>(collection, spec.Variables["bss_u64"]));
        Assert.Equal(1 - 2, CollectionFixture.Read<int>(collection, spec.Variables["data_point"]));
        Assert.Equal(3u + 5 + 6, CollectionFixture.Read<uint>(collection, spec.Variables["custom_bss"]));
    }

    [Theory]
    [InlineData("calls_static")]
    [InlineData("calls_all")]
    [InlineData("calls_none")]
    public void TestRun_LinkedFunctions_ComputeWhatTheSourceSays(string name)
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("functions")));
        byte[] packet = Packets.Udp();

        // The kernel takes the Ethernet header off before a socket filter sees the packet.
        uint length = (uint)packet.Length - 14;
        uint expected = name switch
        {
            "calls_static" => (length * length) + 4,
            "calls_all" => length + 1 + 103 + (length * length),
            _ => 7,
        };

        Assert.Equal(expected, collection.Programs[name].TestRun(packet));
    }

    [Fact]
    public void TestRun_Callback_IsCalledForEveryElement()
    {
        Requires.Kernel(5, 13, "bpf_for_each_map_elem");
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("functions"));
        spec.Programs["calls_back"].AutoLoad = true;
        using BpfCollection collection = BpfCollection.Load(spec);
        BpfMap<uint, ulong> numbers = collection.Maps["numbers"].As<uint, ulong>();
        for (uint i = 0; i < 4; i++) numbers[i] = i + 10;

        Assert.Equal(10u + 11 + 12 + 13, collection.Programs["calls_back"].TestRun(Packets.Udp()));
    }

    [Fact]
    public void Load_ProgramArray_HoldsItsPrograms()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionFixture.MapsSpec());
        BpfProgram jump = collection.Programs["jump"];

        // mark is the slot; the filter runs on what the context says.
        Assert.Equal(33u, RunWithMark(jump, 0));
        Assert.Equal(11u, RunWithMark(jump, 1));
        Assert.Equal(22u, RunWithMark(jump, 3));
    }

    [Fact]
    public void Load_ProgramArrayOfAProgramThatIsNotLoaded_NamesBoth()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        spec.Programs["count"].AutoLoad = false;

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec));
        Assert.StartsWith("Fill map \"jumps\": slot 1 holds \"count\", which is not loaded", error.Message);

        spec.Maps["jumps"].Initializers.Clear();
        BpfCollection.Load(spec).Dispose();
    }

    [Fact]
    public void Load_ProgramThatDoesNotFitIntoAnArray_NamesTheSlotAndTheProgram()
    {
        bool isLoaded = false;
        FaultyKernel kernel = new();
        kernel.OnBpf = (command, _) =>
        {
            isLoaded |= command == BpfCommand.ProgramLoad;
            return isLoaded && command == BpfCommand.MapUpdateElement ? Errno.EINVAL : null;
        };

        BpfException error = Assert.Throws<BpfException>(
            () => BpfCollection.Load(CollectionFixture.MapsSpec(), new CollectionOptions { Kernel = kernel }));

        Assert.Matches("^Fill map \"[a-z_]+\": put \"[a-z_0-9]+\" into slot \\d: EINVAL: ", error.Message);
        Assert.NotNull(error.Advice);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_MapOfMapsThatNeedTypes_MakesThemWithTypes()
    {
        Requires.Map(MapType.TaskStorage);
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("map_of_storages")));

        BpfMapOfMaps<uint> storages = collection.Maps["storages"].AsMapOfMaps<uint>();
        Assert.Equal([new(1, collection.Maps["first_storage"].Id)], storages);
    }

    [Fact]
    public void Load_MapOfMaps_HoldsItsMaps()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionFixture.MapsSpec());

        collection.Programs["other"].TestRun(Packets.Udp());

        Assert.Equal(1ul, collection.Maps["second_inner"].As<uint, ulong>()[1]);
        Assert.Equal(0ul, collection.Maps["first_inner"].As<uint, ulong>()[1]);
    }

    [Fact]
    public void Load_SectionThatNamesNoTarget_FailsOnlyToAttach()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("odd_sections")));

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => collection.Programs["second"].Attach());

        Assert.Contains("the character ':' cannot stand in a name", error.Message);
    }

    [Fact]
    public void TestRun_ProgramThatThrows_ReturnsWhatItsCallbackSays()
    {
        Requires.Kernel(6, 7, "exceptions");
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("exceptions"));
        spec.Programs["throws"].AutoLoad = true;
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.Equal(42u, collection.Programs["throws"].TestRun(Packets.Udp()));
    }

    [Fact]
    public void Load_JumpTable_LeadsWhereTheSourceSays()
    {
        Requires.Map(MapType.InsnArray);
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("jump_table"));
        spec.Programs["choose"].AutoLoad = true;
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.Equal(
            [10u, 11u, 12u, 99u],
            Enumerable.Range(0, 4).Select(mark => RunWithMark(collection.Programs["choose"], (uint)mark)));
    }

    [Fact]
    public void Load_ProgramWithoutAutoLoad_IsLeftOut()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("rejected")));

        Assert.Equal(["fine"], collection.Programs.Keys);
    }

    [Fact]
    public void Load_OtherByteOrder_SaysSo()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("minimal", ByteOrder.BigEndian));

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec));

        Assert.Contains("the object is BigEndian, this machine is not", error.Message);
    }

    [Fact]
    public void Load_MapTakenOut_NamesProgramAndMap()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        spec.Maps.Remove("pkt_count");

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec));

        Assert.Equal(
            "Load program \"count_packets\": it uses map \"pkt_count\", which the collection does not have", error.Message);
    }

    [Fact]
    public void Dispose_ClosesEveryDescriptor()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        CollectionFixture.AssertNoDescriptorStays(kernel => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }).Dispose());
    }

    private const uint XdpPass = 2;

    private static uint RunWithMark(BpfProgram program, uint mark)
    {
        // struct __sk_buff, 192 bytes; mark is its third word, and one of those that a trial run takes.
        byte[] context = new byte[192];
        BitConverter.TryWriteBytes(context.AsSpan(8), mark);
        return program.TestRun(new TestRunOptions { Data = Packets.Udp(), Context = context }).ReturnValue;
    }
}
