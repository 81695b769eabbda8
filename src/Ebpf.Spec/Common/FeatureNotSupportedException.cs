namespace Ebpf;

/// <summary>The exception that is thrown when the running kernel lacks a feature that is needed.</summary>
public sealed class FeatureNotSupportedException : BpfException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="operation">What was being done and to what.</param>
    /// <param name="feature">The feature that the kernel lacks: <c>bounded loops</c>.</param>
    /// <param name="since">The first kernel version that has it; <c>null</c> if no released version does.</param>
    /// <param name="error">The error number that the kernel returned.</param>
    /// <param name="inner">The exception that caused this one; <c>null</c> for none.</param>
    public FeatureNotSupportedException(
        string operation, string feature, Version? since, Errno error = Errno.None, Exception? inner = null)
        : base(operation, error, Describe(feature, since), inner)
    {
        Feature = feature;
        Since = since;
    }

    /// <summary>Gets the feature that the kernel lacks.</summary>
    public string Feature { get; }

    /// <summary>Gets the first kernel version that has the feature; <c>null</c> if no released version does.</summary>
    public Version? Since { get; }

    private static string Describe(string feature, Version? since) =>
        since is null ? $"this kernel lacks {feature}" : $"this kernel lacks {feature} (Linux {since} has it)";
}
