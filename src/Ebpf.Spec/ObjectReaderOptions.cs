namespace Ebpf;

/// <summary>How an object is read.</summary>
public sealed record ObjectReaderOptions
{
    /// <summary>What programs in sections of the user's own naming are; none by default.</summary>
    public IReadOnlyList<SectionHandler> SectionHandlers { get; init; } = [];
}
