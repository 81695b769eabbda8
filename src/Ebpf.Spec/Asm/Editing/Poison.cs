namespace Ebpf.Asm.Editing;

/// <summary>
/// Replaces instructions that cannot run on a kernel by calls of helpers that do not exist: the verifier refuses the program
/// if it can reach one, and names its number (<c>invalid func unknown#195896080</c>).
/// </summary>
internal static class Poison
{
    /// <summary>The number for CO-RE relocations that nothing was found for ("bad relo"); libbpf uses the same.</summary>
    public const int CoReHelper = 0xbad2310;

    /// <summary>Replaces one instruction that takes one slot; what is known about it stays, but for its reference.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="helper">The number of a helper that does not exist.</param>
    public static void Apply(ref Instruction instruction, int helper)
    {
        instruction.SetCode(OpCode.Call.Value, registers: 0, offset: 0, helper, secondSlot: 0);
        instruction.Reference = null;
    }

    /// <summary>Replaces wide loads by two calls each, which take as many slots, so that no distance changes.</summary>
    /// <param name="list">The list that has them.</param>
    /// <param name="loads">Their positions, in ascending order, and the number of the helper for each.</param>
    public static void ApplyToWideLoads(InstructionList list, List<(int Index, int Helper)> loads)
    {
        if (loads.Count == 0) return;
        int from = list.Count;
        list.Grow(loads.Count);
        Span<Instruction> all = list.AsSpan();
        int to = all.Length;
        for (int i = loads.Count - 1; i >= 0; i--)
        {
            (int index, int helper) = loads[i];
            Span<Instruction> behind = all[(index + 1)..from];
            to -= behind.Length;
            behind.CopyTo(all[to..]);
            from = index;
            Instruction first = all[index];
            Apply(ref first, helper);
            Instruction second = default;
            Apply(ref second, helper);
            all[--to] = second;
            all[--to] = first;
        }
    }
}
