namespace Ebpf;

/// <summary>Defines how an object is read.</summary>
public sealed record ObjectReaderOptions
{
    /// <summary>Gets what programs in sections of the user's own naming are; empty by default.</summary>
    public IReadOnlyList<SectionHandler> SectionHandlers { get; init; } = [];
}
