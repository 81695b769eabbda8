using Ebpf.Asm;
using Ebpf.Btf.Building;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Loading.OldKernels;
using Ebpf.Verifier;

namespace Ebpf.Loading.Programs;

/// <summary>Finds out what a kernel that refused a program is too old for, and can do without.</summary>
/// <remarks>
/// Asked only after a failure, and only about what the program has. What cannot be told is taken to be there, so that the
/// kernel's own error is seen.
/// </remarks>
internal sealed class OldKernelNeeds(LinuxKernel kernel)
{
    private static readonly Version StatesNoVersion = new(5, 0);

    private KernelFeatures Features => KernelFeatures.For(kernel);

    /// <summary>Finds what may help.</summary>
    /// <param name="program">The program.</param>
    /// <param name="form">In what form the kernel refused it.</param>
    /// <param name="log">With what words.</param>
    /// <param name="wasLogged">Whether the verifier was asked for words.</param>
    public ProgramAdjustments Find(PreparedProgram program, ProgramForm form, in VerifierLog log, bool wasLogged)
    {
        if (!wasLogged) return InCode(program, form, log.Error) | (IsOfAttributes(log.Error) ? InAttributes(program, form) : 0);

        // A verifier that says anything knows everything that it was told beside the program; one that does not never began.
        if (!string.IsNullOrWhiteSpace(log.Text)) return InCode(program, form, log.Error);
        return IsOfAttributes(log.Error) ? InAttributes(program, form) : ProgramAdjustments.None;
    }

    private static bool IsOfAttributes(Errno error) => error is Errno.EINVAL or Errno.E2BIG;

    private ProgramAdjustments InCode(PreparedProgram program, ProgramForm form, Errno error)
    {
        ProgramAdjustments found = ProgramAdjustments.None;
        if (error == Errno.EINVAL && ProbeReads.AreIn(form.Code) && IsMissing(Features.Of(ProgramType.Tracepoint, Asm.Helper.ProbeReadKernel)))
            found |= ProgramAdjustments.OldProbeReads;
        if (error == Errno.EINVAL && PlainAtomics.AreIn(form.Code) && IsMissing(Features.Of(GeneralFeature.FetchingAtomics)))
            found |= ProgramAdjustments.PlainAtomics;
        if (form.Types is not null && ContextTags.AreIn(program.Code.Instructions) && IsMissing(Features.Of(GeneralFeature.ContextTags)))
            found |= ProgramAdjustments.ContextTypes;
        return found;
    }

    private ProgramAdjustments InAttributes(PreparedProgram program, ProgramForm form)
    {
        ProgramAdjustments found = ProgramAdjustments.None;
        if (!form.Name.IsEmpty && IsMissing(Features.Of(GeneralFeature.ObjectNames)))
            found |= ProgramAdjustments.NoName;
        else if (form.Name.HasDots && IsMissing(Features.Of(GeneralFeature.DotsInNames)))
            found |= ProgramAdjustments.NoDots;
        if (form.Types is not null && (KernelBtfSupport.Of(kernel) & BtfKernelSupport.Function) == 0)
            found |= ProgramAdjustments.NoDebugInfo;
        if (form.AttachType != 0 && ProgramForm.CanLoseAttachType(program) && IsMissing(Features.Of(GeneralFeature.ExpectedAttachType)))
            found |= ProgramAdjustments.NoAttachType;
        if (ProgramForm.CanStateVersion(program.Spec) && KernelFacts.Of(kernel).Version < StatesNoVersion)
            found |= ProgramAdjustments.StatedVersion;
        return found;
    }

    private static bool IsMissing(KernelFeature feature) => feature.Support == FeatureSupport.Missing;
}
