namespace Ebpf.Linux;

/// <summary>What statx(2) tells of a file.</summary>
/// <param name="Inode">
/// The number that no other file has at the same time; sysfs, which counts on, gives it to no later one either.
/// </param>
/// <param name="Size">In bytes; 0 for most files under /proc, and a page for those of sysfs that hold text.</param>
internal readonly record struct FileStatus(ulong Inode, ulong Size)
{
    /// <summary>The device on which it is: the major number in the upper half, the minor number in the lower one.</summary>
    public ulong Device { get; init; }

    /// <summary>Its kind and permissions, as stat(2) has them (<c>S_IFREG</c> and its like).</summary>
    public int Mode { get; init; }
}

/// <summary>What uname(2) tells of the kernel.</summary>
/// <param name="Release">Its release: <c>6.1.0-18-amd64</c>.</param>
/// <param name="Version">When and how it was built: <c>#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)</c>.</param>
internal readonly record struct KernelName(string Release, string Version);

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
