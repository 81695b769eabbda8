namespace Ebpf.Linux;

/// <summary>What statx(2) tells of a file.</summary>
/// <param name="Inode">
/// The number that no other file has at the same time; sysfs, which counts on, gives it to no later one either.
/// </param>
/// <param name="Size">In bytes; 0 for most files under /proc, and a page for those of sysfs that hold text.</param>
internal readonly record struct FileStatus(ulong Inode, ulong Size);
