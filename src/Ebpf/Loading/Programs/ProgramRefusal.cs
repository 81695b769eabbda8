using System.Globalization;
using Ebpf.Asm;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.ResourceLimits;
using Ebpf.Tokens;
using Ebpf.Verifier;

namespace Ebpf.Loading.Programs;

/// <summary>Why the kernel did not load a program, where the verifier has no words for it.</summary>
internal sealed class ProgramRefusal(LinuxKernel kernel, string? typesRefusal)
{
    /// <summary>BPF_MAXINSNS: what an unprivileged process may load, and anybody before Linux 5.2.</summary>
    private const int MaxUnprivilegedInstructions = 4096;

    /// <summary>BPF_COMPLEXITY_LIMIT_INSNS.</summary>
    private const int MaxInstructions = 1_000_000;

    private KernelFeatures Features => KernelFeatures.For(kernel);

    /// <summary>Makes the error for a program that was refused without a word of the verifier's against it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="attr">What the kernel was given.</param>
    /// <param name="token">The token that was used; <c>null</c> for none.</param>
    /// <param name="error">What the kernel answered.</param>
    /// <param name="wasLogged">Whether the verifier was asked for its words.</param>
    public BpfException Explain(PreparedProgram program, in ProgramLoadAttr attr, BpfHandle? token, Errno error, bool wasLogged)
    {
        string operation = $"Load program \"{program.Spec.Name}\"";
        if (error is Errno.EINVAL or Errno.E2BIG && Lacking(program, attr) is var (feature, since))
            return new FeatureNotSupportedException(operation, feature, since, error);
        Privileges needed = PrivilegeRules.NeededFor(program.Spec.Type);
        string? advice = TokenRefusal.Explain(token, error, program.Spec.Type, attr.ExpectedAttachType)
            ?? Refusal.AdviceFor(kernel, error, needed) ?? Advice(attr, error, wasLogged);
        if (typesRefusal is not null && error is Errno.EINVAL or Errno.EACCES or Errno.ENOTSUPP or Errno.EOPNOTSUPP)
            advice = WithTypesRefusal(advice);
        return Refusal.Explain(kernel, operation, error, needed, advice);
    }

    /// <summary>
    /// The error in the place of the verifier's own, if it does not know what is elementary in the program; <c>null</c> if it does.
    /// </summary>
    public BpfException? Explain(PreparedProgram program, VerifierException refused)
    {
        if (refused.Errno != Errno.EINVAL) return null;
        (string Feature, GeneralFeature Which)? lacking = null;
        foreach (ref readonly Instruction instruction in program.Code.Instructions.AsSpan())
        {
            if (instruction.IsFunctionCall) lacking = ("functions in programs that are called", GeneralFeature.FunctionCalls);
            else if (instruction is { IsWideLoad: true, WideLoadKind: WideLoadKind.MapValue }) lacking = ("global variables", GeneralFeature.GlobalData);
            else continue;
            KernelFeature feature = Features.Of(lacking.Value.Which);
            if (IsMissing(feature))
                return new FeatureNotSupportedException(refused.Operation!, lacking.Value.Feature, feature.Since, refused.Errno, refused);
        }

        return null;
    }

    /// <summary>Adds to what the verifier says about missing types why they are missing.</summary>
    public VerifierDiagnosis WithTypesRefusal(VerifierDiagnosis diagnosis) =>
        typesRefusal is not null && IsAboutTypes(diagnosis.Reason)
            ? diagnosis with { Remedy = WithTypesRefusal(diagnosis.Remedy) }
            : diagnosis;

    private string WithTypesRefusal(string? advice)
    {
        string refusal = $"the kernel refused the object's BTF, which the program may need: {typesRefusal}";
        return advice is null ? refusal : $"{advice.TrimEnd('.')}; {refusal}";
    }

    private static bool IsAboutTypes(string reason) =>
        reason.Contains("btf", StringComparison.OrdinalIgnoreCase) || reason.Contains("func_info", StringComparison.Ordinal);

    /// <summary>What this kernel is too old for, or was built without; <c>null</c> if that is not the reason.</summary>
    private (string Feature, Version? Since)? Lacking(PreparedProgram program, in ProgramLoadAttr attr)
    {
        if (attr.InstructionCount is > MaxUnprivilegedInstructions and <= MaxInstructions && Find(GeneralFeature.LargePrograms) is { } large)
            return ($"programs of more than {MaxUnprivilegedInstructions} instructions", large.Since);
        ProgramType type = program.Spec.Type;
        if (Features.Of(type) is { Support: FeatureSupport.Missing } kind) return ($"{type} programs", kind.Since);
        if (type != ProgramType.StructOps && attr.ExpectedAttachType != 0
            && Features.Of(attr.ExpectedAttachType) is { Support: FeatureSupport.Missing } place)
        {
            return ($"attaching to {attr.ExpectedAttachType}", place.Since);
        }

        for (uint rest = attr.Flags; rest != 0; rest &= rest - 1)
        {
            ProgramFlags flag = (ProgramFlags)(rest & ~(rest - 1));
            if (Features.Of(flag) is { Support: FeatureSupport.Missing } missing) return ($"the program flag {flag}", missing.Since);
        }

        return null;

        KernelFeature? Find(GeneralFeature feature) => Features.Of(feature) is { Support: FeatureSupport.Missing } found ? found : null;
    }

    private string? Advice(in ProgramLoadAttr attr, Errno error, bool wasLogged) => error switch
    {
        Errno.E2BIG or Errno.EINVAL when attr.InstructionCount == 0 => "it has no instructions",
        Errno.E2BIG when attr.InstructionCount > MaxInstructions => string.Create(
            CultureInfo.InvariantCulture, $"it has {attr.InstructionCount:N0} instructions, and the kernel takes {MaxInstructions:N0}"),
        Errno.E2BIG when attr.InstructionCount > MaxUnprivilegedInstructions && PrivilegeRules.Missing(kernel, Privileges.Bpf) is Privileges.Bpf =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"it has {attr.InstructionCount:N0} instructions, and the kernel takes {MaxUnprivilegedInstructions:N0} from a process without CAP_BPF"),
        Errno.E2BIG => "it is asked for something that this kernel does not know",
        Errno.EFAULT => "the verifier itself failed, which is a mistake of the kernel's: the kernel's own log (dmesg) has more",
        Errno.EAGAIN or Errno.EINTR => "the verifier was interrupted by signals, each time that it was tried",
        Errno.ENOMEM => "the kernel has not enough memory for it",
        Errno.ENOTSUPP => "the program needs the JIT compiler, which is off (sysctl net.core.bpf_jit_enable), or cannot compile it",
        Errno.EPERM when LockedMemoryLimit.AdviceFor(kernel, error) is { } limit => limit,
        _ when !wasLogged => $"the verifier's log was not asked for ({nameof(CollectionOptions)}.{nameof(CollectionOptions.LogFailures)})",
        Errno.EPERM or Errno.EACCES =>
            "the verifier says nothing against the program, and this process has the capabilities: a Linux security module (LSM) may forbid it",
        _ => null,
    };

    private static bool IsMissing(KernelFeature feature) => feature.Support == FeatureSupport.Missing;
}
