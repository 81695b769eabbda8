using System.Runtime.CompilerServices;
using Ebpf.Btf.Building;
using Ebpf.BtfObjects;
using Ebpf.Features;
using Ebpf.Linux;
using Ebpf.Tokens;

namespace Ebpf.Kernel;

/// <summary>
/// What does not change while a kernel runs. Read when first asked for, and kept as long as the kernel object.
/// </summary>
internal sealed class KernelFacts
{
    private static readonly ConditionalWeakTable<LinuxKernel, KernelFacts> Known = [];

    private readonly LinuxKernel _kernel;

    /// <summary>A <see cref="BtfKernelSupport"/>; -1 while it is not known. Written in one piece, whoever reads it meanwhile.</summary>
    private int _btfSupport = -1;
    private bool? _hasSystemCallWrapper, _hasWideMapOffsets;

    private KernelFacts(LinuxKernel kernel) => _kernel = kernel;

    /// <summary>
    /// The CPUs that this machine can ever have, in ascending order. A per-CPU value has one slot for each, in this
    /// order.
    /// </summary>
    /// <exception cref="BpfException">The kernel does not tell.</exception>
    public IReadOnlyList<int> PossibleCpus => field ??= ReadPossibleCpus();

    /// <summary>The version of the kernel, with the three numbers of the release that it is made from.</summary>
    public Version Version => field ??= KernelVersion.Read(_kernel);

    /// <summary>The version as LINUX_VERSION_CODE has it: a byte each for the last two numbers, which stop at 255.</summary>
    public uint VersionCode => ((uint)Version.Major << 16) | ((uint)Version.Minor << 8) | (uint)Math.Clamp(Version.Build, 0, 255);

    /// <summary>What the kernel has and lacks.</summary>
    public KernelFeatures Features => field ??= new KernelFeatures(_kernel);

    /// <summary>Whether a program can ask for the cookie with which it was attached.</summary>
    public bool HasBpfCookie => Features.Of(GeneralFeature.AttachCookies) switch
    {
        { Support: FeatureSupport.Unknown } => Version >= FeatureVersions.Of(GeneralFeature.AttachCookies),
        { Support: var support } => support == FeatureSupport.Supported,
    };

    /// <summary>Whether the functions behind system calls take a pointer to registers, not arguments.</summary>
    public bool HasSystemCallWrapper =>
        (_hasSystemCallWrapper ??= SystemCallWrapperProbe.Probe(_kernel)) ?? Version >= SystemCallWrapperProbe.Since;

    /// <summary>Whether a program can name bytes of a map's value from 512 MiB on; no, if that cannot be told.</summary>
    public bool HasWideMapOffsets => (_hasWideMapOffsets ??= WideMapOffsetProbe.Probe(_kernel)) ?? false;

    /// <summary>The types that the kernel tells.</summary>
    public KernelTypes Types => field ??= new KernelTypes(_kernel);

    /// <summary>The token that is used without being given.</summary>
    public TokenSearch Tokens => field ?? Interlocked.CompareExchange(ref field, new TokenSearch(_kernel), null) ?? field;

    /// <summary>The facts about a kernel.</summary>
    public static KernelFacts Of(LinuxKernel kernel) => Known.GetValue(kernel, static kernel => new KernelFacts(kernel));

    /// <summary>
    /// Which kinds of type the kernel's BTF has. Asking costs some system calls the first time: only a failure is worth it.
    /// </summary>
    public BtfKernelSupport ProbeBtf()
    {
        if (Volatile.Read(ref _btfSupport) is >= 0 and var known) return (BtfKernelSupport)known;
        BtfKernelSupport support = BtfSupportProbe.Probe(_kernel, out bool isCertain);
        if (isCertain) Volatile.Write(ref _btfSupport, (int)support);
        return support;
    }

    private int[] ReadPossibleCpus()
    {
        const string path = "/sys/devices/system/cpu/possible";
        Errno error = _kernel.ReadFile(path, out byte[] content);
        if (error != Errno.None) throw new BpfException($"Count the possible CPUs: read {path}", error, "is sysfs mounted?");
        string text = System.Text.Encoding.ASCII.GetString(content);
        return CpuList.Parse(text) ?? throw new BpfException($"Count the possible CPUs: {path} holds \"{text.Trim()}\"");
    }
}
