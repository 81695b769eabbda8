using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Spec.Tests.Btf;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

/// <summary>Specs that no compiler made, with types that a <see cref="BtfBuilder"/> made.</summary>
public sealed unsafe class HandMadeTypesTests
{
    private static (BtfType Key, BtfType Value) EventTypes()
    {
        BtfBuilder types = new();
        BtfTypeId u32 = types.AddInt("unsigned int", 4);
        BtfTypeId text = types.AddArray(types.AddInt("char", 1, IntEncoding.Signed), 16);
        BtfTypeId value = types.AddStruct("event").Add("pid", u32).Add("comm", text).Id;
        BtfSpec built = types.Build();
        return (built[u32], built[value]);
    }

    private static MapSpec EventMap()
    {
        (BtfType key, BtfType value) = EventTypes();
        return new MapSpec { Name = "events", Type = MapType.Hash, KeySize = 4, ValueSize = 20, MaxEntries = 8, KeyType = key, ValueType = value };
    }

    private static FunctionType MainFunction()
    {
        BtfBuilder types = new();
        BtfTypeId context = types.AddPointer(types.AddStruct("__sk_buff").Id);
        BtfTypeId prototype = types.AddFunctionPrototype(types.AddInt("int", 4, IntEncoding.Signed)).Add("skb", context).Id;
        BtfTypeId function = types.AddFunction("hand_made", prototype);
        return (FunctionType)types.Build()[function];
    }

    private static ProgramSpec HandMade(FunctionType? function) => new()
    {
        Name = "hand_made",
        Type = ProgramType.SocketFilter,
        License = "GPL",
        Instructions = new InstructionBuilder()
            .Function("hand_made", function)
            .Line(new LineInfo { File = "hand.made", Text = "answer = 0", Line = 7, Column = 3 })
            .Add(Instruction.Mov(Register.R0, 0))
            .Line(new LineInfo { File = "hand.made", Text = "return answer", Line = 8 })
            .Add(Instruction.Exit())
            .Build(),
    };

    private static void AssertDescribesEvents(BpfMap map)
    {
        KernelMapInfo info = default;
        Assert.Equal(Errno.None, RunningKernel.Instance.GetInfo(map.Handle, ref info));
        using BpfBtf btf = BpfBtf.Open(info.BtfId);
        BtfSpec types = btf.ReadTypes();
        (BtfType key, BtfType value) = EventTypes();
        Assert.True(types[info.KeyTypeId].IsSameAs(key));
        Assert.True(types[info.ValueTypeId].IsSameAs(value));
    }

    [Fact]
    public void Create_MapWithTypesOfABuilder_TellsThemToTheKernel()
    {
        using BpfMap map = BpfMap.Create(EventMap());

        AssertDescribesEvents(map);
    }

    [Fact]
    public void Load_MapWithTypesOfABuilder_TellsThemToTheKernel()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        spec.Maps.Add("events", EventMap());
        int own = spec.Types!.Count;

        using BpfCollection collection = BpfCollection.Load(spec);

        AssertDescribesEvents(collection.Maps["events"]);
        Assert.Equal(own, spec.Types.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_ProgramWithLinesAndFunctionOfItsOwn_TellsThemToTheKernel(bool withFunction)
    {
        CollectionSpec spec = new();
        spec.Programs.Add("hand_made", HandMade(withFunction ? MainFunction() : null));

        using BpfCollection collection = BpfCollection.Load(spec);

        uint* lines = stackalloc uint[8];
        uint* functions = stackalloc uint[2];
        KernelProgramInfo info = new()
        {
            LineInfo = lines,
            LineInfoCount = 2,
            LineInfoSize = 16,
            FunctionInfo = functions,
            FunctionInfoCount = withFunction ? 1u : 0,
            FunctionInfoSize = 8,
        };
        Assert.Equal(Errno.None, RunningKernel.Instance.GetInfo(collection.Programs["hand_made"].Handle, ref info));
        Assert.Equal((2u, withFunction ? 1u : 0), (info.LineInfoCount, info.FunctionInfoCount));
        using BpfBtf btf = BpfBtf.Open(info.BtfId);
        BtfSpec types = btf.ReadTypes();
        LineInfo first = new(types, lines[1], lines[2], lines[3]), second = new(types, lines[5], lines[6], lines[7]);
        Assert.Equal("answer = 0 @ hand.made:7:3", first.ToString());
        Assert.Equal((1u, "return answer @ hand.made:8:0"), (lines[4], second.ToString()));
        if (withFunction) Assert.Equal("int hand_made(struct __sk_buff *)", types[functions[1]].ToString());
    }

    [Fact]
    public void Load_ProgramMovedFromAnotherCollection_KeepsItsFunctionsAndLines()
    {
        CollectionSpec other = CollectionSpec.Load(TestObject.Path("minimal"));
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        ProgramSpec moved = other.Programs["drop"];
        moved.Type = ProgramType.Xdp;
        spec.Programs.Add("drop", moved);

        using BpfCollection collection = BpfCollection.Load(spec);

        KernelProgramInfo info = default;
        Assert.Equal(Errno.None, RunningKernel.Instance.GetInfo(collection.Programs["drop"].Handle, ref info));
        Assert.Equal(1u, info.FunctionInfoCount);
        Assert.NotEqual(0u, info.LineInfoCount);
    }

    [Fact]
    public void Create_MapWithTypesThatTheKernelRefuses_IsMadeWithoutThem()
    {
        BtfBlob types = new(EndianReader.Host);
        uint number = types.Int("int", 4, 1);
        uint wrong = types.Struct("reaches_out", 4, ("a", number, 0), ("behind", number, 32));
        BtfSpec built = types.Parse();
        MapSpec spec = new() { Name = "m", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 1, KeyType = built[number], ValueType = built[wrong] };

        using BpfMap map = BpfMap.Create(spec);

        KernelMapInfo info = default;
        Assert.Equal(Errno.None, RunningKernel.Instance.GetInfo(map.Handle, ref info));
        Assert.Equal(0u, info.BtfId);
    }

    [Theory]
    [InlineData(Errno.EPERM)]
    [InlineData(Errno.EINVAL)]
    public void Load_AnyOneCallFails_LeavesNothingOpen(Errno errno)
    {
        CollectionSpec spec = new();
        spec.Maps.Add("events", EventMap());
        spec.Programs.Add("hand_made", HandMade(MainFunction()));
        int failures = 0;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = errno };
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

        // EINVAL has many a meaning, and the kernel is asked again for less each time; EPERM is the limit of locked memory before 5.11.
        bool isTriedAgain = errno == Errno.EINVAL
            || (errno == Errno.EPERM && KernelFacts.Of(RunningKernel.Instance).Version < new Version(5, 11));
        Assert.True(isTriedAgain || failures > 0);
    }

    [Fact]
    public void Load_EveryKindOfType_IsTakenByThisKernel()
    {
        BtfBuilder types = new() { IncludesLayout = true };
        BtfTypeId number = types.AddInt("int", 4, IntEncoding.Signed);
        BtfTypeId prototype = types.AddFunctionPrototype(number).Add("", types.AddPointer(BtfTypeId.Void)).Id;
        BtfTypeId function = types.AddFunction("f", prototype, FunctionLinkage.Global);
        BtfTypeId variable = types.AddVariable("v", types.AddVolatile(types.AddConst(number)));
        types.AddDataSection(".data").Add(variable);
        types.AddEnum("color", isSigned: true).Add("RED", -1);
        types.AddEnum("wide", size: 8).Add("HUGE", ulong.MaxValue);
        types.AddTypedef("alias", types.AddRestrict(types.AddPointer(types.AddForward("later", isUnion: true))));
        types.AddFloat("double", 8);
        types.AddPointer(types.AddTypeTag("user", number));
        types.AddPointer(types.AddTypeTag("address_space(1)", number, isAttribute: true));
        types.AddDeclTag("arg", function, 0, isAttribute: true);
        BtfTypeId bits = types.AddStruct("bits").AddBitField("a", number, 3).AddBitField("b", number, 31).Add("c", types.AddArray(number, 2)).Id;
        types.AddDeclTag("member", bits, 1);
        types.AddUnion("u").Add("n", number).Add("bits", bits);

        using BpfBtf btf = BpfBtf.Load(types.Build());

        // What an older kernel does not know is replaced, for which one more type may be needed.
        Assert.InRange(btf.ReadTypes().Count, types.Count, types.Count + 1);
    }
}
