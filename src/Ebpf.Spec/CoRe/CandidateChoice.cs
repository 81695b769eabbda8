using System.Globalization;
using Ebpf.Btf;

namespace Ebpf.CoRe;

/// <summary>Which candidate answers each query of one program.</summary>
/// <remarks>
/// <para>
/// First as libbpf does it: the queries of a type are taken in the order of their instructions. Those candidates that have what a
/// query asks of stay, the others are out for all queries that follow; where none that is left has it, all stay, and nothing is
/// found. The candidates that have it must give the same value.
/// </para>
/// <para>
/// Where they do not, libbpf gives up. Here one candidate is then chosen for all queries of the type: the one that has the most of
/// what they ask of. Only if several have as much, and give other values, the type is ambiguous.
/// </para>
/// </remarks>
internal sealed class CandidateChoice
{
    /// <summary>The candidate for each query that has several: its index, or the complement of that of the best without an answer.</summary>
    private readonly Dictionary<CoReQuery, int> _chosen = [];

    private CandidateChoice()
    {
    }

    /// <summary>Chooses the candidates.</summary>
    /// <param name="sites">The relocations of the program, in the order of its instructions.</param>
    /// <param name="program">The program's name, for messages.</param>
    /// <exception cref="BpfException">A type is ambiguous.</exception>
    public static CandidateChoice Make(List<CoReSite> sites, string program)
    {
        CandidateChoice choice = new();
        Dictionary<BtfType, List<CoReQuery>> byRoot = [];
        HashSet<CoReQuery> seen = [];
        foreach (CoReSite site in sites)
        {
            CoReQuery query = site.Query;
            if (query.Candidates.Length <= 1 || !seen.Add(query)) continue;
            if (!byRoot.TryGetValue(query.Root, out List<CoReQuery>? queries)) byRoot.Add(query.Root, queries = []);
            queries.Add(query);
        }

        foreach (List<CoReQuery> queries in byRoot.Values)
        {
            if (choice.TryPrune(queries)) continue;
            int best = Best(queries, sites, program);
            foreach (CoReQuery query in queries) choice._chosen[query] = best;
        }

        return choice;
    }

    /// <summary>Gets the value for a query, and the candidate that it comes from.</summary>
    public (Candidate? Target, CoReValue Value) ValueOf(CoReQuery query)
    {
        if (query.Kind == CoReRelocationKind.TypeIdLocal) return (null, query.Local);
        if (query.NoCandidates is { } problem) return (null, CoReValue.Missing(problem));
        int chosen = _chosen.GetValueOrDefault(query);
        if (chosen >= 0) return (query.Candidates[chosen], query.Values[chosen]);

        // Another candidate has it, but cannot be the one that the queries before were answered by.
        CoReValue missing = query.Values[~chosen];
        for (int i = 0; i < query.Values.Length; i++)
        {
            if (query.Values[i].IsFound)
                missing = CoReValue.Missing($"{query}: not in {query.Candidates[~chosen]}, which has what the program asks of before");
        }

        return (query.Candidates[~chosen], missing);
    }

    /// <summary>Chooses candidates as libbpf does.</summary>
    /// <returns>Whether that is possible; if not, candidates have other values, and libbpf fails.</returns>
    private bool TryPrune(List<CoReQuery> queries)
    {
        List<int> left = [.. Enumerable.Range(0, queries[0].Candidates.Length)];
        foreach (CoReQuery query in queries)
        {
            List<int> found = left.FindAll(candidate => query.Values[candidate].IsFound);
            if (found.Count == 0)
            {
                _chosen[query] = ~left[0];
                continue;
            }

            foreach (int candidate in found)
            {
                if (query.Values[candidate].Value != query.Values[found[0]].Value) return false;
            }

            _chosen[query] = found[0];
            left = found;
        }

        return true;
    }

    private static int Best(List<CoReQuery> queries, List<CoReSite> sites, string program)
    {
        int best = 0, rival = 0, fewest = int.MaxValue;
        int candidates = queries[0].Candidates.Length;
        for (int candidate = 0; candidate < candidates; candidate++)
        {
            int missing = queries.Count(query => !query.Values[candidate].IsFound);
            if (missing < fewest)
            {
                fewest = missing;
                best = rival = candidate;
            }
            else if (missing == fewest && rival == best && FirstDifference(queries, best, candidate) is not null)
            {
                rival = candidate;
            }
        }

        if (rival != best) throw Ambiguous(FirstDifference(queries, best, rival)!, best, rival, sites, program);
        return best;
    }

    private static CoReQuery? FirstDifference(List<CoReQuery> queries, int one, int other)
    {
        foreach (CoReQuery query in queries)
        {
            if (!query.Values[one].Agrees(query.Values[other])) return query;
        }

        return null;
    }

    private static BpfException Ambiguous(CoReQuery query, int one, int other, List<CoReSite> sites, string program)
    {
        CoReSite site = sites.Find(site => site.Query == query)!;
        return new BpfException(string.Create(
            CultureInfo.InvariantCulture,
            $"Relocate program \"{program}\": instruction {site.Slot}: {query.Kind} {query} is ambiguous: {Describe(query, one)}, but {Describe(query, other)}"));
    }

    private static string Describe(CoReQuery query, int candidate)
    {
        CoReValue value = query.Values[candidate];
        string text = value.IsFound ? ((long)value.Value).ToString(CultureInfo.InvariantCulture) : "missing";
        return $"{text} in {query.Candidates[candidate]}";
    }
}
