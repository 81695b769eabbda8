namespace Ebpf.Conformance;

/// <summary>Something that libbpf and this library see differently.</summary>
/// <param name="Object">The file name of the object.</param>
/// <param name="Field">What differs: <c>map counts.flags</c>.</param>
/// <param name="Libbpf">What libbpf says.</param>
/// <param name="Ours">What this library says.</param>
internal sealed record Difference(string Object, string Field, string Libbpf, string Ours)
{
    /// <summary>One line for a report.</summary>
    public override string ToString() => $"{Object}: {Field}: libbpf {Libbpf}, ours {Ours}";
}
