using System.Diagnostics;

namespace Ebpf.Conformance;

/// <summary>Compares what comes of loading every program of many objects, by libbpf and by this library.</summary>
/// <param name="verdicts">The program that does it by libbpf.</param>
/// <param name="exceptions">The differences that are known.</param>
internal sealed class VerdictRun(string verdicts, ExceptionList exceptions)
{
    /// <summary>What became of the differences.</summary>
    public Judgement Judgement { get; } = new(exceptions);

    /// <summary>Compares the objects of a directory, which both load at the same time.</summary>
    /// <returns>How much was compared.</returns>
    /// <exception cref="InvalidOperationException">There is no object, or libbpf's part failed.</exception>
    public VerdictCounts Compare(string directory)
    {
        VerdictCounts counts = new();
        string[] paths = ObjectFiles.In(directory);
        using Process process = Process.Start(new ProcessStartInfo(verdicts, paths) { RedirectStandardOutput = true })!;
        foreach (VerdictReport report in VerdictReport.Parse(process.StandardOutput, Judgement.SetLibbpf))
        {
            string name = $"{ObjectFiles.NameOf(directory)}/{Path.GetFileName(report.Path)}";
            Judgement.Judge(name, Differences(name, report, counts));
        }

        process.WaitForExit();
        if (process.ExitCode != 0 || counts.Objects != paths.Length)
        {
            throw new InvalidOperationException(
                $"{verdicts} ended with {process.ExitCode}, after {counts.Objects} of {paths.Length} objects.");
        }

        return counts;
    }

    /// <summary>The differences between what both say of an object.</summary>
    public static List<Difference> Differences(string name, VerdictReport libbpf, VerdictCounts counts)
    {
        List<Difference> differences = [];
        Dictionary<string, Verdict>? ours = OwnVerdicts.Of(libbpf.Path, libbpf.Programs.Keys, out string refusal);
        counts.Objects++;
        if (libbpf.Refusal is not null || ours is null)
        {
            counts.RefusedObjects++;
            if (libbpf.Refusal is null || ours is not null)
                differences.Add(new Difference(name, "open", libbpf.Refusal ?? "opens it", ours is null ? refusal : "opens it"));
            return differences;
        }

        foreach ((string program, Verdict verdict) in libbpf.Programs)
        {
            counts.Add(verdict);
            if (!verdict.IsSameAs(ours[program]))
                differences.Add(new Difference(name, program, verdict.ToString(), ours[program].ToString()));
        }

        return differences;
    }
}

/// <summary>How many verdicts were compared.</summary>
internal sealed class VerdictCounts
{
    /// <summary>All objects.</summary>
    public int Objects { get; set; }

    /// <summary>Those that a library refused as a whole.</summary>
    public int RefusedObjects { get; set; }

    /// <summary>The programs that libbpf loads.</summary>
    public int Loaded { get; private set; }

    /// <summary>Those that the kernel refuses (them, or a map).</summary>
    public int RefusedByKernel { get; private set; }

    /// <summary>Those that libbpf itself refuses.</summary>
    public int RefusedByLibrary { get; private set; }

    /// <summary>Counts a verdict of libbpf's.</summary>
    public void Add(Verdict verdict)
    {
        if (verdict.By == Refuser.Nobody) Loaded++;
        else if (verdict.By == Refuser.Library) RefusedByLibrary++;
        else RefusedByKernel++;
    }

    /// <summary>One line.</summary>
    public override string ToString() =>
        $"{Objects} objects ({RefusedObjects} refused); programs by libbpf: {Loaded} loaded, "
        + $"{RefusedByKernel} refused by the kernel, {RefusedByLibrary} by libbpf itself";
}
