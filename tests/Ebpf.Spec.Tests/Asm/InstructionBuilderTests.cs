using Ebpf.Asm;
using Ebpf.Btf;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.Asm;

public sealed class InstructionBuilderTests
{
    [Fact]
    public void Build_FunctionsLabelsAndLines_AreOnTheirInstructions()
    {
        FunctionType type = SmallBtf.Function;
        LineInfo line = new() { Line = 3, Text = "return 0;" };

        InstructionList list = new InstructionBuilder()
            .Function("main", type)
            .Add(Mov(R0, 0), JumpIf(JumpCondition.Equal, R1, 0, "out"))
            .Label("out")
            .Line(line)
            .Add(Exit())
            .Build();

        Assert.Equal(["main", null, "out"], list.Select(instruction => instruction.Symbol));
        Assert.Same(type, list[0].Function);
        Assert.Same(line, list[2].Line);
        Assert.Equal("b7000000000000001501000000000000" + "9500000000000000", Hex(list));
    }

    [Fact]
    public void Build_LabelAtTheStartOfAFunction_LeadsThere()
    {
        InstructionList list = new InstructionBuilder()
            .Function("main")
            .Label("again")
            .Label("once_more")
            .Add(Add(R1, 1), JumpIf(JumpCondition.LessThan, R1, 5, "again"), Jump("once_more"))
            .Build();

        InstructionList encoded = Encoded(list);

        Assert.Equal("main", list[0].Symbol);
        Assert.Equal((-2, -3), (encoded[1].Offset, encoded[2].Offset));
    }

    [Fact]
    public void Build_SameLabelInTwoFunctions_StaysInEach()
    {
        InstructionList list = new InstructionBuilder()
            .Function("main")
            .Add(CallFunction("other"), Jump("out"))
            .Label("unused").Label("out")
            .Add(Exit())
            .Function("other")
            .Label("out")
            .Add(Mov(R0, 0), Jump("out"))
            .Build();

        InstructionList encoded = Encoded(list);

        Assert.Equal((0, -2), (encoded[1].Offset, encoded[4].Offset));
    }

    [Fact]
    public void Label_ThatIsThereAlready_IsRefused()
    {
        InstructionBuilder builder = new InstructionBuilder().Label("a").Label("b").Add(Exit());

        Assert.Throws<ArgumentException>(() => builder.Label("a"));
        Assert.Throws<ArgumentException>(() => builder.Label("b"));
        Assert.Throws<ArgumentException>(() => builder.Label("c").Label("c"));
    }

    [Fact]
    public void Build_LabelWithoutAnInstruction_IsRefused()
    {
        InstructionBuilder builder = new InstructionBuilder().Add(Exit()).Label("end");

        Assert.Throws<InvalidOperationException>(() => builder.Build());
        Assert.Throws<InvalidOperationException>(() => builder.Function("next"));
    }

    [Fact]
    public void Add_InstructionWithASymbolAfterALabel_IsRefused()
    {
        InstructionBuilder builder = new InstructionBuilder().Label("a");

        Assert.Throws<InvalidOperationException>(() => builder.Add(Exit().WithSymbol("b")));
    }

    [Fact]
    public void Build_Twice_GivesListsOfTheirOwn()
    {
        InstructionBuilder builder = new InstructionBuilder().Add(Exit());
        InstructionList first = builder.Build();
        InstructionList second = builder.Add(new InstructionList { Mov(R0, 0), Exit() }).Build();

        first[0] = Mov(R0, 7);

        Assert.Equal([Exit(), Mov(R0, 0), Exit()], second);
        Assert.Single(first);
    }

    private static string Hex(InstructionList list) => Convert.ToHexStringLower(list.Encode(ByteOrder.LittleEndian));

    private static InstructionList Encoded(InstructionList list) =>
        InstructionDecoder.Decode(list.Encode(ByteOrder.LittleEndian), ByteOrder.LittleEndian);
}
