namespace Ebpf.Conformance;

/// <summary>What one reader found in an object.</summary>
/// <param name="Path">The file.</param>
internal sealed record ObjectReport(string Path)
{
    /// <summary>The file's name.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Why the object was refused; <c>null</c> if it was opened.</summary>
    public string? Refusal { get; set; }

    /// <summary>What is in the object, by name.</summary>
    public SortedDictionary<string, Thing> Things { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds something; a second one of the same name gets a number.</summary>
    /// <param name="name">The kind and the name.</param>
    /// <param name="fields">The facts.</param>
    public Thing Add(string name, params ReadOnlySpan<(string Field, string Value)> fields)
    {
        Thing thing = new(name);
        for (int i = 2; !Things.TryAdd(thing.Name, thing); i++) thing = new Thing($"{name} ({i})");
        foreach ((string field, string value) in fields) thing.Fields.Add(field, value);
        return thing;
    }
}
