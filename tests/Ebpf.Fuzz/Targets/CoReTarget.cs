using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>The adjusting of an object's programs to the types of a kernel: its own ones, and those of a sound object.</summary>
internal sealed class CoReTarget : FuzzTarget
{
    private static readonly string[] Sources = ["core_relocations", "kernel_types"];

    private readonly Lazy<BtfSpec[]> _kernels =
        new(() => [.. SeedsOf(Sources[0]).Select(seed => CollectionSpec.Load(seed.Image).Types!)]);

    public override string Name => "core";

    public override IEnumerable<(string Name, byte[] Input)> Seeds() =>
        Sources.SelectMany(SeedsOf).Select(seed => (seed.Name, seed.Image));

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        CollectionSpec? spec = budget.Run("Load", () => CollectionSpec.Load(input));
        if (spec?.Types is not { } types) return;
        BtfSpec sound = _kernels.Value.First(kernel => kernel.ByteOrder == types.ByteOrder);
        foreach (BtfSpec? kernel in (IEnumerable<BtfSpec?>)[types, sound, null])
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

    private static IEnumerable<SeedObject> SeedsOf(string source) =>
        SeedObject.All.Where(seed => seed.Name.StartsWith(source + ".", StringComparison.Ordinal));
}
