using Ebpf.Asm;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>Instructions by themselves. The first byte of an input chooses the byte order.</summary>
internal sealed class InstructionsTarget : FuzzTarget
{
    public override string Name => "instructions";

    public override IEnumerable<(string Name, byte[] Input)> Seeds()
    {
        foreach (SeedObject seed in SeedObject.All)
        {
            byte order = (byte)(seed.ByteOrder == ByteOrder.BigEndian ? 1 : 0);
            foreach ((string section, byte[] code) in seed.Code()) yield return ($"{seed.Name}{section.Replace('/', '.')}", [order, .. code]);
        }
    }

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        if (input.IsEmpty) return;
        ByteOrder order = (input.Span[0] & 1) != 0 ? ByteOrder.BigEndian : ByteOrder.LittleEndian;
        ReadOnlyMemory<byte> bytes = input[1..];
        InstructionList? code = budget.Run("Decode", () => InstructionDecoder.Decode(bytes.Span, order));
        if (code is null) return;
        byte[]? encoded = budget.Run("Encode", () => code.Encode(order));
        if (!bytes.Span.SequenceEqual(encoded)) throw new ContractException("Decoding and encoding changed the code");
        CodeExercise.Exercise(code, order, budget);
        foreach (ref Instruction instruction in code.AsSpan())
        {
            Instruction one = instruction;
            budget.Run("instruction.ToString", () => one.ToString());
            budget.Run("queries", () => one.IsJump | one.IsFunctionCall | one.IsFunctionAddress | one.IsWideLoad | one.HasDistance);
        }
    }

    public override void Mutate(Span<byte> input, Random random)
    {
        if (input.Length > 1) WordMutator.Mutate(input[1..], random);
    }
}
