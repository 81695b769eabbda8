namespace Ebpf;

/// <summary>Describes whether a kernel has a feature.</summary>
/// <param name="Name">The name of the feature: <c>program type Xdp</c>.</param>
/// <param name="Support">Whether the kernel has it.</param>
/// <param name="Since">
/// The first version of Linux that has it; <c>null</c> if this library does not know. Kernels that were built without an option,
/// or to which the feature was backported, differ from that.
/// </param>
/// <param name="Reason">Why it is missing, or why that cannot be determined; <c>null</c> if there is nothing to add.</param>
public sealed record KernelFeature(string Name, FeatureSupport Support, Version? Since = null, string? Reason = null)
{
    /// <summary>Gets whether the kernel is known to have the feature.</summary>
    public bool IsSupported => Support == FeatureSupport.Supported;

    /// <summary>Throws an exception if the kernel is known not to have the feature.</summary>
    /// <param name="operation">The operation that needs the feature, for the message: <c>Attach program "x"</c>.</param>
    /// <exception cref="FeatureNotSupportedException">The kernel does not have the feature.</exception>
    public void ThrowIfMissing(string operation)
    {
        if (Support == FeatureSupport.Missing) throw new FeatureNotSupportedException(operation, Name, Since);
    }

    /// <summary>Returns the feature and what is known about it, on one line.</summary>
    public override string ToString()
    {
        string answer = Support switch
        {
            FeatureSupport.Supported => "supported",
            FeatureSupport.Missing => Since is null ? "missing" : $"missing (Linux {Since} has it)",
            _ => "cannot be told",
        };
        return Reason is null ? $"{Name}: {answer}" : $"{Name}: {answer}: {Reason}";
    }
}

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
