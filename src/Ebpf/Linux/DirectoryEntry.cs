namespace Ebpf.Linux;

/// <summary>One entry of a directory.</summary>
internal readonly record struct DirectoryEntry(string Name, EntryKind Kind);

/// <summary>What an entry of a directory is: the <c>DT_</c> numbers of getdents64(2).</summary>
internal enum EntryKind : byte
{
    /// <summary>The file system does not tell.</summary>
    Unknown = 0,
    Directory = 4,
    File = 8,
    SymbolicLink = 10,
}
