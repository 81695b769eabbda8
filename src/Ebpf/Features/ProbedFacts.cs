using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>What the library itself must know of a kernel and finds out by trying. Certain answers are kept.</summary>
internal sealed class ProbedFacts
{
    private static readonly PerKernel<ProbedFacts> Known = new(static kernel => new ProbedFacts(kernel));

    private readonly LinuxKernel _kernel;
    private CertainAnswer _systemCallWrapper, _wideMapOffsets, _kprobeMulti, _uprobeMulti, _exactTrieWalks;

    private ProbedFacts(LinuxKernel kernel) => _kernel = kernel;

    /// <summary>Whether a program can ask for the cookie with which it was attached.</summary>
    public bool HasBpfCookie => KernelFeatures.For(_kernel).Of(GeneralFeature.AttachCookies) switch
    {
        { Support: FeatureSupport.Unknown } => KernelFacts.Of(_kernel).Version >= FeatureVersions.Of(GeneralFeature.AttachCookies),
        { Support: var support } => support == FeatureSupport.Supported,
    };

    /// <summary>Whether the functions behind system calls take a pointer to registers, not arguments.</summary>
    public bool HasSystemCallWrapper =>
        _systemCallWrapper.Get(_kernel, SystemCallWrapperProbe.Probe) ?? KernelFacts.Of(_kernel).Version >= SystemCallWrapperProbe.Since;

    /// <summary>Whether a program can name bytes of a map's value from 512 MiB on; no, if that cannot be told.</summary>
    public bool HasWideMapOffsets => _wideMapOffsets.Get(_kernel, WideMapOffsetProbe.Probe) ?? false;

    /// <summary>Whether one link can attach to many functions of the kernel; yes, if that cannot be told.</summary>
    public bool HasKprobeMulti => _kprobeMulti.Get(_kernel, KprobeMultiProbe.Probe) ?? true;

    /// <summary>Whether the kernel knows that a prefix is not in a trie when it is asked for the one behind it.</summary>
    public bool HasExactTrieWalks => _exactTrieWalks.Get(_kernel, TrieWalkProbe.Probe) ?? KernelFacts.Of(_kernel).Version >= TrieWalkProbe.Since;

    /// <summary>Whether one link can attach to many places in user space, of one process too; no, if that cannot be told.</summary>
    public bool HasUprobeMulti => _uprobeMulti.Get(_kernel, UprobeMultiProbe.Probe) ?? false;

    /// <summary>The facts about a kernel.</summary>
    public static ProbedFacts Of(LinuxKernel kernel) => Known.Of(kernel);
}
