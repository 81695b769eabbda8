using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf;

/// <summary>The BPF file system (bpffs): files that keep maps, programs and links alive, and lead other processes to them.</summary>
public static class BpfFileSystem
{
    /// <summary>Where it is mounted by custom: <c>/sys/fs/bpf</c>.</summary>
    public static string DefaultPath => PinPlace.Usual;

    /// <summary>Lists what is pinned below a directory, in the order of the paths.</summary>
    /// <remarks>
    /// Symbolic links are not followed, and other file systems that are mounted inside are left out. What goes away meanwhile
    /// is left out; what cannot be opened is listed with the error. Links that are iterators are opened, not read.
    /// </remarks>
    /// <param name="path">A directory of a bpffs; <c>null</c> for <see cref="DefaultPath"/>.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such directory, it is not in a bpffs, or may not be read.</exception>
    public static IReadOnlyList<PinnedObject> Walk(string? path = null, BpfKernel? kernel = null) =>
        WalkIn(LinuxKernel.Of(kernel), path ?? DefaultPath);

    private static List<PinnedObject> WalkIn(LinuxKernel kernel, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string operation = $"List what is pinned below {path}";
        Errno error = kernel.ListEntries(path, OpenMode.ReadOnly, out List<DirectoryEntry> entries);
        string? advice = error switch
        {
            Errno.None => PinPlace.Holds(kernel, path) ? null : PinPlace.AdviceForOpening(kernel, path, Errno.EINVAL),
            Errno.EACCES or Errno.EPERM => "the permissions of the directory do not allow it",
            Errno.ENOENT => "there is no such directory",
            _ => PinPlace.AdviceForOpening(kernel, path, error),
        };
        if (error != Errno.None) throw Refusal.Explain(kernel, operation, error, Privileges.None, advice);
        if (advice is not null) throw new BpfException($"{operation}: {advice}");

        List<PinnedObject> found = [];

        // A stack of its own: a hostile tree can be deeper than the thread's.
        Stack<(string Path, EntryKind Kind)> left = [];
        Push(left, path, entries);
        while (left.TryPop(out (string Path, EntryKind Kind) next)) Visit(kernel, next.Path, next.Kind, left, found);
        return found;
    }

    private static void Visit(
        LinuxKernel kernel, string path, EntryKind kind, Stack<(string Path, EntryKind Kind)> left, List<PinnedObject> found)
    {
        if (kind == EntryKind.File)
        {
            if (PinnedObject.Look(kernel, path) is { } pinned) found.Add(pinned);
        }
        else if (kind == EntryKind.Directory && PinPlace.Holds(kernel, path))
        {
            switch (kernel.ListEntries(path, OpenMode.ReadOnly | OpenMode.NoFollow, out List<DirectoryEntry> entries))
            {
                case Errno.None:
                    Push(left, path, entries);
                    break;
                case Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP:
                    // Gone, or something else by now.
                    break;
                case var error:
                    found.Add(new PinnedObject(kernel, path, PinnedObjectKind.Unknown, 0, error));
                    break;
            }
        }
    }

    private static void Push(
        Stack<(string Path, EntryKind Kind)> left, string directory, List<DirectoryEntry> entries)
    {
        for (int i = entries.Count - 1; i >= 0; i--) left.Push(($"{directory.TrimEnd('/')}/{entries[i].Name}", entries[i].Kind));
    }
}
