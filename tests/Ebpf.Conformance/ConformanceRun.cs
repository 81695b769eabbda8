using System.Diagnostics;

namespace Ebpf.Conformance;

/// <summary>Compares many objects, and keeps what was found.</summary>
/// <param name="describe">The program that prints what libbpf finds.</param>
/// <param name="exceptions">The differences that are known.</param>
internal sealed class ConformanceRun(string describe, ExceptionList exceptions)
{
    private readonly List<string> _objects = [];
    private readonly List<Difference> _unexplained = [];
    private readonly SortedDictionary<string, SortedSet<string>> _notLoaded = new(StringComparer.Ordinal);

    /// <summary>The version of libbpf: <c>1.7</c>.</summary>
    public Version Libbpf { get; private set; } = new(0, 0);

    /// <summary>The differences that nothing explains.</summary>
    public IReadOnlyList<Difference> Unexplained => _unexplained;

    /// <summary>Those that something explains.</summary>
    public int Explained { get; private set; }

    /// <summary>All that are known.</summary>
    public ExceptionList Exceptions => exceptions;

    /// <summary>Why libbpf could not load programs, and the objects whose linked code could not be compared therefore.</summary>
    public IReadOnlyDictionary<string, SortedSet<string>> NotLoaded => _notLoaded;

    /// <summary>The known differences that this run should have found and did not.</summary>
    /// <param name="isWhole">Whether the run had every object; otherwise those count that name one of its objects.</param>
    public IEnumerable<KnownDifference> Dead(bool isWhole) => exceptions.All.Where(
        known => known.Found == 0
            && known.AppliesTo(Libbpf)
            && (isWhole || (!known.IsAboutAge && _objects.Exists(known.MatchesObject))));

    /// <summary>Compares the objects of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">What to call it: <c>name/x.bpf.o</c>.</param>
    /// <param name="counts">Receives how much was compared.</param>
    /// <exception cref="InvalidOperationException">There is no object, or libbpf's part failed.</exception>
    public void Compare(string directory, string name, Counts counts)
    {
        string[] paths = Directory.GetFiles(directory, "*.o");
        if (paths.Length == 0) throw new InvalidOperationException($"There is no object in {directory}.");
        Array.Sort(paths, StringComparer.Ordinal);
        List<LibbpfReport> reports = Describe(paths);
        if (reports.Count != paths.Length)
            throw new InvalidOperationException($"libbpf's part reported {reports.Count} of {paths.Length} objects.");
        foreach (LibbpfReport report in reports)
        {
            string path = $"{name}/{report.Object.Name}";
            _objects.Add(path);
            foreach ((string program, string reason) in report.NotLoaded) AddNotLoaded(reason, $"{path}: {program}");
            foreach (Difference difference in ObjectComparison.Run(path, report, counts))
            {
                if (exceptions.Explains(difference, Libbpf)) Explained++;
                else _unexplained.Add(difference);
            }
        }
    }

    private void AddNotLoaded(string reason, string name)
    {
        if (!_notLoaded.TryGetValue(reason, out SortedSet<string>? names))
            _notLoaded.Add(reason, names = new SortedSet<string>(StringComparer.Ordinal));
        names.Add(name);
    }

    private List<LibbpfReport> Describe(string[] paths)
    {
        ProcessStartInfo start = new(describe, paths) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        List<LibbpfReport> reports = LibbpfReport.Parse(process.StandardOutput, out string version);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{describe} ended with {process.ExitCode}.");
        Libbpf = Version.Parse(version.TrimStart('v'));
        return reports;
    }
}
