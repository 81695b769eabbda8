using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Pins;

/// <summary>Opens objects that exist in the kernel, of every kind: by id, by path, by descriptor, all of them.</summary>
internal static class ObjectOpening
{
    /// <summary>Lists the ids of all objects of a kind, in ascending order, while the list is enumerated.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="after">The id after which to begin; 0 for all.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<uint> ListIds(this ObjectKind kind, LinuxKernel kernel, uint after = 0)
    {
        uint id = after;
        while (true)
        {
            Errno error = kernel.GetNextId(kind.NextId, ref id);
            if (error == Errno.ENOENT) yield break;
            if (error != Errno.None) throw Refusal.Explain(kernel, $"List all {kind.Plural}", error, Privileges.SysAdmin);
            yield return id;
        }
    }

    /// <summary>Opens all objects of a kind, one by one while they are enumerated; those that vanish meanwhile are left out.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="after">The id after which to begin; 0 for all.</param>
    /// <param name="tryOpen">Opens one by its id; <c>null</c> if there is none (any more).</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<T> OpenAll<T>(this ObjectKind kind, LinuxKernel kernel, uint after, Func<LinuxKernel, uint, T?> tryOpen)
        where T : class
    {
        foreach (uint id in kind.ListIds(kernel, after))
        {
            if (tryOpen(kernel, id) is { } opened) yield return opened;
        }
    }

    /// <summary>Reads what the kernel tells about all objects of a kind, one by one while they are enumerated.</summary>
    /// <inheritdoc cref="OpenAll"/>
    public static IEnumerable<TInfo> ListInfos<T, TInfo>(
        this ObjectKind kind, LinuxKernel kernel, uint after, Func<LinuxKernel, uint, T?> tryOpen, Func<T, TInfo> read)
        where T : class, IDisposable
    {
        foreach (T opened in kind.OpenAll(kernel, after, tryOpen))
        {
            TInfo info;
            using (opened) info = read(opened);
            yield return info;
        }
    }

    /// <summary>Opens an object by its id.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="id">The id.</param>
    /// <param name="flags">What the descriptor is for.</param>
    /// <param name="findToken">Finds a token with which to try again if the kernel does not allow it.</param>
    /// <returns><c>null</c> if there is none (any more).</returns>
    /// <exception cref="BpfException">The process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static BpfHandle? TryOpenById(
        this ObjectKind kind,
        LinuxKernel kernel,
        uint id,
        ObjectPathFlags flags = ObjectPathFlags.None,
        Func<BpfHandle?>? findToken = null)
    {
        BpfHandle? handle = kernel.OpenById(kind.OpenById, id, out Errno error, flags);

        // Linux before 6.16 takes no token here: what it answers then is not the reason.
        if (error == Errno.EPERM && findToken?.Invoke() is { } token) handle = kernel.OpenById(kind.OpenById, id, out _, token: token);
        if (handle is not null || error == Errno.ENOENT) return handle;
        throw Refusal.Explain(kernel, $"Open {kind.Name} {id}", error, Privileges.SysAdmin);
    }

    /// <summary>The error for an id that does not exist.</summary>
    public static BpfException NoSuchId(this ObjectKind kind, uint id) =>
        new($"Open {kind.Name} {id}", Errno.ENOENT, $"there is no {kind.Name} with this id");

    /// <summary>Opens an object that is pinned, and makes sure that it is of the kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="path">The path; made absolute.</param>
    /// <param name="operation">What is being done, for messages.</param>
    /// <param name="flags">What the descriptor is for.</param>
    /// <exception cref="BpfException">Nothing is pinned there, it is something else, or the kernel refused.</exception>
    public static BpfHandle OpenPinned(
        this ObjectKind kind, LinuxKernel kernel, ref string path, out string operation, ObjectPathFlags flags = ObjectPathFlags.None)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        operation = $"Open {kind.Name} at {path}";
        path = PinPlace.Absolute(path);
        BpfHandle handle = kernel.OpenPinned(path, flags, out Errno error)
            ?? throw Refusal.Explain(
                kernel, operation, error, Privileges.Bpf, PinPlace.AdviceForOpening(kernel, path, error, kind == ObjectKind.Map));
        kind.CheckPinned(handle, operation);
        return handle;
    }

    /// <summary>
    /// Makes sure that what was pinned is of the kind: the kernel would answer for another kind as well, with other numbers in the
    /// same places. Closes it otherwise.
    /// </summary>
    /// <exception cref="BpfException">It is of another kind.</exception>
    public static void CheckPinned(this ObjectKind kind, BpfHandle handle, string operation)
    {
        PinnedObjectKind found = PinnedObject.KindOf(handle);
        if (found == kind.Pinned || found == PinnedObjectKind.Unknown) return;
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, $"what is pinned there is no {kind.Name}, but a {ObjectKind.NameOf(found)}");
    }

    /// <summary>Takes a descriptor over that came from another process; from then on it is close-on-exec.</summary>
    /// <exception cref="BpfException">It is no descriptor of this kind; it is closed.</exception>
    public static BpfHandle FromDescriptor(this ObjectKind kind, LinuxKernel kernel, int descriptor, out string operation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(descriptor);
        operation = $"Take over descriptor {descriptor}";

        // A copy that no child process inherits, in the place of one that may be inheritable.
        CallResult copy = kernel.Duplicate(descriptor);
        if (copy.Error != Errno.EBADF) kernel.Close(descriptor);
        BpfHandle handle = BpfHandle.Take(kernel, copy, out Errno error) ?? throw Refusal.Explain(kernel, operation, error, Privileges.None);
        if (PinnedObject.KindOf(handle) == kind.Pinned) return handle;
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, $"it is no descriptor of a {kind.Name}");
    }
}
