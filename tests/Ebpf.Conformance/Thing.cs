namespace Ebpf.Conformance;

/// <summary>Something in an object, and what is known about it.</summary>
/// <param name="Name">The kind and the name, unique in the object: <c>map counts</c>.</param>
internal sealed record Thing(string Name)
{
    /// <summary>The facts, by name.</summary>
    public SortedDictionary<string, string> Fields { get; } = new(StringComparer.Ordinal);
}
