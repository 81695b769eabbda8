using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>What a probe found out.</summary>
internal readonly record struct Finding(FeatureSupport Support, string? Reason = null)
{
    public static Finding Supported => new(FeatureSupport.Supported);

    public static Finding Missing => new(FeatureSupport.Missing);

    public static Finding Unknown(string reason) => new(FeatureSupport.Unknown, reason);

    /// <summary>The finding when the kernel answers something that tells neither yes nor no.</summary>
    public static Finding Unknown(LinuxKernel kernel, Errno error, Privileges needed) =>
        Unknown($"{error}{(Refusal.AdviceFor(kernel, error, needed) is { } advice ? $": {advice}" : "")}");

    /// <summary>
    /// The finding of a call with a descriptor that does not exist: who complains about the descriptor knows the rest of
    /// the question.
    /// </summary>
    public static Finding FromBadDescriptor(LinuxKernel kernel, Errno error) => error switch
    {
        Errno.None or Errno.EBADF => Supported,
        Errno.EINVAL or Errno.E2BIG => Missing,
        _ => Unknown(kernel, error, Privileges.Bpf),
    };
}
