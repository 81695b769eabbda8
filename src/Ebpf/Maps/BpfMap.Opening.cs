using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Pins;

namespace Ebpf;

/// <content>Maps that are there: by number, by path, by descriptor, all of them.</content>
public sealed partial class BpfMap
{
    /// <summary>Opens a map by the number under which the kernel knows it.</summary>
    /// <param name="id">The number, as <see cref="Id"/> gives it.</param>
    /// <param name="access">What the descriptor is for.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is none, or the process lacks CAP_SYS_ADMIN.</exception>
    public static BpfMap Open(uint id, MapAccess access = MapAccess.ReadWrite, BpfKernel? kernel = null) =>
        TryOpen(LinuxKernel.Of(kernel), id, access) ?? throw new BpfException($"Open map {id}", Errno.ENOENT, "there is no map with this id");

    /// <summary>Opens a map that is pinned in the BPF file system.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="access">What the descriptor is for; the permissions of the file must allow it.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such file, it is no map, or the kernel refused.</exception>
    public static BpfMap OpenPinned(string path, MapAccess access = MapAccess.ReadWrite, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LinuxKernel system = LinuxKernel.Of(kernel);
        string operation = $"Open map at {path}";
        BpfHandle handle = system.OpenPinned(path, access.ToFlags(), out Errno error)
            ?? throw Refusal.Explain(
                system, operation, error, Privileges.Bpf, PinPlace.AdviceForOpening(system, path, error));
        return FromPinned(handle, operation, path, access);
    }

    /// <summary>Takes a descriptor of a map over, as another process sends it, or a parent leaves it.</summary>
    /// <param name="descriptor">
    /// The descriptor. It belongs to the map from now on, and is closed even when this fails.
    /// </param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">It is no descriptor of a map.</exception>
    public static BpfMap FromDescriptor(int descriptor, BpfKernel? kernel = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(descriptor);
        LinuxKernel system = LinuxKernel.Of(kernel);
        string operation = $"Take over descriptor {descriptor}";
        BpfHandle handle = BpfHandle.Take(system, new CallResult(descriptor), out Errno error)
            ?? throw Refusal.Explain(system, operation, error, Privileges.None);
        if (PinnedObject.KindOf(handle) == PinnedObjectKind.Map)
            return FromHandle(handle, operation, MapAccesses.FromOpenFlags(StatusFile.Fields(system, handle).GetValueOrDefault("flags")));
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, "it is no descriptor of a map");
    }

    /// <summary>
    /// Lists the numbers of all maps on this machine, in ascending order, found one by one while they are walked over.
    /// </summary>
    /// <param name="after">Where to go on: only numbers above this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While walking: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<uint> ListIds(uint after = 0, BpfKernel? kernel = null) =>
        ObjectIds.List(LinuxKernel.Of(kernel), BpfCommand.MapGetNextId, "maps", after);

    /// <summary>
    /// Opens all maps on this machine, one by one while they are walked over. One that goes away meanwhile is left out. Each is
    /// the caller's to dispose.
    /// </summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While walking: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<BpfMap> OpenAll(BpfKernel? kernel = null)
    {
        LinuxKernel system = LinuxKernel.Of(kernel);
        foreach (uint id in ListIds(kernel: system))
        {
            if (TryOpen(system, id, MapAccess.ReadWrite) is { } map) yield return map;
        }
    }

    /// <summary>Takes the descriptor of something over that was pinned, and may be no map.</summary>
    internal static BpfMap FromPinned(
        BpfHandle handle, string operation, string path, MapAccess access, string? name = null)
    {
        // The kernel would answer for a program or a link as well, with other numbers in the same places.
        PinnedObjectKind kind = PinnedObject.KindOf(handle);
        if (kind is PinnedObjectKind.Map or PinnedObjectKind.Unknown) return FromHandle(handle, operation, access, path, name);
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, $"what is pinned there is no map, but a {kind.InWords()}");
    }

    /// <summary>Takes a descriptor over and asks the kernel what it is. Closes it after an error.</summary>
    /// <param name="handle">The descriptor.</param>
    /// <param name="operation">What is being done, for messages.</param>
    /// <param name="access">What the descriptor is for.</param>
    /// <param name="path">Where the map is pinned; <c>null</c> if it came otherwise.</param>
    /// <param name="name">The whole name; <c>null</c> for as much as the kernel knows.</param>
    internal static BpfMap FromHandle(
        BpfHandle handle, string operation, MapAccess access = MapAccess.ReadWrite, string? path = null, string? name = null)
    {
        try
        {
            KernelMapInfo info = default;
            Errno error = handle.Kernel.GetInfo(handle, ref info);
            if (error != Errno.None) throw Refusal.Explain(handle.Kernel, operation, error, Privileges.Bpf);
            if (info.Type == MapType.ProgramArray) handle.CloseOnlyOnDispose();
            MapShape shape = new(info.KeySize, info.ValueSize, info.MaxEntries, info.Flags);
            return new BpfMap(handle, name ?? info.Name.ToString(), info.Type, shape, info.Extra) { Access = access, PinPath = path };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <returns><c>null</c> if there is no map with this id (any more).</returns>
    private static BpfMap? TryOpen(LinuxKernel kernel, uint id, MapAccess access)
    {
        string operation = $"Open map {id}";
        BpfHandle? handle = kernel.OpenById(BpfCommand.MapGetById, id, out Errno error, access.ToFlags());
        if (handle is not null) return FromHandle(handle, operation, access);
        return error == Errno.ENOENT ? null : throw Refusal.Explain(kernel, operation, error, Privileges.SysAdmin);
    }
}
