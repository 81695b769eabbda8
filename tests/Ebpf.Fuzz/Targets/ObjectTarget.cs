using Ebpf.Asm;
using Ebpf.Fuzz.Mutation;
using Ebpf.TestData;

namespace Ebpf.Fuzz.Targets;

/// <summary>Whole objects: reads one and asks everything of it.</summary>
internal sealed class ObjectTarget : FuzzTarget
{
    /// <summary>
    /// Each program is linked when it is asked for, with all that it calls: the time for all of them is the product of both.
    /// </summary>
    private const int MostInstructions = 20_000;

    public override string Name => "object";

    public override IEnumerable<(string Name, byte[] Input)> Seeds() => SeedObject.All.Select(seed => (seed.Name, seed.Image)).Concat(SyntheticSeeds.All);

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        CollectionSpec? spec = budget.Run("Load", () => CollectionSpec.Load(input));
        if (spec is null) return;
        int instructions = 0;
        foreach (ProgramSpec program in spec.Programs.Values)
        {
            budget.Run("program.ToString", program.ToString);
            budget.Run("AttachTarget", () => program.AttachTarget);
            if (instructions > MostInstructions) continue;
            InstructionList? code = budget.Run("Instructions", () => program.Instructions);
            instructions += code?.Count ?? 0;
            if (code is not null) CodeExercise.Exercise(code, program.ByteOrder, budget);
        }

        if (instructions <= MostInstructions && instructions * InstructionDecoder.SlotSize <= input.Length) Rewrite(spec, budget);
        foreach (MapSpec map in spec.Maps.Values) Exercise(map, budget);
        foreach (VariableSpec variable in spec.Variables.Values) Exercise(variable, budget);
        foreach (ExternSpec found in spec.Externs.Values)
        {
            budget.Run("extern.ToString", found.ToString);
            budget.Run("extern.Type", () => found.Type.ToString() + found.KernelName);
        }

        if (spec.Types is { } types) TypesExercise.Exercise(types, budget);
        CollectionSpec? copy = budget.Run("Clone", spec.Clone);
        if (copy is not null && copy.ToString() != spec.ToString()) throw new ContractException("The copy differs");
    }

    public override void Mutate(Span<byte> input, Random random) => ObjectMutator.Mutate(input, random);

    /// <summary>What is read can be written, or is refused; and what is written reads back as the same.</summary>
    private static void Rewrite(CollectionSpec spec, Budget budget)
    {
        // A section without bits can say that it has 2 GiB, which would be written.
        if (spec.Maps.Values.Any(map => map.DataSize > 1 << 16)) return;
        byte[]? written = budget.Run("ToArray", spec.ToArray, mayRefuse: true);
        if (written is null) return;
        CollectionSpec read;
        try
        {
            read = CollectionSpec.Load(written);
            foreach (ProgramSpec program in read.Programs.Values) _ = program.Instructions;
        }
        catch (ObjectFormatException error)
        {
            throw new ContractException($"what was written cannot be read: {error.Message}", error);
        }

        // iproute2's maps mean each other by numbers within their section, and sections of one name become one.
        if (spec.Maps.Values.Any(map => map.Iproute2 is not null)) return;
        IReadOnlyList<string>? differences = budget.Run("Compare", () => SpecComparison.Compare(spec, read, withTypes: false));

        // Sections of one name become one: what is in them may change places.
        if (differences?.FirstOrDefault(text => !text.StartsWith("collection: names", StringComparison.Ordinal)) is { } first)
            throw new ContractException($"what was written reads back as something else: {first}");
    }

    private static void Exercise(MapSpec map, Budget budget)
    {
        budget.Run("map.ToString", map.ToString);
        budget.Run("map types", () => map.KeyType?.ToString() + map.ValueType + map.InnerMap);
        budget.Run("map.Clone", map.Clone);
        budget.Run("map.StructOps", () => map.StructOps?.Functions.Count);
    }

    private static void Exercise(VariableSpec variable, Budget budget)
    {
        budget.Run("variable.ToString", variable.ToString);

        // A section without bits can say that it has 2 GiB: the values of its variables are as large as they say.
        if (variable.Size > 1 << 16) return;
        byte[]? value = budget.Run("variable.ToArray", variable.ToArray);
        if (value is not [_, ..]) return;
        value[0] ^= 1;
        if (variable.Map.DataSize > 1 << 16) return;
        budget.Run("variable.Set", () => { variable.Set(value); return true; });
        if (!variable.ToArray().AsSpan().SequenceEqual(value)) throw new ContractException($"{variable.Name} did not keep its value");
    }
}
