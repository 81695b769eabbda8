namespace Ebpf;

/// <summary>What is pinned.</summary>
public enum PinnedObjectKind
{
    /// <summary>That cannot be told: see <see cref="PinnedObject.Error"/>.</summary>
    Unknown,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A program.</summary>
    Program,

    /// <summary>A link, whose last pin or descriptor keeps a program attached; an iterator, which can be read as a file.</summary>
    Link,
}

/// <summary>The names of kinds.</summary>
internal static class PinnedObjectKinds
{
    public static string InWords(this PinnedObjectKind kind) => kind switch
    {
        PinnedObjectKind.Map => "map",
        PinnedObjectKind.Program => "program",
        PinnedObjectKind.Link => "link",
        _ => "object",
    };
}
