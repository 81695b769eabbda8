using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>The adjusting of an object's programs to the types of a kernel: its own ones, and those of a sound object.</summary>
internal sealed class CoReTarget : FuzzTarget
{
    private readonly Lazy<BtfSpec[]> _kernels =
        new(() => [.. SeedObject.All.Where(IsKernel).Select(seed => CollectionSpec.Load(seed.Image).Types!)]);

    public override string Name => "core";

    public override IEnumerable<(string Name, byte[] Input)> Seeds() =>
        SeedObject.All
            .Where(seed => seed.Name.StartsWith("core_", StringComparison.Ordinal) && !IsKernel(seed))
            .Select(seed => (seed.Name, seed.Image));

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        CollectionSpec? spec = budget.Run("Load", () => CollectionSpec.Load(input));
        if (spec?.Types is not { } types) return;
        IEnumerable<BtfSpec> sound = _kernels.Value.Where(kernel => kernel.ByteOrder == types.ByteOrder);
        foreach (BtfSpec? kernel in sound.Append(types).Append(null))
        {
            CoReRelocator relocator = new(new CoReTargets(kernel));
            foreach (ProgramSpec program in spec.Programs.Values) Exercise(program, relocator, budget);
        }
    }

    public override void Mutate(Span<byte> input, Random random) => ObjectMutator.Mutate(input, random);

    private static void Exercise(ProgramSpec program, CoReRelocator relocator, Budget budget)
    {
        InstructionList? code = budget.Run("Instructions", () => program.Instructions.Clone());
        if (code is null) return;
        CoReResult? result = budget.Run("Apply", () => relocator.Apply(code, program.Name), mayRefuse: true);
        if (result is null) return;
        foreach (CoReOutcome outcome in result.Outcomes) budget.Run("outcome.ToString", outcome.ToString);
        budget.Run("Encode", () => code.Encode(program.ByteOrder), mayRefuse: true);
    }

    private static bool IsKernel(SeedObject seed) => seed.Name.StartsWith("core_target_", StringComparison.Ordinal);
}
