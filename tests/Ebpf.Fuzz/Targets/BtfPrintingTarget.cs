using Ebpf.Btf;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>Types written as C and as C#.</summary>
internal sealed class BtfPrintingTarget : FuzzTarget
{
    /// <summary>So many types are written one by one.</summary>
    private const int MostAlone = 8;

    /// <summary>The text of any BTF may have 4 MiB; a budget for so much more input allows some copies of that, of 16 bits each.</summary>
    private const int InputForText = 1 << 17;

    public override string Name => "print";

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
        Budget forText = new(input.Length + InputForText);
        Write(types, forText);

        // As that of a module, on top of itself.
        BtfSpec? split = budget.Run("Parse split", () => BtfSpec.Parse(input, types));
        if (split is not null) Write(split, forText);
    }

    public override void Mutate(Span<byte> input, Random random) => WordMutator.Mutate(input, random);

    private static void Write(BtfSpec types, Budget budget)
    {
        budget.Run("C of all", () => WriteC(types, new CWriterOptions()));
        budget.Run("C with tags", () => WriteC(types, new CWriterOptions { DeclarationTags = true, TypeTags = false, IncludeBase = true }));
        budget.Run("C# of all", () => WriteCSharp(types));
        uint step = (uint)((types.Count / MostAlone) + 1);
        for (uint id = 1; id < (uint)types.Count; id += step)
        {
            if (budget.Run("decode", () => types[id]) is not { } type) continue;
            budget.Run("ToC", () => ToC(type));
            budget.Run("C# of one", () => Add(types, type));
        }
    }

    private static int WriteC(BtfSpec types, CWriterOptions options)
    {
        CWriter c = new(types, options);
        c.AddAll();
        c.Write(Stream.Null);
        return types.Count;
    }

    private static int WriteCSharp(BtfSpec types)
    {
        CSharpWriter writer = new(types);
        writer.AddAll();
        writer.Write(TextWriter.Null);
        return types.Count;
    }

    private static string? ToC(BtfType type)
    {
        try
        {
            return type.ToC();
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    private static string? Add(BtfSpec types, BtfType type)
    {
        CSharpWriter writer = new(types);
        string? name = null;
        try
        {
            name = writer.Add(type);
        }
        catch (NotSupportedException)
        {
        }

        writer.Write(TextWriter.Null);
        return name;
    }
}
