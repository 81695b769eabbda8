using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>BTF by itself: the contents of a section <c>.BTF</c>.</summary>
internal sealed class BtfTarget : FuzzTarget
{
    public override string Name => "btf";

    public override IEnumerable<(string Name, byte[] Input)> Seeds()
    {
        foreach (SeedObject seed in SeedObject.All)
        {
            if (seed.Section(".BTF") is { } types) yield return (seed.Name, types);
        }
    }

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        BtfSpec? types = budget.Run("Parse", () => BtfSpec.Parse(input));
        if (types is null) return;
        TypesExercise.Exercise(types, budget);

        // As that of a kernel module, on top of itself.
        BtfSpec? split = budget.Run("Parse split", () => BtfSpec.Parse(input, types));
        if (split is not null) TypesExercise.Exercise(split, budget);
    }

    public override void Mutate(Span<byte> input, Random random) => WordMutator.Mutate(input, random);
}
