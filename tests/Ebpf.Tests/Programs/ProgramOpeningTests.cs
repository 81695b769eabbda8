using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Programs;

public sealed class ProgramOpeningTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    private const string LongName = "a_program_with_a_long_name";

    [Fact]
    public void Open_ById_IsTheSameProgram()
    {
        using BpfCollection trial = Trial.Load(LongName);
        BpfProgram loaded = trial.Programs[LongName];
        using BpfProgram opened = BpfProgram.Open(loaded.Id);

        Assert.Equal((loaded.Id, LongName, ProgramType.SchedCls), (opened.Id, opened.Name, opened.Type));
        Assert.Equal((null, ""), (opened.AttachType, opened.SectionName));
        Assert.Equal(loaded.TestRun(Packets.Udp()) & ~1u, opened.TestRun(Packets.Udp()) & ~1u);
        Assert.Contains("use the method for its kind", Assert.Throws<InvalidOperationException>(opened.Attach).Message);
    }

    [Fact]
    public void Open_TypesMayNotBeOpened_HasTheNameThatTheKernelKnows()
    {
        using BpfCollection trial = Trial.Load(LongName);
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.BtfGetById ? Errno.EPERM : null };
        using BpfProgram opened = BpfProgram.Open(trial.Programs[LongName].Id, kernel: kernel);

        Assert.Equal(LongName[..15], opened.Name);
    }

    [Fact]
    public void Open_NoSuchId_SaysSo()
    {
        BpfException error = Assert.Throws<BpfException>(() => BpfProgram.Open(uint.MaxValue - 1));

        Assert.Equal((Errno.ENOENT, "there is no program with this id"), (error.Errno, error.Advice));
    }

    [Fact]
    public void Name_SpecIsChangedAfterLoading_Stays()
    {
        CollectionSpec spec = CollectionSpec.Load(TestData.TestObject.Path("minimal"));
        using BpfCollection collection = BpfCollection.Load(spec);
        spec.Programs["drop"].Name = "other";

        Assert.Equal("drop", collection.Programs["drop"].Name);
    }

    [Fact]
    public void ListIds_AndAll_HoldEveryProgram()
    {
        using BpfCollection one = Trial.Load("mark_packet");
        using BpfCollection other = Trial.Load("classify");
        uint[] ids = [.. BpfProgram.ListIds()];
        Dictionary<uint, string> found = [];
        foreach (BpfProgram program in BpfProgram.OpenAll())
        {
            using (program) found.Add(program.Id, program.Name);
        }

        Assert.Equal(ids.Order(), ids);
        Assert.Contains(one.Programs["mark_packet"].Id, ids);
        Assert.Equal("mark_packet", found[one.Programs["mark_packet"].Id]);
        Assert.Equal("classify", found[other.Programs["classify"].Id]);
    }

    [Fact]
    public unsafe void OpenAll_OneGoesAwayMeanwhile_IsLeftOut()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        uint gone = trial.Programs["mark_packet"].Id;
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) => command == BpfCommand.ProgramGetById && ((ObjectIdAttr*)attr)->Id == gone ? Errno.ENOENT : null,
        };
        foreach (BpfProgram program in BpfProgram.OpenAll(kernel))
        {
            using (program) Assert.NotEqual(gone, program.Id);
        }

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void OpenAll_WithoutRights_NamesTheCapability()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (_, _) => Errno.EPERM,
            Files = { ["/proc/thread-self/status"] = "CapEff:\t0000000000000000\n" },
        };
        BpfException error = Assert.Throws<BpfException>(() => BpfProgram.OpenAll(kernel).GetEnumerator().MoveNext());

        Assert.Equal(("List all programs", "needs CAP_SYS_ADMIN (this process does not have it)"), (error.Operation, error.Advice));
    }

    [Fact]
    public void Pin_MoveOpenAndUnpin()
    {
        string before = PathOf("before"), after = PathOf("after");
        using BpfCollection trial = Trial.Load("mark_packet");
        BpfProgram program = trial.Programs["mark_packet"];
        Assert.Throws<InvalidOperationException>(() => program.Unpin());
        program.Pin(before);
        program.MovePin(after);
        uint id = program.Id;
        program.Dispose();

        using BpfProgram found = BpfProgram.OpenPinned(after);
        Assert.Equal((id, "mark_packet", after), (found.Id, found.Name, found.PinPath));
        Assert.False(File.Exists(before));
        Assert.True(found.Unpin());
        Assert.False(File.Exists(after));
    }

    [Fact]
    public void OpenPinned_Map_SaysWhatIsThere()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        map.Pin(PathOf("map"));
        FaultyKernel kernel = new();

        Assert.Equal(
            "what is pinned there is no program, but a map",
            Assert.Throws<BpfException>(() => BpfProgram.OpenPinned(PathOf("map"), kernel: kernel)).Advice);
        Assert.Equal(0, kernel.OpenDescriptors);
        Assert.Equal("nothing is pinned there", Assert.Throws<BpfException>(() => BpfProgram.OpenPinned(PathOf("none"))).Advice);
    }

    [Fact]
    public void Walk_GivesPinnedPrograms()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        trial.Programs["mark_packet"].Pin(PathOf("walked"));
        PinnedObject pinned = BpfFileSystem.Walk(files.Root).Single(pin => pin.Path == PathOf("walked"));
        using BpfProgram program = pinned.OpenProgram();

        Assert.Equal((PinnedObjectKind.Program, trial.Programs["mark_packet"].Id), (pinned.Kind, program.Id));
    }

    [Fact]
    public void FromDescriptor_TakesOver()
    {
        FaultyKernel kernel = new();
        using (BpfCollection trial = Trial.Load("mark_packet", kernel))
        {
            using BorrowedDescriptor own = trial.Programs["mark_packet"].Handle.Borrow();
            using BpfProgram taken = BpfProgram.FromDescriptor(kernel.Duplicate(own.Descriptor).Value, kernel);
            Assert.Equal(trial.Programs["mark_packet"].Id, taken.Id);
            int file = kernel.Open("/proc/version", OpenMode.ReadOnly).Value;
            Assert.Equal(
                "it is no descriptor of a program",
                Assert.Throws<BpfException>(() => BpfProgram.FromDescriptor(file, kernel)).Advice);
        }

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Duplicate_OutlivesTheFirst()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        using BpfProgram copy = trial.Programs["mark_packet"].Duplicate();
        trial.Dispose();

        Assert.Equal(("mark_packet", "xdp", AttachType.Xdp), (copy.Name, copy.SectionName.TrimStart('?'), copy.AttachType));
        Assert.Equal(2u, copy.TestRun(Packets.Udp()));
    }

    private string PathOf(string name) => $"{files.Root}/{name}";
}
