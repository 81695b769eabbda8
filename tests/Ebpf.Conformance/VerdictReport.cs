using System.Globalization;

namespace Ebpf.Conformance;

/// <summary>What libbpf and the running kernel say of the programs of an object.</summary>
/// <param name="Path">The object.</param>
internal sealed record VerdictReport(string Path)
{
    /// <summary>Why libbpf refused the object as a whole, or could not finish with it; <c>null</c> if it was read.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The verdicts, by program.</summary>
    public Dictionary<string, Verdict> Programs { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads what <c>verdicts</c> prints, an object at a time, as soon as all of it is there.</summary>
    /// <exception cref="FormatException">The output is not of that form.</exception>
    public static IEnumerable<VerdictReport> Parse(TextReader output, Action<string> version)
    {
        VerdictReport? report = null;
        while (output.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            Dictionary<string, string> fields = LibbpfReport.ReadFields(line);
            switch (line.Split('\t', 2)[0])
            {
                case "libbpf":
                    version(fields["version"]);
                    break;
                case "object":
                    if (report is not null) yield return report;
                    report = new VerdictReport(fields["path"]);
                    break;
                case "refused":
                    report!.Refusal = fields["warning"];
                    break;
                case "crashed":
                    report!.Refusal = $"crashed: {string.Join(", ", fields.Select(field => $"{field.Key} {field.Value}"))}";
                    break;
                case "verdict":
                    report!.Programs.TryAdd(fields["program"], ReadVerdict(fields));
                    break;
                default:
                    throw new FormatException($"unknown kind of line: {line}");
            }
        }

        if (report is not null) yield return report;
    }

    private static Verdict ReadVerdict(Dictionary<string, string> fields)
    {
        Errno error = (Errno)int.Parse(fields["error"], CultureInfo.InvariantCulture);
        return fields["by"] switch
        {
            "" => Verdict.Loaded,
            "program" => new Verdict(Refuser.Program, error, fields["warning"]),
            "map" => new Verdict(Refuser.Map, error, fields["warning"]),
            _ => new Verdict(Refuser.Library, Errno.None, fields["warning"]),
        };
    }
}
