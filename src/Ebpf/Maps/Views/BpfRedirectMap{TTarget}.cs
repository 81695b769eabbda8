using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents a map of targets to which XDP programs redirect packets: the base of <see cref="BpfDevMap"/> and
/// <see cref="BpfCpuMap"/>.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. Enumerating returns the keys that are set, with their targets. Safe for use by
/// several threads at once.
/// </remarks>
/// <typeparam name="TTarget">The type of targets.</typeparam>
[SuppressMessage("Naming", "CA1710", Justification = "What the field calls a map.")]
public abstract unsafe class BpfRedirectMap<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TTarget> : IEnumerable<KeyValuePair<uint, TTarget>>, IMapView
    where TTarget : unmanaged
{
    // Of a map with values of 4 bytes the kernel takes and gives the first half of a target.
    private readonly BpfMap<uint, TTarget> _targets;

    private protected BpfRedirectMap(BpfMap map) => _targets = new BpfMap<uint, TTarget>(map);

    /// <summary>Gets the map.</summary>
    public BpfMap Map => _targets.Map;

    /// <summary>Gets the target under a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="target">The target; <c>default</c> if there is none.</param>
    /// <returns>Whether there is a target under the key.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryGetValue(uint key, out TTarget target) => _targets.TryGetValue(in key, out target);

    /// <summary>Removes the target under a key.</summary>
    /// <remarks>
    /// For an array, the kernel does not tell whether there was a target, so the map is read before: if several callers remove it at
    /// once, more than one can get <c>true</c>.
    /// </remarks>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was a target under the key.</returns>
    /// <exception cref="BpfException">The map has no such slot, or the kernel refused.</exception>
    public bool Remove(uint key)
    {
        bool existed = Map.Type == MapType.DevMapHash || _targets.ContainsKey(in key);
        return _targets.Remove(in key) && existed;
    }

    /// <summary>Returns the number of targets.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public long Count() => _targets.Count();

    /// <summary>Removes all targets.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.Clear();

    /// <summary>Enumerates the keys that are set, with their targets; of an array in ascending order.</summary>
    public BpfMap<uint, TTarget>.Enumerator GetEnumerator() => _targets.GetEnumerator();

    IEnumerator<KeyValuePair<uint, TTarget>> IEnumerable<KeyValuePair<uint, TTarget>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => OpenAnother(map);

    /// <summary>Makes a view of the same type of another map.</summary>
    private protected abstract object OpenAnother(BpfMap map);

    /// <summary>Writes a target with a program, whose descriptor is the second half of it; when it is read, that is the program's id.</summary>
    /// <exception cref="NotSupportedException">There is a program, and the values of the map have 4 bytes.</exception>
    private protected Errno Write(uint key, TTarget target, BpfProgram? program)
    {
        if (program is not null && Map.ValueSize < sizeof(TTarget)) ThrowNoProgram();
        using BorrowedDescriptor borrowed = (program?.Handle).Borrow();
        ((int*)&target)[1] = borrowed.Descriptor;
        return Map.Kernel.UpdateElement(Map.Handle, &key, &target, 0);
    }

    [DoesNotReturn]
    private void ThrowNoProgram() => throw new NotSupportedException(
        $"Map \"{Map.Name}\" has values of 4 bytes, which hold no program: make it with 8 (struct bpf_{(Map.Type == MapType.CpuMap ? "cpumap" : "devmap")}_val).");
}
