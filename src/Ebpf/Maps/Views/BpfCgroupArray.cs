using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents an array of cgroups (version 2), by which programs test whether a packet or a task belongs to one. See
/// <see cref="BpfMap.AsCgroupArray"/>. Since Linux 4.8.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. The contents cannot be read. Safe for use by several threads at once.
/// </remarks>
public sealed class BpfCgroupArray : IMapView
{
    private readonly DescriptorElements<uint> _slots;

    internal BpfCgroupArray(BpfMap map) => _slots = new DescriptorElements<uint>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _slots.Map;

    /// <summary>Gets the number of slots.</summary>
    public uint Length => Map.MaxEntries;

    /// <summary>Sets the cgroup in a slot, and replaces the one that is there, if any.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="path">The directory of the cgroup: <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <exception cref="BpfException">
    /// There is no such slot or directory, it is no cgroup of version 2, or the kernel refused for another reason.
    /// </exception>
    public void Update(uint slot, string path)
    {
        using PassingDescriptor cgroup = PassingDescriptor.OpenPath(Map.Kernel, path, OpenMode.Directory);
        Errno error = _slots.Write(in slot, cgroup.Descriptor);
        if (error != Errno.None) ThrowFailed(error, path);
    }

    /// <summary>Sets the cgroup in a slot, and replaces the one that is there, if any.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="cgroup">A handle that owns a descriptor of the directory of the cgroup.</param>
    /// <exception cref="BpfException">
    /// There is no such slot, the descriptor is of no cgroup of version 2, or the kernel refused for another reason.
    /// </exception>
    public void Update(uint slot, SafeHandle cgroup)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        Errno error = _slots.Write(in slot, cgroup);
        if (error != Errno.None) ThrowFailed(error, "the descriptor");
    }

    /// <summary>Empties a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Whether there was a cgroup in it.</returns>
    /// <exception cref="BpfException">There is no such slot, or the kernel refused.</exception>
    public bool Remove(uint slot) => Map.Found(_slots.Delete(in slot), "remove");

    /// <summary>Empties all slots.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.ClearSlots();

    object IMapView.Open(BpfMap map) => map.AsCgroupArray();

    [DoesNotReturn]
    private void ThrowFailed(Errno error, string what) =>
        Map.ThrowFailed("set a cgroup", error, error == Errno.EBADF ? $"{what} is no cgroup of version 2" : null);
}
