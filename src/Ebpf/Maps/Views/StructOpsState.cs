namespace Ebpf;

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
