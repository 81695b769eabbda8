using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>The minimal BTF for an object: out of its own types, and out of those of a sound object.</summary>
internal sealed class MinimalBtfTarget : FuzzTarget
{
    private readonly Lazy<BtfSpec[]> _kernels =
        new(() => [.. SeedObject.All.Where(IsKernel).Select(seed => CollectionSpec.Load(seed.Image).Types!)]);

    public override string Name => "minbtf";

    public override IEnumerable<(string Name, byte[] Input)> Seeds() =>
        SeedObject.All
            .Where(seed => seed.Name.StartsWith("core_", StringComparison.Ordinal) && !IsKernel(seed))
            .Select(seed => (seed.Name, seed.Image));

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        CollectionSpec? spec = budget.Run("Load", () => CollectionSpec.Load(input));
        if (spec?.Types is not { } types) return;
        foreach (BtfSpec kernel in _kernels.Value.Where(kernel => kernel.ByteOrder == types.ByteOrder).Append(types))
        {
            BtfSpec? minimal = budget.Run("MinimalBtf", () => MinimalBtf.From(kernel, [spec]), mayRefuse: true);
            if (minimal is null) continue;
            foreach (ProgramSpec program in spec.Programs.Values)
            {
                if (!HaveSameCode(Relocate(program, kernel, budget), Relocate(program, minimal, budget)))
                    throw new ContractException($"{program.Name} becomes another program with the minimal BTF");
            }
        }
    }

    public override void Mutate(Span<byte> input, Random random) => ObjectMutator.Mutate(input, random);

    /// <summary>The program for a kernel, without the ids of its types; <c>null</c> if it is refused.</summary>
    private static InstructionList? Relocate(ProgramSpec program, BtfSpec kernel, Budget budget)
    {
        InstructionList code = program.Instructions.Clone();
        CoReResult? result = budget.Run("Apply", () => new CoReRelocator(new CoReTargets(kernel)).Apply(code, program.Name), mayRefuse: true);
        if (result is null) return null;
        foreach (CoReOutcome outcome in result.Outcomes)
        {
            if (outcome is not { Relocation.Kind: CoReRelocationKind.TypeIdTarget, IsPoisoned: false }) continue;
            ref Instruction instruction = ref code[code.IndexAtSlot(outcome.Slot)];
            (instruction.Immediate, instruction.Offset) = (outcome.IsFound ? 1 : 0, 0);
        }

        return code;
    }

    private static bool HaveSameCode(InstructionList? one, InstructionList? other)
    {
        if (one is null || other is null) return one is null && other is null;
        if (one.Count != other.Count) return false;
        for (int i = 0; i < one.Count; i++)
        {
            if (one[i].OpCode != other[i].OpCode || one[i].Offset != other[i].Offset || one[i].Immediate != other[i].Immediate) return false;
        }

        return true;
    }

    private static bool IsKernel(SeedObject seed) => seed.Name.StartsWith("core_target_", StringComparison.Ordinal);
}
