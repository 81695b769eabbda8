using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf;

/// <summary>
/// Provides access to the BPF file system (bpffs), whose files keep maps, programs and links alive and give them to other
/// processes.
/// </summary>
public static partial class BpfFileSystem
{
    /// <summary>Gets the path at which a BPF file system is usually mounted: <c>/sys/fs/bpf</c>.</summary>
    public static string DefaultPath => PinPlace.Usual;

    /// <summary>Lists the objects that are pinned below a directory, in the order of their paths, while the list is enumerated.</summary>
    /// <remarks>
    /// Symbolic links are not followed, and other file systems that are mounted inside are skipped. What is removed meanwhile is
    /// left out; what cannot be opened or read is listed with the error. Links that are iterators are opened, but not read.
    /// </remarks>
    /// <param name="path">A directory of a BPF file system; <c>null</c> for <see cref="DefaultPath"/>.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">The directory does not exist, is not in a BPF file system, or may not be read.</exception>
    public static IEnumerable<PinnedObject> Walk(string? path = null, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path ??= DefaultPath);
        LinuxKernel system = LinuxKernel.Of(kernel);
        string operation = $"List what is pinned below {path}";
        path = PinPlace.Absolute(path);
        Errno error = system.ListEntries(path, OpenMode.ReadOnly, out List<DirectoryEntry> entries);
        string? advice = error switch
        {
            Errno.None => PinPlace.Holds(system, path) ? null : PinPlace.AdviceForOpening(system, path, Errno.EINVAL),
            Errno.EACCES or Errno.EPERM => "the permissions of the directory do not allow it",
            Errno.ENOENT => "there is no such directory",
            _ => PinPlace.AdviceForOpening(system, path, error),
        };
        if (error != Errno.None) throw Refusal.Explain(system, operation, error, Privileges.None, advice);
        if (advice is not null) throw new BpfException($"{operation}: {advice}");
        return WalkBelow(system, path, entries);
    }

    /// <summary>Returns the kind and id of the object that is pinned at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>The kind and the id of the object; <c>null</c> if nothing is pinned there.</returns>
    public static PinnedObject? Find(string path, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return PinnedObject.Look(LinuxKernel.Of(kernel), PinPlace.Absolute(path));
    }

    private static IEnumerable<PinnedObject> WalkBelow(LinuxKernel kernel, string path, List<DirectoryEntry> entries)
    {
        // A stack of its own: a hostile tree can be deeper than the thread's.
        Stack<(string Path, EntryKind Kind)> left = [];
        Push(left, path, entries);
        while (left.TryPop(out (string Path, EntryKind Kind) next))
        {
            if (Visit(kernel, next.Path, next.Kind, left) is { } found) yield return found;
        }
    }

    private static PinnedObject? Visit(
        LinuxKernel kernel, string path, EntryKind kind, Stack<(string Path, EntryKind Kind)> left)
    {
        if (kind == EntryKind.File) return PinnedObject.Look(kernel, path);
        if (kind != EntryKind.Directory || !PinPlace.Holds(kernel, path)) return null;
        switch (kernel.ListEntries(path, OpenMode.ReadOnly | OpenMode.NoFollow, out List<DirectoryEntry> entries))
        {
            case Errno.None:
                Push(left, path, entries);
                return null;
            case Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP:
                // Gone, or something else by now.
                return null;
            case var error:
                return new PinnedObject(kernel, path) { Error = error };
        }
    }

    private static void Push(
        Stack<(string Path, EntryKind Kind)> left, string directory, List<DirectoryEntry> entries)
    {
        for (int i = entries.Count - 1; i >= 0; i--) left.Push(($"{directory.TrimEnd('/')}/{entries[i].Name}", entries[i].Kind));
    }
}
