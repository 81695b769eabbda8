using Ebpf.Asm;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

public sealed class JumpTableTests
{
    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Instructions_JumpTable_LeadsToItsCasesInOrder(ByteOrder order)
    {
        InstructionList code = Load(order);

        Reference table = TableOf(code);

        Assert.Equal("jump_table", table.Name);
        Assert.Equal([10L, 11L, 12L], table.Targets.Select(target => code[code.IndexOfSymbol(target)].Immediate));
    }

    [Fact]
    public void Insert_InstructionBeforeTheCases_TableStillLeadsToThem()
    {
        InstructionList code = Load();
        code.Insert(code.IndexOfSymbol(TableOf(code).Targets[1]), Instruction.Mov(Register.R3, 0));
        code.Insert(0, Instruction.Mov(Register.R4, 0));

        Assert.Equal(
            [10L, 11L, 12L],
            TableOf(code).Targets.Select(target => code[code.IndexOfSymbol(target)].Immediate));
    }

    [Fact]
    public void RemoveAt_OneCase_TableLeadsToWhatFollows()
    {
        InstructionList code = Load();
        code.RemoveRange(code.IndexOfSymbol(TableOf(code).Targets[1]), 2);

        // Case 1 stood right before case 0.
        Assert.Equal(
            [10L, 10L, 12L],
            TableOf(code).Targets.Select(target => code[code.IndexOfSymbol(target)].Immediate));
    }

    [Fact]
    public void ToString_JumpTable_IsNamed() => Assert.Contains("jump table \"jump_table\" ll", Load().ToString());

    private static Reference TableOf(InstructionList code)
    {
        foreach (Instruction instruction in code)
        {
            if (instruction.Reference is { Kind: ReferenceKind.JumpTable } reference) return reference;
        }

        throw new InvalidOperationException("No instruction refers to a jump table.");
    }

    private static InstructionList Load(ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Path("jump_table", order)).Programs["choose"].Instructions;
}
