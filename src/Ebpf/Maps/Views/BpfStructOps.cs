using System.Runtime.InteropServices;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents a struct_ops map, whose functions the kernel calls: a congestion control, a scheduler. See
/// <see cref="BpfMap.AsStructOps"/>. Since Linux 5.6.
/// </summary>
/// <remarks>This is a view, which holds no resources of its own. Safe for use by several threads at once.</remarks>
public sealed partial class BpfStructOps : IMapView
{
    /// <summary>Behind a count of references of 4 bytes, on every kernel (<c>struct bpf_struct_ops_common_value</c>).</summary>
    private const int StateOffset = 4;

    internal BpfStructOps(BpfMap map) => Map = map;

    /// <summary>
    /// Gets the map. Its value is the kernel's struct; when it is read, the functions are replaced by the ids of programs.
    /// </summary>
    public BpfMap Map { get; }

    /// <summary>Gets whether the map is attached by a link of the kernel (<c>.struct_ops.link</c>, since Linux 6.4).</summary>
    public bool HasLink => Map.Flags.HasFlag(MapFlags.Link);

    /// <summary>Returns the state of the map.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public StructOpsState GetState()
    {
        byte[] value = new byte[Map.ValueSize];
        if (!Map.TryGetValue(new byte[sizeof(uint)], value)) return StructOpsState.Empty;
        return (StructOpsState)MemoryMarshal.Read<uint>(value.AsSpan(StateOffset));
    }

    object IMapView.Open(BpfMap map) => map.AsStructOps();
}

/// <summary>Specifies the state of a struct_ops map (<c>enum bpf_struct_ops_state</c>).</summary>
public enum StructOpsState
{
    /// <summary>The map has not been attached.</summary>
    Empty = 0,

    /// <summary>The kernel calls the functions (a map without <see cref="MapFlags.Link"/>).</summary>
    InUse = 1,

    /// <summary>The map was detached and cannot be attached again (a map without <see cref="MapFlags.Link"/>).</summary>
    ToBeFreed = 2,

    /// <summary>The map is filled and cannot change; links attach it (a map with <see cref="MapFlags.Link"/>).</summary>
    Ready = 3,
}
