namespace Ebpf;

/// <summary>What is known about one feature of a kernel.</summary>
/// <param name="Name">What it is: <c>program type Xdp</c>.</param>
/// <param name="Support">Whether the kernel has it.</param>
/// <param name="Since">
/// The first version of Linux that has it; <c>null</c> if this library does not know. A kernel built without an option, or
/// with the feature ported back, differs from what its version says.
/// </param>
/// <param name="Reason">Why it is missing or cannot be told, in words; <c>null</c> if there is nothing to add.</param>
public sealed record KernelFeature(string Name, FeatureSupport Support, Version? Since = null, string? Reason = null)
{
    /// <summary>Whether the kernel has it for certain.</summary>
    public bool IsSupported => Support == FeatureSupport.Supported;

    /// <summary>Goes on unless the feature is missing for certain.</summary>
    /// <param name="operation">What needs the feature, for the message: <c>Attach program "x"</c>.</param>
    /// <exception cref="FeatureNotSupportedException">It is missing.</exception>
    public void ThrowIfMissing(string operation)
    {
        if (Support == FeatureSupport.Missing) throw new FeatureNotSupportedException(operation, Name, Since);
    }

    /// <summary>The feature and what is known about it, in one line.</summary>
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
