using Ebpf.CoRe;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>What relocations ask of whole types.</summary>
public sealed class CoReTypeTests
{
    // Whether it exists, whether it matches, its size; 0 where it does not exist.
    [Theory]
    [InlineData("same", 1, 1, 16)]
    [InlineData("subset", 1, 1, 12)]
    [InlineData("retyped", 1, 0, 4)]
    [InlineData("resized", 1, 0, 8)]
    [InlineData("renamed", 1, 0, 4)]
    [InlineData("longer", 1, 0, 8)]
    [InlineData("becomes_union", 0, 0, 0)]
    [InlineData("missing", 0, 0, 0)]
    [InlineData("pointers", 1, 1, 16)]
    [InlineData("flavoured", 1, 1, 8)]
    [InlineData("number", 1, 1, 4)]
    [InlineData("anonymous", 1, 1, 8)]
    [InlineData("becomes_struct", 0, 0, 0)]
    [InlineData("callback", 1, 1, 8)]
    [InlineData("fewer", 0, 0, 0)]
    [InlineData("other_result", 0, 0, 0)]
    [InlineData("with_dots", 1, 1, 8)]
    [InlineData("vector", 1, 0, 32)]
    [InlineData("pointer", 0, 0, 0)]
    [InlineData("colours", 1, 1, 4)]
    [InlineData("shades", 1, 0, 4)]
    [InlineData("real", 1, 1, 8)]
    public void Types_ExistMatchAndHaveTheSizeOfTheKernel(string program, int exists, int matches, int size)
    {
        foreach (ByteOrder order in Enum.GetValues<ByteOrder>())
        {
            Relocated relocated = Relocated.Program("types", program, order);

            Assert.Equal(exists, relocated[CoReRelocationKind.TypeExists]);
            Assert.Equal(matches, relocated[CoReRelocationKind.TypeMatches]);
            Assert.Equal(size, relocated[CoReRelocationKind.TypeSize]);
            Assert.DoesNotContain(relocated.Result.Outcomes, outcome => outcome.IsPoisoned);
        }
    }

    [Fact]
    public void TypeIds_AreThoseOfTheirOwnTypes()
    {
        Relocated relocated = Relocated.Program("types", "same");
        CoReOutcome local = relocated.Result.Outcomes.Single(outcome => outcome.Relocation.Kind == CoReRelocationKind.TypeIdLocal);
        CoReOutcome target = relocated.Result.Outcomes.Single(outcome => outcome.Relocation.Kind == CoReRelocationKind.TypeIdTarget);

        Assert.Equal(local.Relocation.TypeId.Value, local.Value);
        Assert.Null(local.Target);
        Assert.Equal("same", Relocated.TargetTypes("types")[(uint)target.Value].Name);
        Assert.Equal((long)target.Value, relocated.InstructionOf(target).Immediate);
    }

    [Fact]
    public void TypeIds_OfTypesThatTheKernelLacks_AreZero() =>
        Assert.Equal(0, Relocated.Program("types", "missing")[CoReRelocationKind.TypeIdTarget]);

    [Fact]
    public void Types_OfAnotherShape_SayWhatIsDifferent()
    {
        Relocated relocated = Relocated.Program("types", "fewer");

        Assert.Equal(
            "fewer_t: is another kind of type on this kernel",
            relocated.Result.Outcomes.First(outcome => outcome.Relocation.Kind == CoReRelocationKind.TypeExists).Reason);
        Assert.Equal(
            "fewer_t: the type does not match on this kernel",
            relocated.Result.Outcomes.First(outcome => outcome.Relocation.Kind == CoReRelocationKind.TypeMatches).Reason);
    }
}
