using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests;

public sealed class PreparedCollectionTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    [Fact]
    public void Prepare_Object_MakesItsMapsAndLoadsNoProgram()
    {
        FaultyKernel kernel = new();
        using PreparedCollection prepared = BpfCollection.Prepare(Spec(), new CollectionOptions { Kernel = kernel });

        Assert.Equal(["count_packets"], prepared.Programs.Keys);
        Assert.Equal([".bss", ".data", ".rodata", "pkt_count"], prepared.Maps.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(1u, prepared.Variables["enabled"].Get<uint>());
        Assert.DoesNotContain(BpfCommand.ProgramLoad, kernel.Commands);
    }

    [Fact]
    public void Load_PreparedCollection_RunsOnMapsThatWereFilledBefore()
    {
        using PreparedCollection prepared = BpfCollection.Prepare(Spec());
        prepared.Variables["seen"].Set(41ul);
        using BpfCollection collection = prepared.Load();

        collection.Programs["count_packets"].TestRun(Packets.Udp());

        Assert.Equal(42ul, collection.Variables["seen"].Get<ulong>());
        Assert.Same(prepared.Maps["pkt_count"], collection.Maps["pkt_count"]);
    }

    [Fact]
    public void Instructions_OfAPreparedProgram_AreWhatTheKernelIsGiven()
    {
        byte[]? given = null;
        List<int> places = [];
        FaultyKernel kernel = new() { OnBpf = (command, attr) => Capture(command, attr, ref given) };
        using PreparedCollection prepared = BpfCollection.Prepare(Spec(), new CollectionOptions { Kernel = kernel });
        PreparedProgram program = prepared.Programs["count_packets"];
        byte[] expected = program.Instructions.Encode(EndianReader.Host);
        foreach (InstructionSlot item in program.Instructions.Slots())
        {
            // Numbers of descriptors are put in at the last moment.
            if (!item.Instruction.IsWideLoad || item.Instruction.WideLoadKind == WideLoadKind.Immediate) continue;
            Assert.Equal(0, item.Instruction.ImmediateLow);
            places.Add((item.Slot * 8) + 4);
        }

        // A copy: what is done to it changes nothing.
        program.Instructions.Clear();
        prepared.Load().Dispose();

        Assert.NotEmpty(places);
        foreach (int place in places)
        {
            Assert.NotEqual(0, BitConverter.ToInt32(given!, place));
            given.AsSpan(place, 4).Clear();
        }

        Assert.Equal(expected, given);
        Assert.Empty(program.Poisoned);
        Assert.Equal(0u, program.AttachTypeId.Value);
    }

    [Fact]
    public void Dispose_WithoutLoad_UndoesEverythingPinsToo()
    {
        CollectionOptions options = new() { PinDirectory = $"{files.Root}/prepared" };
        CollectionSpec spec = CollectionFixture.MapsSpec();
        spec.Maps["sized"].Pinning = MapPinning.ByName;
        CollectionFixture.AssertNoDescriptorStays(kernel =>
        {
            PreparedCollection prepared = BpfCollection.Prepare(spec, options with { Kernel = kernel });
            Assert.Single(Directory.EnumerateFileSystemEntries(options.PinDirectory));
            prepared.Dispose();
            prepared.Dispose();
            Assert.False(Directory.Exists(options.PinDirectory));
            Assert.Throws<ObjectDisposedException>(() => prepared.Load(TestContext.Current.CancellationToken));
            Assert.Throws<ObjectDisposedException>(() => prepared.LoadProgram("count"));
        });
    }

    [Fact]
    public void Dispose_AfterLoad_LeavesTheCollectionAlone()
    {
        PreparedCollection prepared = BpfCollection.Prepare(Spec());
        using BpfCollection collection = prepared.Load(TestContext.Current.CancellationToken);

        prepared.Dispose();

        Assert.True(collection.Maps["pkt_count"].Id > 0);
        Assert.Throws<InvalidOperationException>(() => prepared.Load(TestContext.Current.CancellationToken));
        Assert.Throws<InvalidOperationException>(() => prepared.LoadProgram("count_packets"));
    }

    [Fact]
    public void Load_Fails_LeavesNothing()
    {
        CollectionFixture.AssertNoDescriptorStays(kernel =>
        {
            kernel.OnBpf = (command, _) => command == BpfCommand.ProgramLoad ? Errno.ENOMEM : null;
            PreparedCollection prepared = BpfCollection.Prepare(Spec(), new CollectionOptions { Kernel = kernel });
            Assert.Throws<BpfException>(() => prepared.Load(TestContext.Current.CancellationToken));
            Assert.Throws<ObjectDisposedException>(() => prepared.Load(TestContext.Current.CancellationToken));
        });
    }

    [Fact]
    public void LoadProgram_Again_IsAProgramOfItsOwnWithTheSameMaps()
    {
        using PreparedCollection prepared = BpfCollection.Prepare(Spec());
        using BpfProgram extra = prepared.LoadProgram("count_packets");
        using BpfCollection collection = prepared.Load();

        extra.TestRun(Packets.Udp());

        Assert.NotEqual(extra.Id, collection.Programs["count_packets"].Id);
        Assert.Equal(1ul, collection.Variables["seen"].Get<ulong>());
    }

    [Fact]
    public void LoadProgram_OtherTarget_IsBoundToIt()
    {
        List<uint> bound = [];
        FaultyKernel kernel = new() { OnBpf = (command, attr) => Note(command, attr, bound) };
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("whole"));
        spec.Maps["shared"].Pinning = MapPinning.None;
        using PreparedCollection prepared = BpfCollection.Prepare(spec, new CollectionOptions { Kernel = kernel });
        PreparedProgram program = prepared.Programs["enter"];

        prepared.LoadProgram("enter").Dispose();
        prepared.LoadProgram("enter", attachTo: "sys_exit").Dispose();

        Assert.Equal([program.AttachTypeId.Value, KernelBtf.GetTypes().Get<TypedefType>("btf_trace_sys_exit").Id.Value], bound);
        Assert.Equal(KernelBtf.GetTypes().Get<TypedefType>("btf_trace_sys_enter").Id, program.AttachTypeId);
        Assert.Equal("sys_enter", spec.Programs["enter"].AttachTo);
        Assert.Contains(
            "no tracepoint \"sys_exi\"",
            Assert.Throws<BpfException>(() => prepared.LoadProgram("enter", "sys_exi")).Message);
    }

    [Fact]
    public void Poisoned_FieldThatThisKernelLacks_IsNamed()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("whole"));
        spec.Maps["shared"].Pinning = MapPinning.None;
        using PreparedCollection prepared = BpfCollection.Prepare(spec);

        PoisonedInstruction poisoned = Assert.Single(prepared.Programs["careful"].Poisoned);

        Assert.StartsWith("struct task_struct.no_such_field: ", poisoned.Reason);
        using BpfCollection collection = prepared.Load();
        Assert.True(collection.Programs["careful"].Id > 0);
    }

    [Fact]
    public void Poisoned_ProgramThatUsesAMapThatIsNotMade_TellsWhere()
    {
        CollectionSpec spec = Spec();
        spec.Maps["pkt_count"].AutoCreate = false;
        using PreparedCollection prepared = BpfCollection.Prepare(spec);
        PreparedProgram program = prepared.Programs["count_packets"];

        Assert.Equal(2, program.Poisoned.Count);
        Assert.All(program.Poisoned, poisoned =>
        {
            Assert.Equal("map \"pkt_count\" was not created", poisoned.Reason);
            Assert.Equal(2001000000, program.Instructions[program.Instructions.IndexAtSlot(poisoned.Slot)].Immediate);
        });
        Assert.Equal(spec.Programs["count_packets"].Instructions.SlotCount, program.Instructions.SlotCount);
        VerifierException error = Assert.Throws<VerifierException>(() => prepared.Load(TestContext.Current.CancellationToken));
        Assert.Contains("map \"pkt_count\" was not created", error.Message);
    }

    [Fact]
    public void Load_MapThatIsNotMadeIsNotReached_IsNoError()
    {
        CollectionSpec spec = Spec();
        spec.Maps["pkt_count"].AutoCreate = false;
        // The verifier knows that r0 is not 3, and looks no further.
        spec.Programs["count_packets"].Instructions =
        [
            Instruction.Mov(Register.R0, 2),
            Instruction.JumpIf(JumpCondition.NotEqual, Register.R0, 3, 2),
            Instruction.LoadMap(Register.R1, "pkt_count"),
            Instruction.Exit(),
        ];
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.Equal(2u, collection.Programs["count_packets"].TestRun(Packets.Udp()));
        Assert.False(collection.Maps.ContainsKey("pkt_count"));
    }

    private static CollectionSpec Spec() => CollectionSpec.Load(TestObject.Path("counter"));

    private static unsafe Errno? Note(BpfCommand command, nint attr, List<uint> bound)
    {
        if (command == BpfCommand.ProgramLoad) bound.Add(((ProgramLoadAttr*)attr)->AttachBtfId);
        return null;
    }

    private static unsafe Errno? Capture(BpfCommand command, nint attr, ref byte[]? code)
    {
        if (command != BpfCommand.ProgramLoad) return null;
        ProgramLoadAttr* load = (ProgramLoadAttr*)attr;

        // The first try: what an old kernel refuses comes again, adjusted.
        code ??= new ReadOnlySpan<byte>(load->Instructions, (int)load->InstructionCount * 8).ToArray();
        return null;
    }
}
