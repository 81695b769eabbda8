using System.Collections.Concurrent;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Btf.Building;
using Ebpf.BtfObjects;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>What a kernel has and lacks, found out by asking it.</summary>
/// <remarks>
/// <para>
/// A question costs a few system calls the first time. Answers that are certain are kept; one that is not (for want of a
/// permission, say) is asked for again. Nothing is concluded from the version of the kernel, which says little about the
/// kernels of distributions.
/// </para>
/// <para>Nothing in this library asks before it tries; the questions are for applications that choose between ways.</para>
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

    /// <summary>The kernel on which this process runs.</summary>
    /// <exception cref="PlatformNotSupportedException">This is not Linux on x64 or Arm64.</exception>
    public static KernelFeatures Running => For(BpfKernel.Running);

    /// <summary>Gets what a kernel has and lacks. Answers are shared by all who ask about the same kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    public static KernelFeatures For(BpfKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return Known.Of(LinuxKernel.Of(kernel));
    }

    /// <summary>
    /// The version of the kernel: of the upstream release from which it is made, as far as distributions tell.
    /// </summary>
    public Version KernelVersion => KernelFacts.Of(_kernel).Version;

    /// <summary>Whether the kernel has programs of a type.</summary>
    public KernelFeature Of(ProgramType type) => Ask(
        $"program type {type}", FeatureVersions.Of(type), () => WithTypes(_programs.Find(type), "bpf_prog_type", (uint)type));

    /// <summary>Whether the kernel has maps of a type.</summary>
    public KernelFeature Of(MapType type) => Ask(
        $"map type {type}", MapVersions.Of(type), () => WithTypes(_maps.Find(type), "bpf_map_type", (uint)type));

    /// <summary>Whether the kernel knows a flag of maps, for a kind of map that has it.</summary>
    /// <param name="flag">One flag.</param>
    /// <exception cref="ArgumentException">It is none, or several.</exception>
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

    /// <summary>Whether the kernel knows a flag of programs, for a kind of program that has it.</summary>
    /// <param name="flag">One flag.</param>
    /// <exception cref="ArgumentException">It is none, or several.</exception>
    public KernelFeature Of(ProgramFlags flag)
    {
        if (!uint.IsPow2((uint)flag)) throw new ArgumentException("One flag is to be asked for at a time.", nameof(flag));
        return Ask($"program flag {flag}", FeatureVersions.Of(flag), () => _programs.Find(flag));
    }

    /// <summary>Whether the kernel knows a way to attach.</summary>
    /// <remarks>Kernels that were built without BTF do not tell.</remarks>
    public KernelFeature Of(AttachType type) => Ask(
        $"attach type {type}", FeatureVersions.Of(type), () => _types.FindEnumerator("bpf_attach_type", (uint)type));

    /// <summary>Whether the kernel knows a kind of link.</summary>
    /// <remarks>Kernels that were built without BTF do not tell.</remarks>
    public KernelFeature Of(LinkType type) => Ask(
        $"link type {type}",
        FeatureVersions.Of(type),

        // The value was there, for the kernel's own use, before there were links (Linux commit f7e0beaf39d3).
        () => type == LinkType.StructOps ? _maps.Find(MapFlags.Link) : _types.FindEnumerator("bpf_link_type", (uint)type));

    /// <summary>Whether programs of a type can call a helper.</summary>
    /// <param name="type">
    /// The type. What <see cref="ProgramType.Ext"/> programs can call depends on the program that they extend, so it cannot be told.
    /// </param>
    /// <param name="helper">The helper. It may be one that this library does not know.</param>
    public KernelFeature Of(ProgramType type, Helper helper) => Ask(
        $"{helper.KernelName() ?? $"helper {(int)helper}"} in {type} programs", null, () => FindHelper(type, helper));

    /// <summary>Whether the kernel understands a kind of type in BTF.</summary>
    public KernelFeature Of(BtfKind kind) => Ask($"BTF kind {kind}", FeatureVersions.Of(kind), () => FindKind(kind));

    /// <summary>Whether the kernel has one of the features that belong to no kind of program, map or link.</summary>
    public KernelFeature Of(GeneralFeature feature) => Ask(
        feature.ToString(), FeatureVersions.Of(feature), () => _general.Find(feature));

    /// <summary>Whether the kernel runs programs of a generation of the instruction set (<c>-mcpu=v3</c>).</summary>
    /// <param name="generation">1 to 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such generation.</exception>
    public KernelFeature InstructionSet(int generation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(generation, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(generation, 4);
        return Ask(
            $"instruction set v{generation}",
            FeatureVersions.OfInstructionSet(generation),
            () => _general.FindInstructionSet(generation));
    }

    /// <summary>Whether the kernel or one of its modules has a function that programs can call (a kfunc).</summary>
    /// <param name="name">Its name: <c>bpf_task_acquire</c>.</param>
    /// <remarks>
    /// Kernels before 6.10 have the function in their BTF, but not the mark that says that programs may call it: there, a function
    /// that exists cannot be told from a kfunc. Modules come and go: what is missing now is asked for again.
    /// </remarks>
    public KernelFeature Kfunc(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Finding finding = _types.FindKfunc(name);
        return new KernelFeature($"kfunc {name}", finding.Support, null, finding.Reason);
    }

    /// <summary>Forgets all answers.</summary>
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
