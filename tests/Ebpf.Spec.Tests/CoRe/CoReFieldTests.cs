using Ebpf.Asm;
using Ebpf.CoRe;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>What relocations ask of fields. The values are those of the layouts in <c>core_target_fields.bpf.c</c>.</summary>
public sealed class CoReFieldTests
{
    [Theory]
    [InlineData("offsets", new long[] { 16, 112, 120, 32, 128 })]
    [InlineData("anonymous", new long[] { 12, 8, 24 })]
    [InlineData("arrays", new long[] { 144, 147, 80, 98, 504 })]
    [InlineData("flexible", new long[] { 288 })]
    [InlineData("sizes", new long[] { 32, 16, 16, 8, 8 })]
    [InlineData("existence", new long[] { 1, 0, 0, 0, 1, 0 })]
    [InlineData("signs", new long[] { 1, 0, 0, 0 })]
    [InlineData("flavour", new long[] { 16, 0 })]
    [InlineData("alias", new long[] { 8 })]
    public void Fields_OfBothByteOrders_AreThoseOfTheKernel(string program, long[] expected)
    {
        foreach (ByteOrder order in Enum.GetValues<ByteOrder>())
        {
            Relocated relocated = Relocated.Program("fields", program, order);

            Assert.Equal(expected, relocated.Values);
            Assert.Equal(expected, relocated.Result.Outcomes.Select(outcome => relocated.InstructionOf(outcome).Immediate));
            Assert.DoesNotContain(relocated.Result.Outcomes, outcome => outcome.IsPoisoned);
        }
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian, new long[] { 32, 32, 56, 56 })]
    [InlineData(ByteOrder.BigEndian, new long[] { 32, 32, 56, 56 })]
    public void Shifts_OfPlainFields_MakeTheFieldFillTheRegister(ByteOrder order, long[] expected) =>
        Assert.Equal(expected, Relocated.Program("fields", "shifts", order).Values);

    [Fact]
    public void Fields_ThatTheKernelLacks_PoisonAndSayWhy()
    {
        Relocated relocated = Relocated.Program("fields", "missing");

        Assert.Equal(
            [
                "struct task.gone: no such field on this kernel",
                "struct task.becomes_struct: is struct pair on this kernel, int in the program",
                "struct task.other_mood: is enum temper on this kernel, enum mood in the program",
            ],
            relocated.Result.Outcomes.Select(outcome => outcome.Reason));
        foreach (CoReOutcome outcome in relocated.Result.Outcomes)
        {
            Instruction instruction = relocated.InstructionOf(outcome);
            Assert.True(outcome.IsPoisoned);
            Assert.Null(outcome.Target);
            Assert.True(instruction.IsHelperCall);
            Assert.Equal(195896080, instruction.Immediate);
            Assert.Equal((Register)0, instruction.Destination);
        }
    }

    [Fact]
    public void Elements_BehindTheEndOfTheKernelsArray_Poison()
    {
        CoReOutcome outcome = Assert.Single(Relocated.Program("fields", "too_few").Result.Outcomes);

        Assert.True(outcome.IsPoisoned);
        Assert.Equal("struct task.pairs[3]: the array has only 3 elements on this kernel", outcome.Reason);
    }

    [Fact]
    public void Types_ThatTheKernelLacks_AreMissingForChecksAndPoisonTheRest()
    {
        IReadOnlyList<CoReOutcome> outcomes = Relocated.Program("fields", "no_such_type").Result.Outcomes;

        Assert.All(outcomes, outcome => Assert.Equal("struct unknown: no such type on this kernel", outcome.Reason));
        Assert.Equal([false, true], outcomes.Select(outcome => outcome.IsPoisoned));
    }

    [Fact]
    public void LoadsAndStores_HoldTheOffsetOfTheKernel()
    {
        Relocated relocated = Relocated.Program("fields", "direct");

        Assert.Equal([0, 16], relocated.Result.Outcomes.Select(outcome => (int)relocated.InstructionOf(outcome).Offset));
        Assert.Equal([0, 16], relocated.Values);
    }

    [Fact]
    public void Offsets_ThatALoadCannotHold_Poison()
    {
        CoReOutcome outcome = Assert.Single(Relocated.Program("fields", "too_far").Result.Outcomes);

        Assert.True(outcome.IsPoisoned);
        Assert.Equal(
            "struct vast.end: is 40000 on this kernel, which does not fit in the offset of a load or store", outcome.Reason);
    }

    [Fact]
    public void Outcomes_TellWhatWasThereBefore()
    {
        CoReOutcome outcome = Relocated.Program("fields", "arrays").Result.Outcomes[2];

        Assert.Equal("struct task.pairs[2].second", outcome.Subject);
        Assert.Equal(44u, outcome.LocalValue);
        Assert.Equal(80u, outcome.Value);
        Assert.Equal("struct task", outcome.Target?.ToString());
        Assert.Equal("FieldByteOffset struct task.pairs[2].second: 44 → 80", outcome.ToString());
    }
}
