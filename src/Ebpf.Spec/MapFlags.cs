namespace Ebpf;

/// <summary>Placeholder until generated.</summary>
[Flags]
public enum MapFlags : uint
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>m</summary>
    NoPreallocation = 1,
}
