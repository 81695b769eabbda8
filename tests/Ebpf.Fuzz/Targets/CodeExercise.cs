using Ebpf.Asm;

namespace Ebpf.Fuzz.Targets;

/// <summary>Asks everything of instructions.</summary>
internal static class CodeExercise
{
    /// <summary>Editing takes time in proportion to the length, so that more edits than this say nothing new.</summary>
    private const int MostEdits = 2;

    public static void Exercise(InstructionList code, ByteOrder order, Budget budget)
    {
        budget.Run("list.ToString", code.ToString);
        budget.Run("Format", () => InstructionFormatter.Format(code, new InstructionFormatOptions()));
        budget.Run("Encode", () => code.Encode(order), mayRefuse: true);
        budget.Run("Encode with long jumps", () => code.Encode(order, new EncodeOptions { AllowLongJumps = true }), mayRefuse: true);
        InstructionList? copy = budget.Run("Clone", code.Clone);
        if (copy is null) return;
        for (int i = 0; i < code.Count; i++)
        {
            if (!code[i].Equals(copy[i])) throw new ContractException($"Instruction {i} is not equal to its copy");
        }

        for (int i = 0; i < Math.Min(copy.Count, MostEdits); i++)
        {
            int index = i * (copy.Count - 1);
            budget.Run("Insert", () => Do(() => copy.Insert(index, Instruction.Mov(Register.R0, 0))), mayRefuse: true);
            budget.Run("RemoveAt", () => Do(() => copy.RemoveAt(index)));
        }
    }

    private static bool Do(Action action)
    {
        action();
        return true;
    }
}
