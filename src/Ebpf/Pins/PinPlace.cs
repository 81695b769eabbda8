using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Pins;

/// <summary>bpffs: the file system in which objects are pinned, and what it makes of paths.</summary>
internal static class PinPlace
{
    /// <summary>BPF_FS_MAGIC.</summary>
    private const uint Magic = 0xcafe4a11;

    /// <summary>Where it is usually mounted.</summary>
    public static string Usual => KernelPaths.BpfFileSystem;

    /// <summary>A path that stays the same when the process changes its current directory. Dots in it are left to the kernel.</summary>
    public static string Absolute(string path) =>
        path.StartsWith('/') ? path : $"{Environment.CurrentDirectory.TrimEnd('/')}/{path}";

    /// <summary>Whether an existing path lies in a bpffs.</summary>
    public static bool Holds(LinuxKernel kernel, string path)
    {
        CallResult magic = kernel.FileSystemMagic(path);
        return !magic.Failed && (uint)magic.Address == Magic;
    }

    /// <summary>Makes a directory for pins, if there is none.</summary>
    /// <returns>Whether it was made.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static bool MakeDirectory(LinuxKernel kernel, string path)
    {
        const uint ownerOnly = 0b111_000_000;
        if (kernel.Exists(path)) return false;
        Errno error = kernel.MakeDirectory(path, ownerOnly).Error;
        if (error is not (Errno.None or Errno.EEXIST))
            throw Refusal.Explain(kernel, $"Make directory {path} for pins", error, Privileges.None, AdviceForPinning(kernel, path, error));
        return error == Errno.None;
    }

    /// <summary>What to do about the kernel's not pinning something at a path.</summary>
    /// <returns><c>null</c> if it is not the path.</returns>
    public static string? AdviceForPinning(LinuxKernel kernel, string path, Errno error) => error switch
    {
        Errno.EEXIST => "there is something at this path",
        Errno.ENOENT => NotMounted(kernel, path) ?? "the directory does not exist",
        _ => NameAdvice(kernel, path, error)
            ?? (kernel.Exists(DirectoryOf(path)) && !Holds(kernel, DirectoryOf(path)) ? Elsewhere(kernel, DirectoryOf(path)) : null),
    };

    /// <summary>What to do about the kernel's not opening what is pinned at a path.</summary>
    /// <returns><c>null</c> if it is not the path.</returns>
    public static string? AdviceForOpening(LinuxKernel kernel, string path, Errno error, bool isMap = false) => error switch
    {
        Errno.ENOENT => NotMounted(kernel, path) ?? "nothing is pinned there",

        // A missing capability is EPERM.
        Errno.EACCES when !kernel.Exists(path) || Holds(kernel, path) =>
            "the mode of the file, or of a directory above it, does not allow it"
            + (isMap ? "; MapAccess.ReadOnly asks for less" : ""),
        _ => NameAdvice(kernel, path, error)
            ?? (kernel.Exists(path) && !Holds(kernel, path) ? Elsewhere(kernel, path) : null),
    };

    /// <summary>Says so when a path is below the usual place, and no bpffs is mounted there.</summary>
    private static string? NotMounted(LinuxKernel kernel, string path) =>
        (path == Usual || path.StartsWith(Usual + "/", StringComparison.Ordinal)) && !Holds(kernel, Usual)
            ? $"no BPF file system is mounted at {Usual}: mount -t bpf bpf {Usual}"
            : null;

    /// <summary>What is wrong with the path whatever is done with it.</summary>
    private static string? NameAdvice(LinuxKernel kernel, string path, Errno error) => error switch
    {
        Errno.ENOTDIR => "a part of the path is no directory",
        Errno.ELOOP => "its symbolic links lead nowhere",
        Errno.ENAMETOOLONG => "a name has at most 255 bytes, a path 4095",
        Errno.EPERM when DottedName(kernel, path) is { } name =>
            $"a BPF file system allows no dot in a name: call it \"{name.Replace('.', '_')}\"",
        _ => null,
    };

    /// <summary>
    /// The first name with a dot inside a bpffs, which keeps such names for itself (bpf_lookup in kernel/bpf/inode.c).
    /// </summary>
    private static string? DottedName(LinuxKernel kernel, string path)
    {
        for (int start = 0; start < path.Length;)
        {
            int end = path.IndexOf('/', start);
            if (end < 0) end = path.Length;
            string name = path[start..end];
            if (name.Contains('.') && name is not ("." or "..") && Holds(kernel, start == 0 ? "." : path[..start])) return name;
            start = end + 1;
        }

        return null;
    }

    private static string Elsewhere(LinuxKernel kernel, string place)
    {
        string? type = MountTable.TypeAt(kernel, place);
        string where = type is null or "bpf" ? $"{place} is not in a BPF file system" : $"{place} is in a file system of type {type}, not bpf";
        return Holds(kernel, Usual)
            ? $"{where}: pin below {Usual}"
            : $"{where}: mount one (mount -t bpf bpf {Usual}) and pin there";
    }

    private static string DirectoryOf(string path)
    {
        int slash = path.TrimEnd('/').LastIndexOf('/');
        return slash switch
        {
            < 0 => ".",
            0 => "/",
            _ => path[..slash],
        };
    }
}
