namespace Ebpf;

/// <summary>Placeholder until generated.</summary>
public enum MapType
{
    /// <summary>None.</summary>
    Unspecified = 0,
    /// <summary>Hash=1.</summary>
    Hash = 1,
    /// <summary>Array=2.</summary>
    Array = 2,
    /// <summary>PerCpuHash=5.</summary>
    PerCpuHash = 5,
    /// <summary>PerCpuArray=6.</summary>
    PerCpuArray = 6,
}
