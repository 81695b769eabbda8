using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Loading.Externs;
using Ebpf.Loading.Plan;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

public sealed class LoadPlanTests
{
    [Theory]
    [InlineData("xpd", "its section \"xpd\" does not say what kind of program it is; similar: xdp")]
    [InlineData("kprobes/do_unlinkat", "its section \"kprobes/do_unlinkat\" does not say what kind of program it is; similar: kprobe")]
    [InlineData("prog", "its section \"prog\" does not say what kind of program it is")]
    [InlineData("", "nothing says what kind of program it is")]
    public void Load_ProgramOfNoKind_IsAnErrorThatNamesSimilarSections(string section, string problem)
    {
        FaultyKernel kernel = new();
        CollectionSpec spec = Unspecified(section);

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }));

        Assert.StartsWith($"Load program \"p\": {problem}", error.Message);
        Assert.EndsWith("set its Type, or turn its AutoLoad off to go on without it", error.Message);
        Assert.DoesNotContain(BpfCommand.MapCreate, kernel.Commands);
    }

    [Fact]
    public void Load_ProgramOfNoKindThatIsOff_IsLeftOut_AndTheLoggerIsTold()
    {
        CollectionSpec spec = Unspecified("xpd");
        spec.Programs["p"].AutoLoad = false;
        spec.Maps.Add("unused", new MapSpec { Name = "unused", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1, AutoCreate = false });
        ListLogger logger = new();

        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Logger = logger });

        Assert.Empty(collection.Programs);
        Assert.Equal(
            [
                "Information: The map \"unused\" is not loaded: its AutoCreate is off",
                "Information: The program \"p\" is not loaded: its AutoLoad is off",
            ],
            logger.Messages);
    }

    [Fact]
    public unsafe void Load_WhatTheKernelDoesNotAcceptOfAMap_IsToldToTheLogger()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) => command == BpfCommand.MapCreate && ((MapCreateAttr*)attr)->Name.HasDots ? Errno.EINVAL : null,
        };
        ListLogger logger = new();

        BpfCollection.Load(TestObject.Path("counter"), new CollectionOptions { Kernel = kernel, Logger = logger }).Dispose();

        Assert.Contains(logger.Messages, message => message.StartsWith("Information: Map \"", StringComparison.Ordinal) && message.Contains("dots", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_Path_ReadsTheObjectAndLoadsIt()
    {
        using BpfCollection collection = BpfCollection.Load(TestObject.Path("counter"));

        Assert.Equal(["count_packets"], collection.Programs.Keys);
        Assert.ThrowsAny<IOException>(() => BpfCollection.Load("/no/such/object.bpf.o"));
    }

    [Fact]
    public void Load_OneProgram_UsesTheMapsThatItIsGiven()
    {
        CollectionSpec object_ = CollectionSpec.Load(TestObject.Path("counter"));
        ProgramSpec spec = object_.Programs["count_packets"];
        CollectionFixture.AssertNoDescriptorStays(kernel =>
        {
            using PreparedCollection maps = BpfCollection.Prepare(object_, new CollectionOptions { Kernel = kernel });
            CollectionOptions options = new()
            {
                Kernel = kernel,
                Maps = maps.Maps.ToDictionary(map => map.Key, map => map.Value),
            };
            using BpfProgram program = BpfProgram.Load(spec, options, TestContext.Current.CancellationToken);

            program.TestRun(Packets.Udp());

            Assert.Equal("count_packets", program.Name);
            Assert.Equal(1ul, maps.Variables["seen"].Get<ulong>());
        });
    }

    [Fact]
    public void Load_OneProgramMadeByHand_IsLoaded_WhateverItsAutoLoadSays()
    {
        ProgramSpec spec = Code.Returning(5);
        spec.AutoLoad = false;
        spec.Name = "";

        using BpfProgram program = BpfProgram.Load(spec);

        Assert.Equal(5u, program.TestRun(Packets.Udp()));
    }

    [Fact]
    public void Load_OneProgramWhoseMapIsNotGiven_NamesIt()
    {
        ProgramSpec spec = CollectionSpec.Load(TestObject.Path("counter")).Programs["count_packets"];

        BpfException error = Assert.Throws<BpfException>(() => BpfProgram.Load(spec));

        Assert.Matches("Load program \"count_packets\": it uses map \".*\", which the collection does not have", error.Message);
    }

    [Fact]
    public void Load_OneProgramThatIsRefused_LeavesNothingOpen() => CollectionFixture.AssertNoDescriptorStays(kernel =>
        Assert.Throws<VerifierException>(() => BpfProgram.Load(Code.Of([Instruction.Exit()]), new CollectionOptions { Kernel = kernel })));

    [Fact]
    public void Load_DisposedObjectInTheOptions_IsNamed()
    {
        CollectionSpec spec = One.Spec("attach_targets", "replacement");
        BpfProgram target = BpfProgram.Load(Code.Returning(0));
        target.Dispose();
        CollectionOptions options = new() { TargetPrograms = new Dictionary<string, BpfProgram> { ["replacement"] = target } };

        Assert.Contains("program \"made\"", Assert.Throws<ObjectDisposedException>(() => BpfCollection.Load(spec, options)).ObjectName);
    }

    [Fact]
    public void Load_NullInTheOptions_IsNamed()
    {
        CollectionOptions options = new() { Maps = new Dictionary<string, BpfMap> { ["pkt_count"] = null! } };
        Assert.Equal(
            "CollectionOptions.Maps[pkt_count]",
            Assert.Throws<ArgumentNullException>(() => BpfCollection.Load(TestObject.Path("counter"), options)).ParamName);
        options = new() { Maps = new Dictionary<string, BpfMap> { ["map"] = null! } };
        Assert.Throws<ArgumentNullException>(() => BpfProgram.Load(Code.Returning(0), options));
    }

    [Fact]
    public void Plan_RelativePaths_AreThoseOfTheCurrentDirectoryWhenItIsMade()
    {
        CollectionSpec spec = new();
        MapSpec Map(string name) => new() { Name = name, Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        MapSpec named = Map("named"), placed = Map("placed");
        named.Pinning = MapPinning.ByName;
        placed.PinPath = "here/placed";
        spec.Maps.Add("named", named);
        spec.Maps.Add("placed", placed);
        string current = Environment.CurrentDirectory;

        LoadPlan plan = LoadPlanner.Make(spec, new CollectionOptions { PinDirectory = "there" }, RunningKernel.Instance);

        Assert.Equal($"{current}/there", plan.Options.PinDirectory);
        Assert.Equal([$"{current}/there/named", $"{current}/here/placed"], plan.Maps.Select(map => map.PinPath));
    }

    [Fact]
    public void Options_OutOfRange_AreRefusedWhereTheyAreSet()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new CollectionOptions { Parallelism = -1 });
        Assert.Equal("Maps", Assert.Throws<ArgumentNullException>(() => new CollectionOptions { Maps = null! }).ParamName);
        Assert.Equal("TargetPrograms", Assert.Throws<ArgumentNullException>(() => new CollectionOptions { TargetPrograms = null! }).ParamName);
        Assert.Equal("PinDirectory", Assert.Throws<ArgumentNullException>(() => new CollectionOptions { PinDirectory = null! }).ParamName);
        Assert.Equal("ExtraKernelTypes", Assert.Throws<ArgumentNullException>(() => new CollectionOptions { ExtraKernelTypes = null! }).ParamName);
    }

    [Theory]
    [InlineData("nosuch", false)]
    [InlineData("there", true)]
    [InlineData("there___other", true)]
    public void IsCompatible_StructThatIsOnlyDeclared_FitsTheOneOfItsName(string name, bool fits)
    {
        BtfBuilder own = new(), kernel = new();
        BtfTypeId declared = own.AddForward(name);
        CompositeBuilder there = kernel.AddStruct("there");
        there.Add("member", kernel.AddInt("int", 4, IntEncoding.Signed));
        kernel.AddVariable("x", there.Id, VariableLinkage.Global);
        ExternSpec spec = new("x", ExternKind.Variable, own.Build()[declared]);

        WantedExtern wanted = new("x", ExternKind.Variable, spec) { PoisonNumber = 1 };

        Assert.Equal(fits, wanted.IsCompatible(kernel.Build().Get<VariableType>("x")));
    }

    private static CollectionSpec Unspecified(string section)
    {
        CollectionSpec spec = new();
        spec.Programs.Add("p", new ProgramSpec
        {
            Name = "p",
            SectionName = section,
            License = "GPL",
            Instructions = [Instruction.Mov(Register.R0, 0), Instruction.Exit()],
        });
        spec.Maps.Add("map", new MapSpec { Name = "map", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        return spec;
    }
}
