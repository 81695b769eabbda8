using System.Collections.Concurrent;
using System.Globalization;
using Ebpf.Asm;
using Ebpf.Asm.Editing;
using Ebpf.Btf;

namespace Ebpf.CoRe;

/// <summary>
/// Adjusts programs to the types of a kernel, so that an object that is compiled once runs on many: resolves the
/// <see cref="Instruction.Relocation"/> of each instruction that has one.
/// </summary>
/// <remarks>
/// <para>
/// Where a kernel has several types with one name, the rules are those of libbpf: the relocations of a type are resolved in the
/// order of their instructions. Each keeps those candidates that have what it refers to, if there are any, and they must give it
/// the same value. What none of the remaining candidates has is missing.
/// </para>
/// <para>
/// In two cases libbpf fails, or depends on the order of programs in the object, and this does not. Where candidates give
/// different values, the one candidate that has the most of what all relocations of the type refer to is chosen for them; only if
/// several have as much, the type is ambiguous. And each program is relocated by itself, whatever other programs refer to.
/// </para>
/// <para>
/// Use one relocator for all programs of a collection: it remembers what it has found. Safe for use by several threads at once.
/// </para>
/// </remarks>
/// <param name="targets">The types of the kernel.</param>
public sealed class CoReRelocator(CoReTargets targets)
{
    private readonly CandidateSearch _search = new(targets);
    private readonly ConcurrentDictionary<(BtfType Root, CoReRelocationKind Kind, string Accessor), CoReQuery> _queries = [];

    /// <summary>Returns whether a program has relocations for which the types of the kernel are needed.</summary>
    /// <param name="code">The program.</param>
    public static bool NeedsTargets(InstructionList code)
    {
        ArgumentNullException.ThrowIfNull(code);
        foreach (ref Instruction instruction in code)
        {
            if (instruction.Relocation is { Kind: not CoReRelocationKind.TypeIdLocal }) return true;
        }

        return false;
    }

    /// <summary>Applies all relocations of a program, and removes them from its instructions.</summary>
    /// <remarks>
    /// An instruction for which the kernel has no value is replaced by a call of a helper that does not exist, a wide load by
    /// two: the verifier refuses the program if it can reach them. Distances do not change.
    /// </remarks>
    /// <param name="code">The program with all its functions.</param>
    /// <param name="program">The program's name, for messages.</param>
    /// <returns>The outcome of each relocation.</returns>
    /// <exception cref="ObjectFormatException">
    /// A relocation is malformed, or its instruction does not hold what the program's own types say. The message names
    /// both; no instruction was changed.
    /// </exception>
    /// <exception cref="BpfException">
    /// A type is ambiguous, or the kernel's types are for another byte order. No instruction was changed.
    /// </exception>
    public CoReResult Apply(InstructionList code, string program)
    {
        ArgumentNullException.ThrowIfNull(code);
        ArgumentNullException.ThrowIfNull(program);
        List<CoReSite> sites = FindSites(code, program);
        if (sites.Count == 0) return new CoReResult([]);
        CandidateChoice choice = CandidateChoice.Make(sites, program);
        CoReOutcome[] outcomes = new CoReOutcome[sites.Count];
        Instruction[] patched = new Instruction[sites.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            patched[i] = code[sites[i].Index];
            outcomes[i] = Patch(ref patched[i], sites[i], choice, program);
        }

        Write(code, sites, patched, outcomes);
        return new CoReResult(outcomes);
    }

    /// <summary>Finds out what the relocations of a program need of the kernel's types; changes nothing.</summary>
    /// <param name="code">The program with all its functions.</param>
    /// <param name="program">The program's name, for messages.</param>
    /// <param name="uses">Receives what is needed.</param>
    /// <exception cref="ObjectFormatException">A relocation, or a type that it leads to, is malformed.</exception>
    /// <exception cref="BpfException">A type is ambiguous, or the kernel's types are for another byte order.</exception>
    internal void Collect(InstructionList code, string program, TypeUses uses)
    {
        List<CoReSite> sites = FindSites(code, program);
        CandidateChoice choice = CandidateChoice.Make(sites, program);
        foreach (CoReSite site in sites)
        {
            (Candidate? target, CoReValue answer) = choice.ValueOf(site.Query);
            if (answer.IsFound && target is { } found) site.Query.Collect(found.Type, uses);
        }
    }

    private List<CoReSite> FindSites(InstructionList code, string program)
    {
        List<CoReSite> sites = [];
        foreach (InstructionSlot item in code.Slots())
        {
            if (item.Instruction.Relocation is not { } relocation) continue;
            try
            {
                BtfType root = relocation.Type;
                if (relocation.Kind != CoReRelocationKind.TypeIdLocal) root = root.SkipQualifiers();
                AccessPath.CheckLength(relocation.Accessor);
                CoReQuery query = _queries.GetOrAdd(
                    (root, relocation.Kind, relocation.Accessor),
                    static (key, search) => CoReQuery.Evaluate(key.Kind, key.Root, key.Accessor, search),
                    _search);
                sites.Add(new CoReSite(item.Index, item.Slot, relocation, query));
            }
            catch (ObjectFormatException error)
            {
                throw CoReSite.Fault(program, item.Slot, relocation, error);
            }
        }

        return sites;
    }

    private static CoReOutcome Patch(ref Instruction instruction, CoReSite site, CandidateChoice choice, string program)
    {
        CoReQuery query = site.Query;
        (Candidate? target, CoReValue answer) = choice.ValueOf(query);
        string? problem = null;
        try
        {
            if (answer.IsFound || query.IsZeroWhenMissing) problem = InstructionPatch.Apply(ref instruction, query, answer);
        }
        catch (ObjectFormatException error)
        {
            throw CoReSite.Fault(program, site.Slot, site.Relocation, error);
        }

        if (problem is not null) answer = CoReValue.Missing($"{query}: {problem}");
        bool isPoisoned = problem is not null || !(answer.IsFound || query.IsZeroWhenMissing);
        if (isPoisoned) Poison.Apply(ref instruction, Poison.CoReHelper);
        instruction.Relocation = null;
        return new CoReOutcome(site, target, answer, isPoisoned);
    }

    /// <summary>Puts the patched instructions in their places.</summary>
    private static void Write(InstructionList code, List<CoReSite> sites, Instruction[] patched, CoReOutcome[] outcomes)
    {
        List<(int Index, int Helper)> poisonedWideLoads = [];
        for (int i = 0; i < outcomes.Length; i++)
        {
            int index = sites[i].Index;
            if (outcomes[i].IsPoisoned && code[index].IsWideLoad) poisonedWideLoads.Add((index, Poison.CoReHelper));
            code[index] = patched[i];
        }

        Poison.ApplyToWideLoads(code, poisonedWideLoads);
    }
}

/// <summary>An instruction that has a relocation, and what that asks for.</summary>
/// <param name="Index">Its position in the program.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="Relocation">The relocation.</param>
/// <param name="Query">What it asks for.</param>
internal sealed record CoReSite(int Index, int Slot, CoReRelocation Relocation, CoReQuery Query)
{
    /// <summary>Makes an error that names the place of another.</summary>
    public static ObjectFormatException Fault(
        string program, int slot, CoReRelocation relocation, ObjectFormatException error) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"instruction {slot}: {relocation}: {error.Message}"),
            symbol: program,
            inner: error);
}
