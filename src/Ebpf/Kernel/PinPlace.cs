using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>bpffs: the file system in which objects are pinned.</summary>
internal static class BpfFileSystem
{
    /// <summary>Where it is mounted by custom.</summary>
    public static string UsualPlace => "/sys/fs/bpf";

    /// <summary>BPF_FS_MAGIC.</summary>
    private const uint Magic = 0xcafe4a11;

    /// <summary>Whether an existing path lies in a bpffs.</summary>
    public static bool Holds(LinuxKernel kernel, string path)
    {
        CallResult magic = kernel.FileSystemMagic(path);
        return !magic.Failed && (uint)magic.Address == Magic;
    }
}
