using System.Globalization;

namespace Ebpf.Conformance;

/// <summary>What libbpf found in an object, and what it would hand to the kernel for it.</summary>
/// <param name="Object">What is in the object.</param>
internal sealed record LibbpfReport(ObjectReport Object)
{
    /// <summary>The programs as the kernel would get them, by name.</summary>
    public Dictionary<string, LoadedProgram> Loaded { get; } = new(StringComparer.Ordinal);

    /// <summary>The programs that libbpf could not load, and why; under "" if it could load none.</summary>
    public Dictionary<string, string> NotLoaded { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether all could be loaded at once, as a whole, so that <see cref="Slots"/> is known.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>What the maps of maps and of programs hold from the start: the target by map and slot.</summary>
    public Dictionary<string, string> Slots { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads what <c>describe</c> prints.</summary>
    /// <param name="output">The output.</param>
    /// <param name="version">The version of libbpf.</param>
    /// <exception cref="FormatException">The output is not of that form.</exception>
    public static List<LibbpfReport> Parse(TextReader output, out string version)
    {
        version = "";
        List<LibbpfReport> reports = [];
        Dictionary<int, string> descriptors = [];
        bool newLoad = true;
        while (output.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            string kind = line.Split('\t', 2)[0];
            Dictionary<string, string> fields = ReadFields(line);
            switch (kind)
            {
                case "libbpf":
                    version = fields["version"];
                    break;
                case "object":
                    reports.Add(new LibbpfReport(new ObjectReport(fields["path"])));
                    break;
                case "descriptor":
                    // They stand before the programs that use them, anew for each load.
                    if (newLoad) descriptors = [];
                    descriptors[int.Parse(fields["number"], CultureInfo.InvariantCulture)] = fields["map"];
                    break;
                default:
                    reports[^1].Read(kind, fields, descriptors);
                    break;
            }

            newLoad = kind != "descriptor";
        }

        return reports;
    }

    /// <summary>The fields of a line: <c>kind</c>, then <c>name=value</c>, separated by tabs.</summary>
    /// <exception cref="FormatException">The line is not of that form.</exception>
    internal static Dictionary<string, string> ReadFields(string line)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach (string part in line.Split('\t').AsSpan(1))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) throw new FormatException($"no field: {part}");
            fields[part[..equals]] = part[(equals + 1)..];
        }

        return fields;
    }

    private void Read(string kind, Dictionary<string, string> fields, Dictionary<int, string> descriptors)
    {
        switch (kind)
        {
            case "refused":
                Object.Refusal = $"error {fields["error"]}: {fields["warning"]}";
                break;
            case "crashed":
                string crash = "crashed: " + string.Join(", ", fields.Select(field => $"{field.Key} {field.Value}"));
                if (Object.Things.Count == 0) Object.Refusal = crash;
                else NotLoaded[""] = crash;
                break;
            case "opened":
                Add("object", fields);
                break;
            case "types":
                Add(kind, fields);
                break;
            case "map" or "program" or "variable":
                fields.Remove("name", out string? name);
                Add($"{kind} {name}", fields);
                break;
            case "code":
                fields.Remove("bytes", out string? code);
                fields.Remove("program", out string? program);
                Loaded[program!] = new LoadedProgram(fields, Convert.FromHexString(code!), descriptors);
                break;
            case "not_loaded":
                NotLoaded[fields["program"]] = fields["warning"];
                break;
            case "loaded":
                IsWhole = true;
                break;
            case "slot":
                Slots[$"{fields["map"]}[{fields["key"]}]"] = fields.GetValueOrDefault("target", "?");
                break;
            default:
                throw new FormatException($"unknown kind of line: {kind}");
        }
    }

    private void Add(string name, Dictionary<string, string> fields)
    {
        Thing thing = Object.Add(name);
        foreach ((string field, string value) in fields) thing.Fields.Add(field, value);
    }
}
