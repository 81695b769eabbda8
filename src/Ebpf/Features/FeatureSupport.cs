namespace Ebpf;

/// <summary>Specifies whether a kernel has a feature.</summary>
public enum FeatureSupport
{
    /// <summary>It cannot be determined: a permission is missing, or the kernel does not tell.</summary>
    Unknown,

    /// <summary>The kernel does not have it, or was built without it.</summary>
    Missing,

    /// <summary>The kernel has it.</summary>
    Supported,
}
