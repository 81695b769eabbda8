namespace Ebpf;

/// <summary>The programs that are attached at a hook, in the order in which they run.</summary>
public sealed record HookPrograms
{
    /// <summary>
    /// Gets the revision of the list, which each change raises by one: for <see cref="LinkAnchor.ExpectedRevision"/>. <c>null</c> where the
    /// hook has none, or the kernel does not tell.
    /// </summary>
    public ulong? Revision { get; init; }
}
