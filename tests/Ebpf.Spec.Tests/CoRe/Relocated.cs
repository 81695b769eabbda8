using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>A program of <c>core_NAME.bpf.c</c>, relocated against the types of <c>core_target_NAME.bpf.c</c>.</summary>
internal sealed record Relocated(InstructionList Code, CoReResult Result)
{
    /// <summary>The values that the relocations got, in their order.</summary>
    public IEnumerable<long> Values => Result.Outcomes.Select(outcome => (long)outcome.Value);

    /// <summary>The value of the only relocation of a kind.</summary>
    public long this[CoReRelocationKind kind] =>
        (long)Result.Outcomes.Single(outcome => outcome.Relocation.Kind == kind).Value;

    public static Relocated Program(string name, string program, ByteOrder order = ByteOrder.LittleEndian) =>
        Program(name, program, new CoReTargets(TargetTypes(name, order)), order);

    public static Relocated Program(
        string name, string program, CoReTargets targets, ByteOrder order = ByteOrder.LittleEndian)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path($"core_{name}", order));
        InstructionList code = spec.Programs[program].Instructions;
        return new Relocated(code, new CoReRelocator(targets).Apply(code, program));
    }

    public static BtfSpec TargetTypes(string name, ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Path($"core_target_{name}", order)).Types!;

    /// <summary>The instruction of a relocation, after it.</summary>
    public Instruction InstructionOf(CoReOutcome outcome) => Code[Code.IndexAtSlot(outcome.Slot)];
}
