using System.Collections.Concurrent;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Btf.Building;
using Ebpf.BtfObjects;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Determines which features a kernel has, by probing it.</summary>
/// <remarks>
/// <para>
/// A probe costs a few system calls the first time. Certain answers are cached; others (for want of a permission, for example)
/// are probed for again. Nothing is inferred from the version of the kernel, which says little about the kernels of
/// distributions.
/// </para>
/// <para>The library itself tries before it probes: this class is for applications that choose between ways.</para>
/// <para>Safe for use by several threads at once.</para>
/// </remarks>
public sealed class KernelFeatures
{
    private static readonly PerKernel<KernelFeatures> Known = new(static kernel => new KernelFeatures(kernel));

    private readonly LinuxKernel _kernel;
    private readonly ConcurrentDictionary<string, KernelFeature> _certain = new(StringComparer.Ordinal);
    private readonly ProgramProbe _programs;
    private readonly MapProbe _maps;
    private readonly GeneralProbe _general;
    private readonly TypeProbe _types;

    private KernelFeatures(LinuxKernel kernel)
    {
        _kernel = kernel;
        _programs = new ProgramProbe(kernel);
        _maps = new MapProbe(kernel);
        _general = new GeneralProbe(kernel, _programs);
        _types = new TypeProbe(kernel);
    }

    /// <summary>Gets the features of the kernel on which this process runs.</summary>
    /// <exception cref="PlatformNotSupportedException">This is not Linux on x64 or Arm64.</exception>
    public static KernelFeatures Running => For(BpfKernel.Running);

    /// <summary>Returns the features of a kernel. The cached answers are shared by all who ask about the same kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    public static KernelFeatures For(BpfKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return Known.Of(LinuxKernel.Of(kernel));
    }

    /// <summary>
    /// Gets the version of the kernel: that of the upstream release on which it is based, as far as distributions tell.
    /// </summary>
    public Version KernelVersion => KernelFacts.Of(_kernel).Version;

    /// <summary>Determines whether the kernel has a type of program.</summary>
    public KernelFeature Of(ProgramType type) => Ask(
        $"program type {type}", FeatureVersions.Of(type), () => WithTypes(_programs.Find(type), "bpf_prog_type", (uint)type));

    /// <summary>Determines whether the kernel has a type of map.</summary>
    public KernelFeature Of(MapType type) => Ask(
        $"map type {type}", MapVersions.Of(type), () => WithTypes(_maps.Find(type), "bpf_map_type", (uint)type));

    /// <summary>Determines whether the kernel has a map flag, for a type of map that can have it.</summary>
    /// <param name="flag">A single flag.</param>
    /// <exception cref="ArgumentException">The value is no flag, or several.</exception>
    public KernelFeature Of(MapFlags flag)
    {
        if (!uint.IsPow2((uint)flag)) throw new ArgumentException("One flag is to be asked for at a time.", nameof(flag));
        Version? since = null;
        foreach ((MapFlags known, Version version) in MapVersions.Flags)
        {
            if (known == flag) since = version;
        }

        return Ask($"map flag {flag}", since, () => _maps.Find(flag));
    }

    /// <summary>Determines whether the kernel has a program flag, for a type of program that can have it.</summary>
    /// <param name="flag">A single flag.</param>
    /// <exception cref="ArgumentException">The value is no flag, or several.</exception>
    public KernelFeature Of(ProgramFlags flag)
    {
        if (!uint.IsPow2((uint)flag)) throw new ArgumentException("One flag is to be asked for at a time.", nameof(flag));
        return Ask($"program flag {flag}", FeatureVersions.Of(flag), () => _programs.Find(flag));
    }

    /// <summary>Determines whether the kernel has an attach type.</summary>
    /// <remarks>Cannot be determined for kernels that were built without BTF.</remarks>
    public KernelFeature Of(AttachType type) => Ask(
        $"attach type {type}", FeatureVersions.Of(type), () => _types.FindEnumerator("bpf_attach_type", (uint)type));

    /// <summary>Determines whether the kernel has a type of link.</summary>
    /// <remarks>Cannot be determined for kernels that were built without BTF.</remarks>
    public KernelFeature Of(LinkType type) => Ask(
        $"link type {type}",
        FeatureVersions.Of(type),

        // The value was there, for the kernel's own use, before there were links (Linux commit f7e0beaf39d3).
        () => type == LinkType.StructOps ? _maps.Find(MapFlags.Link) : _types.FindEnumerator("bpf_link_type", (uint)type));

    /// <summary>Determines whether programs of a type can call a helper.</summary>
    /// <param name="type">
    /// The type of program. Which helpers an <see cref="ProgramType.Ext"/> program can call depends on the program that it
    /// extends, and cannot be determined.
    /// </param>
    /// <param name="helper">The helper. It may be one that this library does not know.</param>
    public KernelFeature Of(ProgramType type, Helper helper) => Ask(
        $"{helper.KernelName() ?? $"helper {(int)helper}"} in {type} programs", null, () => FindHelper(type, helper));

    /// <summary>Determines whether the kernel knows a kind of type in BTF.</summary>
    public KernelFeature Of(BtfKind kind) => Ask($"BTF kind {kind}", FeatureVersions.Of(kind), () => FindKind(kind));

    /// <summary>Determines whether the kernel has a feature that does not belong to a type of program, map or link.</summary>
    public KernelFeature Of(GeneralFeature feature) => Ask(
        feature.ToString(), FeatureVersions.Of(feature), () => _general.Find(feature));

    /// <summary>Determines whether the kernel runs programs for a version of the instruction set (<c>-mcpu=v3</c>).</summary>
    /// <param name="generation">The version: 1 to 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such version.</exception>
    public KernelFeature InstructionSet(int generation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(generation, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(generation, 4);
        return Ask(
            $"instruction set v{generation}",
            FeatureVersions.OfInstructionSet(generation),
            () => _general.FindInstructionSet(generation));
    }

    /// <summary>Determines whether the kernel or one of its modules has a function that programs can call, a kfunc.</summary>
    /// <param name="name">The name of the kfunc: <c>bpf_task_acquire</c>.</param>
    /// <remarks>
    /// The BTF of kernels before 6.10 has the function, but not the tag that marks it as a kfunc: there, an existing function
    /// cannot be told from a kfunc. Modules come and go: a kfunc that is missing now is searched for again the next time.
    /// </remarks>
    public KernelFeature Kfunc(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Finding finding = _types.FindKfunc(name);
        return new KernelFeature($"kfunc {name}", finding.Support, null, finding.Reason);
    }

    /// <summary>Clears the cached answers.</summary>
    public void Forget() => _certain.Clear();

    private KernelFeature Ask(string name, Version? since, Func<Finding> probe)
    {
        if (_certain.TryGetValue(name, out KernelFeature? known)) return known;
        Finding finding = probe();
        KernelFeature feature = new(name, finding.Support, since, finding.Reason);
        if (finding.Support != FeatureSupport.Unknown) _certain.TryAdd(name, feature);
        return feature;
    }

    private Finding FindHelper(ProgramType type, Helper helper)
    {
        // Without this a kernel that lacks the type seems to lack the helper, and says so for certain.
        KernelFeature program = Of(type);
        return program.Support == FeatureSupport.Supported
            ? _programs.Find(type, helper)
            : new Finding(program.Support, program.ToString());
    }

    private Finding FindKind(BtfKind kind)
    {
        // One without a probe of its own came with BTF itself.
        BtfKernelSupport feature = kind switch
        {
            BtfKind.Function or BtfKind.FunctionPrototype => BtfKernelSupport.Function,
            BtfKind.Variable or BtfKind.DataSection => BtfKernelSupport.DataSection,
            BtfKind.Float => BtfKernelSupport.Float,
            BtfKind.DeclTag => BtfKernelSupport.DeclTag,
            BtfKind.TypeTag => BtfKernelSupport.TypeTag,
            BtfKind.Enum64 => BtfKernelSupport.Enum64,
            >= BtfKind.Int and <= BtfKind.Restrict => BtfKernelSupport.None,
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
        _kernel.ProbeBtf(KernelBtfSupport.EncodeInt(), out Errno error)?.Dispose();
        if (error is Errno.EINVAL) return Finding.Missing;
        if (error != Errno.None) return Finding.Unknown(_kernel, error, Privileges.Bpf);
        return (KernelBtfSupport.Of(_kernel) & feature) == feature ? Finding.Supported : Finding.Missing;
    }

    /// <summary>What the kernel does not let us try, its BTF may know that it lacks.</summary>
    private Finding WithTypes(Finding finding, string enumeration, uint value) =>
        finding.Support == FeatureSupport.Unknown
        && _types.FindEnumerator(enumeration, value).Support == FeatureSupport.Missing
            ? Finding.Missing
            : finding;
}
