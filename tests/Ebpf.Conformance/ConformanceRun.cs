using System.Diagnostics;
using Ebpf.CoRe;

namespace Ebpf.Conformance;

/// <summary>Compares many objects, and keeps what was found.</summary>
/// <param name="describe">The program that prints what libbpf finds.</param>
/// <param name="exceptions">The differences that are known.</param>
internal sealed class ConformanceRun(string describe, ExceptionList exceptions)
{
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    private readonly CoReTargets _kernel =
        new(File.Exists(KernelTypes) ? BtfSpec.Parse(File.ReadAllBytes(KernelTypes)) : null);

    private readonly SortedDictionary<string, SortedSet<string>> _notLoaded = new(StringComparer.Ordinal);

    /// <summary>What became of the differences.</summary>
    public Judgement Judgement { get; } = new(exceptions);

    /// <summary>Why libbpf could not load programs, and the objects whose linked code could not be compared therefore.</summary>
    public IReadOnlyDictionary<string, SortedSet<string>> NotLoaded => _notLoaded;

    /// <summary>Compares the objects of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">What to call it: <c>name/x.bpf.o</c>.</param>
    /// <param name="counts">Receives how much was compared.</param>
    /// <exception cref="InvalidOperationException">There is no object, or libbpf's part failed.</exception>
    public void Compare(string directory, string name, Counts counts)
    {
        string[] paths = ObjectFiles.In(directory);
        foreach (LibbpfReport report in Describe(paths, paths.Length))
        {
            string path = $"{name}/{report.Object.Name}";
            foreach ((string program, string reason) in report.NotLoaded) AddNotLoaded(reason, $"{path}: {program}");
            Judgement.Judge(path, ObjectComparison.Run(path, report, _kernel, counts));
        }
    }

    /// <summary>Relocates every program of a directory to the types of every object of another one.</summary>
    /// <param name="programs">The directory of programs.</param>
    /// <param name="types">The directory of types.</param>
    /// <param name="name">What to call both: <c>name/program.bpf.o on types.bpf.o</c>.</param>
    /// <param name="counts">Receives how much was compared.</param>
    /// <exception cref="InvalidOperationException">There is no object, or libbpf's part failed.</exception>
    public void CompareRelocations(string programs, string types, string name, Counts counts)
    {
        string[] paths = ObjectFiles.In(programs);
        foreach (string target in ObjectFiles.In(types))
        {
            CoReTargets kernel = new(CollectionSpec.Load(target).Types);
            foreach (LibbpfReport report in Describe(["-t", target, .. paths], paths.Length))
            {
                string path = $"{name}/{report.Object.Name} on {Path.GetFileName(target)}";
                Judgement.Judge(path, ObjectComparison.RunRelocations(path, report, kernel, counts));
            }
        }
    }

    private void AddNotLoaded(string reason, string name)
    {
        if (!_notLoaded.TryGetValue(reason, out SortedSet<string>? names))
            _notLoaded.Add(reason, names = new SortedSet<string>(StringComparer.Ordinal));
        names.Add(name);
    }

    private List<LibbpfReport> Describe(string[] arguments, int count)
    {
        ProcessStartInfo start = new(describe, arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        List<LibbpfReport> reports = LibbpfReport.Parse(process.StandardOutput, out string version);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{describe} ended with {process.ExitCode}.");
        if (reports.Count != count)
            throw new InvalidOperationException($"{describe} reported {reports.Count} of {count} objects.");
        Judgement.SetLibbpf(version);
        return reports;
    }
}
