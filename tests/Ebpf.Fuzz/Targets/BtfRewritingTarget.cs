using Ebpf.Btf;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>BTF made out of BTF: copied, deduplicated, distilled, relocated and compared.</summary>
internal sealed class BtfRewritingTarget : FuzzTarget
{
    /// <summary>So many types are copied one by one.</summary>
    private const int MostCopied = 50;

    private readonly Lazy<BtfSpec[]> _sound =
        new(() => [.. SeedObject.All.Where(seed => seed.Name.StartsWith("core_target_fields", StringComparison.Ordinal)).Select(seed => CollectionSpec.Load(seed.Image).Types!)]);

    public override string Name => "rewrite";

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
        Rewrite(types, budget);

        // As that of a module: on itself, and on the sound types of an object.
        BtfSpec sound = _sound.Value.Single(other => other.ByteOrder == types.ByteOrder);
        foreach (BtfSpec bottom in new[] { types, sound })
        {
            BtfSpec? split = budget.Run("Parse split", () => BtfSpec.Parse(input, bottom));
            if (split is null) continue;
            Rewrite(split, budget);
            budget.Run("Between", () => BtfDifference.Between(bottom, split).ToString());
            BtfSpec? distilled = budget.Run("DistillBase", split.DistillBase);
            if (distilled is null) continue;
            budget.Run("Relocate", () => distilled.Relocate(bottom));
            budget.Run("Relocate to others", () => distilled.Relocate(sound));
        }

        budget.Run("Between it and itself", () => BtfDifference.Between(types, types).IsEmpty);
        budget.Run("Between it and others", () => BtfDifference.Between(types, sound).ToString());
        BtfSpec? onSound = budget.Run("Relocate a sound one", () => SplitOn(sound).Relocate(types));
        if (onSound is not null) budget.Run("types", () => onSound.All.Count());
    }

    public override void Mutate(Span<byte> input, Random random) => WordMutator.Mutate(input, random);

    private static void Rewrite(BtfSpec types, Budget budget)
    {
        ByteOrder other = types.ByteOrder == ByteOrder.LittleEndian ? ByteOrder.BigEndian : ByteOrder.LittleEndian;
        budget.Run("ToArray", types.ToArray);
        budget.Run("ToArray turned round", () => types.ToArray(other));
        budget.Run("From", () => BtfBuilder.From(types).Build());
        BtfSpec? single = budget.Run("Deduplicate", types.Deduplicate);
        BtfSpec? again = single is null ? null : budget.Run("Deduplicate again", single.Deduplicate);
        if (again is not null && !again.ToArray().AsSpan().SequenceEqual(single!.ToArray()))
            throw new ContractException("what has been deduplicated still has duplicates");

        BtfBuilder builder = new(other);
        foreach (BtfType type in Decoded(types, budget)) budget.Run("Add", () => builder.Add(type));
        budget.Run("Build", () => Build(builder));
    }

    private static IEnumerable<BtfType> Decoded(BtfSpec types, Budget budget)
    {
        uint step = (uint)((types.Count / MostCopied) + 1);
        for (uint id = 1; id < (uint)types.Count; id += step)
        {
            if (budget.Run("decode", () => types[id]) is { } type) yield return type;
        }
    }

    private static BtfSpec? Build(BtfBuilder builder)
    {
        try
        {
            return builder.Build();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Split BTF on a distilled base, which asks for some types.</summary>
    private static BtfSpec SplitOn(BtfSpec sound)
    {
        BtfBuilder builder = BtfBuilder.OnTopOf(sound);
        foreach (string name in new[] { "task", "pair", "packet" }) builder.AddPointer(sound.Get<StructType>(name).Id);
        return builder.Build().DistillBase();
    }
}
