namespace Ebpf.Btf;

/// <summary>Defines how types are written as C#.</summary>
public sealed record CSharpWriterOptions
{
    /// <summary>Gets the namespace; <c>null</c> for none.</summary>
    public string? Namespace { get; init; }

    /// <summary>Gets the class in which all types are nested, written as <c>partial</c>; <c>null</c> for none.</summary>
    public string? ContainingClass { get; init; }

    /// <summary>Gets whether the types, and the containing class, are <c>internal</c> instead of <c>public</c>.</summary>
    public bool IsInternal { get; init; }

    /// <summary>
    /// Gets whether names are written as is usual in C#: <c>pkt_count</c> becomes <c>PktCount</c>, <c>XDP_DROP</c> becomes
    /// <c>XdpDrop</c>. Otherwise, they stay as they are in C, with an <c>@</c> before keywords of C#.
    /// </summary>
    public bool PascalCase { get; init; } = true;
}
