using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Elf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

public sealed class ObjectFeatureTests
{
    public static TheoryData<string, ByteOrder> Objects
    {
        get
        {
            TheoryData<string, ByteOrder> data = [];
            foreach (string name in TestObject.Names)
            {
                data.Add(name, ByteOrder.LittleEndian);
                data.Add(name, ByteOrder.BigEndian);
            }

            return data;
        }
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Load_ArenaVariables_LieInTheArena(ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("arena", order));

        Assert.Equal(".addr_space.1", spec.Maps["arena"].DataSection);
        Assert.Equal(5, spec.Variables["arena_number"].Get<long>());
        spec.Variables["arena_zero"].Set(9L);
        Assert.Equal(9, spec.Variables["arena_zero"].Get<long>());
        Assert.Equal("long", spec.Variables["arena_number"].Type!.Resolve().Name);
        Assert.Equal(
            ["arena", "arena"],
            spec.Programs["touch"].Instructions.Where(i => i.Reference?.Kind == ReferenceKind.MapValue).Select(i => i.Reference!.Name));
    }

    [Fact]
    public void Instructions_ProgramWithExceptionCallback_HasItBehindItsFunctions()
    {
        InstructionList code = CollectionSpec.Load(TestObject.Path("exceptions")).Programs["throws"].Instructions;
        List<string> functions = [];
        foreach (Instruction instruction in code)
        {
            if (instruction.Symbol is { } symbol) functions.Add(symbol);
        }

        Assert.Equal(["throws", "hidden_function", "on_throw"], functions);
    }

    [Fact]
    public void Load_HiddenFunction_IsStaticToTheKernel()
    {
        BtfSpec types = CollectionSpec.Load(TestObject.Path("exceptions")).Types!;

        Assert.Equal(FunctionLinkage.Static, types.Get<FunctionType>("hidden_function").Linkage);
        Assert.Equal(FunctionLinkage.Global, types.Get<FunctionType>("on_throw").Linkage);
    }

    [Fact]
    public void Load_SectionHandlers_AreTriedBeforeAndAfterTheKnownNames()
    {
        ObjectReaderOptions options = new()
        {
            SectionHandlers =
            [
                new SectionHandler("tp+", ProgramType.Kprobe) { AttachType = AttachType.PerfEvent, Flags = ProgramFlags.Sleepable },
                new SectionHandler(null, ProgramType.Xdp),
            ],
        };

        SpecTable<ProgramSpec> programs = CollectionSpec.Load(TestObject.Path("tracing"), options).Programs;

        Assert.Equal(ProgramType.Kprobe, programs["on_getpgid"].Type);
        Assert.Equal(AttachType.PerfEvent, programs["on_getpgid"].AttachType);
        Assert.Equal(ProgramFlags.Sleepable, programs["on_getpgid"].Flags);
        Assert.Equal("syscalls/sys_enter_getpgid", programs["on_getpgid"].AttachTo);
        Assert.Equal(ProgramType.RawTracepoint, programs["on_raw_enter"].Type);
        Assert.Equal(ProgramType.SocketFilter, CollectionSpec.Load(TestObject.Path("minimal"), options).Programs["drop"].Type);
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void DecodeThenEncode_EveryFunctionOfEveryObject_GivesTheSameBytes(string name, ByteOrder order)
    {
        ElfFile elf = new(TestObject.Read(name, order));
        for (int i = 1; i < elf.SectionCount; i++)
        {
            ElfSection section = elf.Section(i);
            if (!section.IsCode) continue;
            byte[] code = elf.Data(section).ToArray();
            Assert.Equal(code, InstructionDecoder.Decode(code, order).Encode(order));
        }
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Load_TwiceOrCloned_GivesTheSame(string name, ByteOrder order)
    {
        if (name.StartsWith("bad_", StringComparison.Ordinal) || name == "counter.nobtf") return;
        CollectionSpec first = CollectionSpec.Load(TestObject.Path(name, order));
        CollectionSpec second = CollectionSpec.Load(new MemoryStream(TestObject.Read(name, order)));

        Assert.Equal(Describe(first), Describe(second));
        Assert.Equal(Describe(first), Describe(first.Clone()));
    }

    [Fact]
    public void Load_FromPath_NamesTheFileInAnError()
    {
        string path = TestObject.Path("bad_static_map");

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => CollectionSpec.Load(path));

        Assert.StartsWith($"{path}: section \".maps\": symbol \"hidden_from_loader\": ", error.Message);
    }

    private static string Describe(CollectionSpec spec) =>
        string.Join(
            '\n',
            [
                spec.ToString(),
                .. spec.Maps.Values.Select(map => $"{map} {Convert.ToHexString(map.InitialValue.Span)} {string.Join(",", map.Initializers)}"),
                .. spec.Variables.Values.Select(variable => $"{variable} {Convert.ToHexString(variable.ToArray())}"),
                .. spec.Externs.Values.Select(found => found.ToString()),
                .. spec.Programs.Values.Select(program => $"{program} {program.AttachTo} {program.AutoLoad}\n{program.Instructions}"),
            ]);
}
