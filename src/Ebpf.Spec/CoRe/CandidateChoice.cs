using System.Globalization;
using Ebpf.Btf;

namespace Ebpf.CoRe;

/// <summary>Which type of the kernel stands for each type of a program.</summary>
internal sealed class CandidateChoice
{
    private readonly Dictionary<BtfType, int> _chosen = [];

    private CandidateChoice()
    {
    }

    /// <summary>Chooses, for each type, the candidate that answers the most of the program's questions.</summary>
    /// <exception cref="BpfException">Two answer as many, but not the same.</exception>
    public static CandidateChoice Make(List<CoReSite> sites, string program)
    {
        CandidateChoice choice = new();
        Dictionary<BtfType, HashSet<CoReQuery>> open = [];
        foreach (CoReSite site in sites)
        {
            CoReQuery question = site.Question;
            if (question.Candidates.Length <= 1) continue;
            if (!open.TryGetValue(question.Root, out HashSet<CoReQuery>? questions)) open.Add(question.Root, questions = []);
            questions.Add(question);
        }

        foreach ((BtfType root, HashSet<CoReQuery> questions) in open) choice._chosen.Add(root, Best(questions, sites, program));
        return choice;
    }

    /// <summary>The answer that counts, and who gives it.</summary>
    public (Candidate? Target, Answer Answer) AnswerTo(CoReQuery question)
    {
        if (question.Kind == CoReRelocationKind.TypeIdLocal) return (null, question.Local);
        if (question.NoCandidates is { } problem) return (null, Answer.Missing(problem));
        int chosen = _chosen.GetValueOrDefault(question.Root);
        return (question.Candidates[chosen], question.Answers[chosen]);
    }

    private static int Best(HashSet<CoReQuery> questions, List<CoReSite> sites, string program)
    {
        int best = 0, rival = 0, fewest = int.MaxValue;
        int candidates = questions.First().Candidates.Length;
        for (int candidate = 0; candidate < candidates; candidate++)
        {
            int missing = 0;
            foreach (CoReQuery question in questions)
            {
                if (!question.Answers[candidate].IsFound) missing++;
            }

            if (missing < fewest)
            {
                fewest = missing;
                best = rival = candidate;
            }
            else if (missing == fewest && rival == best && FirstDifference(questions, best, candidate) is not null)
            {
                rival = candidate;
            }
        }

        if (rival != best) throw Ambiguous(FirstDifference(questions, best, rival)!, best, rival, sites, program);
        return best;
    }

    private static CoReQuery? FirstDifference(HashSet<CoReQuery> questions, int one, int other)
    {
        foreach (CoReQuery question in questions)
        {
            if (!question.Answers[one].Agrees(question.Answers[other])) return question;
        }

        return null;
    }

    private static BpfException Ambiguous(CoReQuery question, int one, int other, List<CoReSite> sites, string program)
    {
        CoReSite site = sites.Find(site => site.Question == question)!;
        return new BpfException(string.Create(
            CultureInfo.InvariantCulture,
            $"Relocate program \"{program}\": instruction {site.Slot}: {question.Kind} {question} is ambiguous: {Describe(question, one)}, but {Describe(question, other)}"));
    }

    private static string Describe(CoReQuery question, int candidate)
    {
        Answer answer = question.Answers[candidate];
        string value = answer.IsFound ? ((long)answer.Value).ToString(CultureInfo.InvariantCulture) : "missing";
        return $"{value} in {question.Candidates[candidate]}";
    }
}
