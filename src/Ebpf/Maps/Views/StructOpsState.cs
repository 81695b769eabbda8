namespace Ebpf;

/// <summary>What the kernel does with a table of functions (<c>enum bpf_struct_ops_state</c>).</summary>
public enum StructOpsState
{
    /// <summary>It was not attached yet.</summary>
    Empty = 0,

    /// <summary>The kernel calls it (a map without link).</summary>
    InUse = 1,

    /// <summary>It was taken back, and cannot be attached again (a map without link).</summary>
    ToBeFreed = 2,

    /// <summary>It is filled, for good; links register it (a map with <see cref="MapFlags.Link"/>).</summary>
    Ready = 3,
}
