using System.Globalization;

namespace Ebpf;

/// <summary>Finds in the verifier's log what went wrong, and where.</summary>
/// <remarks>
/// The log tells of every instruction on the way (<c>12: (79) r1 = *(u64 *)(r10 -8)</c>), of the registers' states after it,
/// and of source lines (<c>; if (x)</c>). What is wrong stands behind the last instruction, before the statistics.
/// </remarks>
internal static class VerifierVerdict
{
    // What the verifier prints after its verdict.
    private static readonly string[] Statistics =
        ["verification time ", "stack depth ", "processed ", "max_states_per_insn ", "insns processed ", "mark_read ", "peak_states "];

    /// <summary>Splits off the verdict.</summary>
    /// <param name="log">The whole log.</param>
    /// <returns>The verifier's reason, in one line, and the slot of the last instruction that it looked at.</returns>
    public static (string Reason, int? Instruction) Find(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int end = lines.Length;
        while (end > 0 && IsStatistics(lines[end - 1])) end--;

        int start = end;
        int? instruction = null;
        while (start > 0 && (instruction = InstructionOf(lines[start - 1])) is null) start--;

        List<string> reasons = [];
        for (int i = start; i < end; i++)
        {
            if (!IsState(lines[i])) reasons.Add(lines[i].Trim());
        }

        return (string.Join("; ", reasons), instruction);
    }

    /// <summary>The slot of an instruction's line: digits, a colon, and a code in parentheses.</summary>
    private static int? InstructionOf(string line)
    {
        int colon = line.IndexOf(": (", StringComparison.Ordinal);
        return colon > 0 && int.TryParse(line.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int slot)
            ? slot
            : null;
    }

    private static bool IsStatistics(string line) =>
        string.IsNullOrWhiteSpace(line)
        || Array.Exists(Statistics, statistics => line.StartsWith(statistics, StringComparison.Ordinal));

    /// <summary>
    /// Source lines, states (<c>12: R0=1 R10=fp0</c>, <c>from 3 to 7: …</c>) and what backtracking tells.
    /// </summary>
    private static bool IsState(string line)
    {
        if (line.StartsWith("; ", StringComparison.Ordinal)
            || line.StartsWith("from ", StringComparison.Ordinal)
            || line.StartsWith("mark_precise:", StringComparison.Ordinal)
            || line.StartsWith(" R", StringComparison.Ordinal))
        {
            return true;
        }

        int colon = line.IndexOf(": R", StringComparison.Ordinal);
        return colon > 0 && int.TryParse(line.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }
}
