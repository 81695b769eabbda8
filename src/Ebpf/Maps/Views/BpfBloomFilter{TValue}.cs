using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents a bloom filter: it tells for certain that a value was not added, and probably that it was. See
/// <see cref="BpfMap.AsBloomFilter{TValue}"/>. Since Linux 5.16.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. Values cannot be removed or enumerated. The more values are added in
/// excess of <see cref="BpfMap.MaxEntries"/>, the more often the filter errs; it is never full. Safe for use by several threads
/// and programs at once.
/// </remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed unsafe class BpfBloomFilter<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    internal BpfBloomFilter(BpfMap map) => Map = map;

    /// <summary>Gets the map.</summary>
    public BpfMap Map { get; }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Add(in TValue value)
    {
        fixed (TValue* pointer = &value)
        {
            Errno error = Map.Kernel.UpdateElement(Map.Handle, null, pointer, 0);
            if (error != Errno.None) Map.ThrowFailed("add", error);
        }
    }

    /// <summary>Returns whether a value may have been added.</summary>
    /// <param name="value">The value.</param>
    /// <returns><c>false</c> if the value was certainly not added; <c>true</c> if it probably was.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool MayContain(in TValue value)
    {
        // The kernel reads the value, and writes it back: a copy, since the caller's may not be writable.
        TValue copy = value;
        return Map.Found(Map.Kernel.LookupElement(Map.Handle, null, &copy, 0), "look up");
    }

    object IMapView.Open(BpfMap map) => map.AsBloomFilter<TValue>();
}
