namespace Ebpf.Conformance;

/// <summary>What this library and the running kernel say of every program of an object, each alone with the object's maps.</summary>
internal static class OwnVerdicts
{
    /// <summary>The verdicts by program; <c>null</c> if the object cannot be read.</summary>
    /// <param name="path">The object.</param>
    /// <param name="programs">The programs.</param>
    /// <param name="refusal">Why it cannot be read.</param>
    public static Dictionary<string, Verdict>? Of(string path, IEnumerable<string> programs, out string refusal)
    {
        refusal = "";
        CollectionSpec spec;
        try
        {
            spec = CollectionSpec.Load(path);
        }
        catch (BpfException error)
        {
            refusal = error.Message;
            return null;
        }

        foreach (MapSpec map in spec.Maps.Values) map.Pinning = MapPinning.None;
        Dictionary<string, Verdict> verdicts = new(StringComparer.Ordinal);
        foreach (string program in programs) verdicts.TryAdd(program, Judge(spec, program));
        return verdicts;
    }

    private static Verdict Judge(CollectionSpec spec, string wanted)
    {
        if (!spec.Programs.ContainsKey(wanted)) return new Verdict(Refuser.Library, Errno.None, "there is no such program");
        foreach ((string name, ProgramSpec program) in spec.Programs) program.AutoLoad = name == wanted;
        try
        {
            using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Parallelism = 1 });
            return collection.Programs.ContainsKey(wanted)
                ? Verdict.Loaded
                : new Verdict(Refuser.Library, Errno.None, "it was left out");
        }
        catch (BpfException error)
        {
            return new Verdict(RefuserOf(error), error.Errno, error.Message);
        }
    }

    private static Refuser RefuserOf(BpfException error) =>
        error.Errno == Errno.None ? Refuser.Library
        : error.Operation is { } operation && operation.StartsWith("Create ", StringComparison.Ordinal) ? Refuser.Map
        : Refuser.Program;
}
