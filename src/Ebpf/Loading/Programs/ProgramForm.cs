using Ebpf.Asm;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Loading.OldKernels;
using Ebpf.Sections;

namespace Ebpf.Loading.Programs;

/// <summary>What of a program can differ from kernel to kernel.</summary>
internal sealed class ProgramForm : IDisposable
{
    private readonly BpfBtf? _ownTypes;

    private ProgramForm(PreparedProgram program, LoadedTypes types, ProgramAdjustments adjustments, LinuxKernel kernel)
    {
        Code = program.Code.Instructions;
        if (adjustments.HasFlag(ProgramAdjustments.OldProbeReads) && ProbeReads.AreIn(Code)) Code = ProbeReads.Replace(Code);
        if (adjustments.HasFlag(ProgramAdjustments.PlainAtomics) && PlainAtomics.AreIn(Code)) Code = PlainAtomics.Replace(Code);
        if (!adjustments.HasFlag(ProgramAdjustments.NoName)) Name = ObjectName.From(program.Spec.Name);
        if (adjustments.HasFlag(ProgramAdjustments.NoDots)) Name = Name.WithoutDots();
        bool keepsAttachType = !adjustments.HasFlag(ProgramAdjustments.NoAttachType) || !CanLoseAttachType(program);
        if (keepsAttachType) AttachType = program.Target.AttachType;
        KernelVersion = adjustments.HasFlag(ProgramAdjustments.StatedVersion) && CanStateVersion(program.Spec)
            ? KernelFacts.Of(kernel).VersionCode
            : program.Spec.KernelVersion;
        if (types.Handle is null || adjustments.HasFlag(ProgramAdjustments.NoDebugInfo)) return;
        DebugInfo = ProgramDebugInfo.Collect(Code, types);
        Types = types.Handle;
        if (!adjustments.HasFlag(ProgramAdjustments.ContextTypes) || DebugInfo.Functions.Length == 0) return;
        if (ContextTags.Rewrite(types, Code, program.Spec.Type) is not { } rewritten) return;
        _ownTypes = BpfBtf.TryLoad(kernel, rewritten.Types, logger: null, out _);
        if (_ownTypes is null) return;
        Types = _ownTypes.Handle;
        foreach (ref FunctionRecord function in DebugInfo.Functions.AsSpan())
        {
            if (rewritten.Functions.TryGetValue(function.TypeId, out uint other)) function = function with { TypeId = other };
        }
    }

    /// <summary>The instructions.</summary>
    public InstructionList Code { get; }

    /// <summary>The name for the kernel.</summary>
    public ObjectName Name { get; }

    /// <summary>Where it will be attached.</summary>
    public AttachType AttachType { get; }

    /// <summary>The version of the kernel that it states.</summary>
    public uint KernelVersion { get; }

    /// <summary>The types in the kernel; <c>null</c> for none.</summary>
    public BpfHandle? Types { get; }

    /// <summary>Its functions and lines of source.</summary>
    public ProgramDebugInfo DebugInfo { get; }

    /// <summary>Makes the form in which a kernel takes a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="types">The types of the object as the kernel has them.</param>
    /// <param name="adjustments">What this kernel needs; what does not concern the program has no effect.</param>
    /// <param name="kernel">The kernel.</param>
    public static ProgramForm Of(PreparedProgram program, LoadedTypes types, ProgramAdjustments adjustments, LinuxKernel kernel) =>
        new(program, types, adjustments, kernel);

    /// <summary>Whether the kind of section lets the kernel do without knowing where the program will be attached.</summary>
    public static bool CanLoseAttachType(PreparedProgram program) =>
        program.Spec.Rule?.Flags.HasFlag(SectionFlags.ExpectedAttachOptional) == true;

    /// <summary>
    /// Whether the program is one that old kernels want to state their version, and it states none itself. The second number
    /// is what loaders took as none before there was BTF (gobpf).
    /// </summary>
    public static bool CanStateVersion(ProgramSpec program) =>
        program is { Type: ProgramType.Kprobe, KernelVersion: 0 or 0xffff_fffe };

    public void Dispose() => _ownTypes?.Dispose();
}
