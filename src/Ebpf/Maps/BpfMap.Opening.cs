using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;
using Ebpf.Pins;

namespace Ebpf;

/// <content>Opening of maps that exist.</content>
public sealed partial class BpfMap
{
    /// <summary>Opens a map by its id.</summary>
    /// <param name="id">The id of the map in the kernel; see <see cref="Id"/>.</param>
    /// <param name="access">The access that the descriptor gives.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such map, or the process lacks CAP_SYS_ADMIN.</exception>
    public static BpfMap Open(uint id, MapAccess access = MapAccess.ReadWrite, BpfKernel? kernel = null) =>
        TryOpen(LinuxKernel.Of(kernel), id, access) ?? throw ObjectKind.Map.NoSuchId(id);

    /// <summary>Opens a map that is pinned in a BPF file system.</summary>
    /// <param name="path">The path of the pin.</param>
    /// <param name="access">The access that the descriptor gives; the mode of the file must allow it.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such file, it is not a map, or the kernel refused.</exception>
    public static BpfMap OpenPinned(string path, MapAccess access = MapAccess.ReadWrite, BpfKernel? kernel = null)
    {
        BpfHandle handle = ObjectKind.Map.OpenPinned(LinuxKernel.Of(kernel), ref path, out string operation, access.ToFlags());
        return FromHandle(handle, operation, access, path);
    }

    /// <summary>Takes ownership of a descriptor of a map that another process sent, or that a parent process left open.</summary>
    /// <remarks>The map gets a descriptor of its own that child processes do not inherit.</remarks>
    /// <param name="descriptor">The number of the descriptor, which is closed, even if this method fails.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">The descriptor is not that of a map.</exception>
    public static BpfMap FromDescriptor(int descriptor, BpfKernel? kernel = null)
    {
        LinuxKernel system = LinuxKernel.Of(kernel);
        BpfHandle handle = ObjectKind.Map.FromDescriptor(system, descriptor, out string operation);
        return FromHandle(handle, operation, MapAccesses.FromOpenFlags(StatusFile.Fields(system, handle).GetValueOrDefault("flags")));
    }

    /// <summary>Lists the ids of all maps on this machine, in ascending order, one by one while the list is enumerated.</summary>
    /// <param name="after">Only ids greater than this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<uint> ListIds(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Map.ListIds(LinuxKernel.Of(kernel), after);

    /// <summary>
    /// Reads what the kernel knows about all maps on this machine, one by one while the list is enumerated, without descriptors to
    /// dispose.
    /// </summary>
    /// <param name="after">Only maps with an id greater than this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<MapInfo> ListInfos(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Map.ListInfos(LinuxKernel.Of(kernel), after, TryOpen, static map => map.GetInfo());

    /// <summary>
    /// Opens all maps on this machine, one by one while the list is enumerated. A map that goes away meanwhile is left out. The
    /// caller disposes each of them.
    /// </summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<BpfMap> OpenAll(BpfKernel? kernel = null) => ObjectKind.Map.OpenAll(LinuxKernel.Of(kernel), 0, TryOpen);

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
            MapShape shape = new(info.KeySize, info.ValueSize, info.MaxEntries, info.Flags);
            return new BpfMap(handle, name ?? info.Name.ToString(), info.Type, shape, info.Extra, path)
            {
                Access = access,
                Id = info.Id,
            };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static BpfMap? TryOpen(LinuxKernel kernel, uint id) => TryOpen(kernel, id, MapAccess.ReadWrite);

    /// <returns><c>null</c> if there is no map with this id (any more).</returns>
    private static BpfMap? TryOpen(LinuxKernel kernel, uint id, MapAccess access) =>
        ObjectKind.Map.TryOpenById(kernel, id, access.ToFlags()) is { } handle ? FromHandle(handle, $"Open map {id}", access) : null;
}
