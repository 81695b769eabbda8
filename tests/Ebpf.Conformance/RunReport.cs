using System.Globalization;

namespace Ebpf.Conformance;

/// <summary>Says how a run went.</summary>
internal static class RunReport
{
    /// <summary>Prints why libbpf could not link programs, so that their code was not compared.</summary>
    public static void PrintNotLoaded(ConformanceRun run, TextWriter output)
    {
        output.WriteLine();
        foreach ((string reason, SortedSet<string> programs) in run.NotLoaded)
        {
            output.WriteLine(Line(
                $"not linked by libbpf on this kernel: {programs.Min}{(programs.Count > 1 ? $" and {programs.Count - 1} more" : "")}: {reason}"));
        }
    }

    /// <summary>Prints the report of a run over every object.</summary>
    /// <returns>Whether every difference is explained, and every explanation needed.</returns>
    public static bool Print(Judgement run, TextWriter output)
    {
        output.WriteLine();
        foreach (KnownDifference known in run.Exceptions.All)
        {
            if (known.Found > 0)
                output.WriteLine(Line($"known ({known.Found}): {known.Object}: {known.Field}: {known.Reason}"));
        }

        foreach (Difference difference in run.Unexplained) output.WriteLine($"DIFFERENCE: {difference}");
        List<KnownDifference> dead = [.. run.Dead(isWhole: true)];
        foreach (KnownDifference known in dead)
            output.WriteLine($"NOT FOUND, remove it from the exceptions: {known.Object}: {known.Field}: {known.Reason}");

        bool isGood = run.Unexplained.Count == 0 && dead.Count == 0;
        string verdict = isGood ? "Conforms" : "Does NOT conform";
        output.WriteLine();
        output.WriteLine(Line(
            $"{verdict} to libbpf {run.Libbpf}: {run.Unexplained.Count} differences, {run.Explained} known ones, {dead.Count} dead exceptions."));
        return isGood;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
