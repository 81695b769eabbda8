using System.Collections;
using System.Globalization;
using System.Text;
using Ebpf.Btf;
using Ebpf.Verifier;

namespace Ebpf;

/// <summary>Represents the path through the program that the verifier followed to the instruction that it refused.</summary>
/// <remarks>
/// Branches that it had followed before and accepted are not on it. If the log does not contain the beginning of the path any
/// more, the path begins later. Safe for use by several threads at once.
/// </remarks>
public sealed class VerifierPath : IReadOnlyList<VerifierStep>
{
    private readonly ProgramListing _listing;
    private readonly int[] _slots;

    internal VerifierPath(ProgramListing listing, int[] slots)
    {
        _listing = listing;
        _slots = slots;
    }

    /// <summary>
    /// Gets the number of instructions on the path, each counted as often as the verifier processed it: up to a million.
    /// </summary>
    public int Count => _slots.Length;

    /// <summary>Gets one instruction of the path. Each call creates a new object.</summary>
    /// <param name="index">The zero-based index; the last instruction is the one that was refused.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instruction.</exception>
    public VerifierStep this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _slots.Length);
            int? jumpedFrom = index > 0 && _slots[index - 1] + _listing.SlotsAt(_slots[index - 1]) != _slots[index]
                ? _slots[index - 1]
                : null;
            return _listing.StepAt(_slots[index], jumpedFrom);
        }
    }

    /// <summary>The slot of an instruction of the path.</summary>
    internal int SlotAt(int index) => _slots[index];

    /// <inheritdoc/>
    public IEnumerator<VerifierStep> GetEnumerator()
    {
        for (int i = 0; i < _slots.Length; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Returns the path in lines of source: each line once, at the place of its last visit, with the number of visits; if there are more
    /// than <paramref name="lines"/>, the last ones.
    /// </summary>
    /// <param name="lines">The maximum number of lines of text; at least 1.</param>
    /// <returns>
    /// Lines such as <c>prog.bpf.c:12  for (int i = 0; i &lt; 20; i++)  (20 times)</c>, separated by line feeds; empty when the
    /// object has no line information.
    /// </returns>
    public string FormatSource(int lines)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lines, 1);
        List<(int Id, int Visits)> visited = Visited();
        int omitted = visited.Count > lines ? visited.Count - lines + 1 : 0;
        StringBuilder text = new();
        if (omitted > 0) text.Append(CultureInfo.InvariantCulture, $"({omitted} earlier lines)\n");
        int width = 0;
        foreach ((int id, _) in visited[omitted..]) width = Math.Max(width, _listing.SourceLines[id].Place.Length);
        string? function = null;
        foreach ((int id, int visits) in visited[omitted..])
        {
            SourceLine line = _listing.SourceLines[id];
            text.Append(line.Place.PadRight(width)).Append("  ").AppendClean(line.Text);
            if (visits > 1) text.Append(CultureInfo.InvariantCulture, $"  ({visits} times)");
            if (function is not null && line.Function != function) text.Append(CultureInfo.InvariantCulture, $"  [{line.Function}]");
            function = line.Function;
            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>Returns the path in up to twenty lines of source; see <see cref="FormatSource"/>.</summary>
    public override string ToString() => FormatSource(20);

    /// <summary>The lines in the order in which the path was on them last.</summary>
    private List<(int Id, int Visits)> Visited()
    {
        int[] visits = new int[_listing.SourceLines.Count];
        int[] last = new int[visits.Length];
        int before = -1;
        for (int i = 0; i < _slots.Length; i++)
        {
            int id = _listing.LineIdAt(_slots[i]);
            if (id < 0) continue;
            if (id != before) visits[id]++;
            last[id] = i;
            before = id;
        }

        List<(int Id, int Visits)> visited = [];
        for (int id = 0; id < visits.Length; id++)
        {
            if (visits[id] > 0) visited.Add((id, visits[id]));
        }

        visited.Sort((left, right) => last[left.Id].CompareTo(last[right.Id]));
        return visited;
    }
}

/// <summary>Represents one instruction that the verifier processed, and where it comes from.</summary>
public sealed record VerifierStep
{
    internal VerifierStep(int instruction, string text, string? function, LineInfo? source, int? jumpedFrom)
    {
        Instruction = instruction;
        Text = text;
        Function = function;
        Source = source;
        JumpedFrom = jumpedFrom;
    }

    /// <summary>Gets the number of the instruction in the program, in slots of 8 bytes as in the log.</summary>
    public int Instruction { get; }

    /// <summary>Gets the instruction: <c>r0 = *(u64 *)(r0 + 0)</c>; empty if the program has none of this number.</summary>
    public string Text { get; }

    /// <summary>Gets the function with the instruction; <c>null</c> if unknown.</summary>
    public string? Function { get; }

    /// <summary>Gets the line of the source; <c>null</c> if unknown.</summary>
    public LineInfo? Source { get; internal init; }

    /// <summary>
    /// Gets the instruction that jumped, called or returned here; <c>null</c> if the path came from the previous instruction.
    /// </summary>
    public int? JumpedFrom { get; }

    /// <summary>Returns the number and the instruction: <c>12: r0 = *(u64 *)(r0 + 0)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Instruction}: {Text}");
}
