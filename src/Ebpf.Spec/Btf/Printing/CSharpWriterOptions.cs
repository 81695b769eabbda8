namespace Ebpf.Btf;

/// <summary>How types are written as C#.</summary>
public sealed record CSharpWriterOptions
{
    /// <summary>The namespace; <c>null</c> for none.</summary>
    public string? Namespace { get; init; }

    /// <summary>The class in which all types are nested, written as <c>partial</c>; <c>null</c> for none.</summary>
    public string? ContainingClass { get; init; }

    /// <summary>Whether the types, and the containing class, are <c>internal</c> instead of <c>public</c>.</summary>
    public bool IsInternal { get; init; }

    /// <summary>
    /// Whether names are written as C# writes them: <c>pkt_count</c> becomes <c>PktCount</c>, <c>XDP_DROP</c> becomes
    /// <c>XdpDrop</c>. Else they stay as they are in C, with an <c>@</c> where C# has a word of its own.
    /// </summary>
    public bool PascalCase { get; init; } = true;
}
