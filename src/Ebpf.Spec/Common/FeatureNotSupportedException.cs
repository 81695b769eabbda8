namespace Ebpf;

/// <summary>The running kernel lacks a feature that is needed.</summary>
public sealed class FeatureNotSupportedException : BpfException
{
    /// <summary>Creates the error.</summary>
    /// <param name="operation">What was being done and to what.</param>
    /// <param name="feature">What the kernel lacks: <c>bounded loops</c>.</param>
    /// <param name="since">The first kernel version that has it; <c>null</c> if no released one does.</param>
    /// <param name="error">What the kernel answered.</param>
    /// <param name="inner">What caused it.</param>
    public FeatureNotSupportedException(
        string operation, string feature, Version? since, Errno error = Errno.None, Exception? inner = null)
        : base(operation, error, Describe(feature, since), inner)
    {
        Feature = feature;
        Since = since;
    }

    /// <summary>What the kernel lacks.</summary>
    public string Feature { get; }

    /// <summary>The first kernel version that has the feature; <c>null</c> if no released one does.</summary>
    public Version? Since { get; }

    private static string Describe(string feature, Version? since) =>
        since is null ? $"this kernel lacks {feature}" : $"this kernel lacks {feature} (Linux {since} has it)";
}
