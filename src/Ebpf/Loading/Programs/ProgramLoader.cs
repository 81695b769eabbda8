using System.Text;
using Ebpf.Asm;
using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Loading.OldKernels;
using Ebpf.Loading.Plan;
using Ebpf.ResourceLimits;
using Ebpf.Tokens;
using Ebpf.Verifier;

namespace Ebpf.Loading.Programs;

/// <summary>Loads programs whose references have been resolved: as they are, and after a failure as an older kernel takes them.</summary>
internal sealed unsafe class ProgramLoader(LoadPlan plan, LoadedTypes types)
{
    private readonly LinuxKernel _kernel = plan.Kernel;
    private readonly CollectionOptions _options = plan.Options;
    private readonly VerifierLogCapture _capture = new(plan.Kernel, plan.Options.MaxLogSize);
    private readonly BpfHandle? _token = TokenSearch.Of(plan.Kernel).Choose(plan.Options.Token?.Handle);
    private readonly OldKernelNeeds _needs = new(plan.Kernel);
    private readonly ProgramRefusal _refusal = new(plan.Kernel, types.Refusal);

    /// <summary>What a program before needed: the next ones begin with it. A bit set of <see cref="ProgramAdjustments"/>.</summary>
    private int _known;

    /// <summary>Loads a program. Safe for use by several threads at once.</summary>
    /// <param name="program">The program, ready for the kernel.</param>
    /// <param name="cancellation">Ends it between two attempts.</param>
    /// <exception cref="VerifierException">The verifier refused the program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel lacks something that the program needs.</exception>
    /// <exception cref="BpfException">The kernel refused otherwise.</exception>
    /// <exception cref="ObjectDisposedException">A map that the program uses is disposed; the message names it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled between two attempts.</exception>
    public BpfProgram Load(PreparedProgram program, CancellationToken cancellation)
    {
        ProgramAdjustments adjustments = (ProgramAdjustments)Volatile.Read(ref _known);
        while (true)
        {
            // Each round adds something, or is the last.
            if (TryLoad(program, adjustments, out ProgramAdjustments needed, cancellation) is { } loaded) return loaded;
            adjustments |= needed;
            Interlocked.Or(ref _known, (int)needed);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <returns>The program; <c>null</c> if the kernel refused it, and takes it perhaps when it is adjusted.</returns>
    private BpfProgram? TryLoad(
        PreparedProgram program, ProgramAdjustments adjustments, out ProgramAdjustments needed, CancellationToken cancellation)
    {
        ProgramSpec spec = program.Spec;
        using ProgramForm form = ProgramForm.Of(program, types, adjustments, _kernel);
        byte[] image = form.Code.Encode(EndianReader.Host);

        // The numbers of descriptors mean what they do for as long as these keep them open, and no longer.
        using BorrowedDescriptors borrowedMaps = program.Code.Descriptors.Write(image, out int[] positions);
        using BorrowedDescriptor borrowedBtf = form.Types.Borrow();
        using BorrowedDescriptor borrowedOwner = program.Target.Owner.Borrow();
        using BorrowedDescriptor borrowedToken = _token.Borrow();
        fixed (byte* instructions = image, license = Encoding.UTF8.GetBytes(spec.License + '\0'))
        fixed (FunctionRecord* functions = form.DebugInfo.Functions)
        fixed (LineRecord* lines = form.DebugInfo.Lines)
        fixed (int* descriptors = positions)
        {
            ProgramLoadAttr attr = new()
            {
                Type = spec.Type,
                InstructionCount = (uint)(image.Length / InstructionDecoder.SlotSize),
                Instructions = instructions,
                License = license,
                KernelVersion = form.KernelVersion,
                Flags = (uint)spec.Flags,
                Name = form.Name,
                InterfaceIndex = (uint)spec.InterfaceIndex,
                ExpectedAttachType = form.AttachType,
                AttachBtfId = program.Target.TypeId,
                AttachTarget = borrowedOwner.Descriptor,
                DescriptorArray = descriptors,
                Btf = borrowedBtf.Descriptor,
                FunctionInfo = functions,
                FunctionInfoSize = form.Types is null ? 0 : (uint)sizeof(FunctionRecord),
                FunctionInfoCount = (uint)(form.DebugInfo.Functions?.Length ?? 0),
                LineInfo = lines,
                LineInfoSize = form.Types is null ? 0 : (uint)sizeof(LineRecord),
                LineInfoCount = (uint)(form.DebugInfo.Lines?.Length ?? 0),
            };
            attr.Use(in borrowedToken);
            VerifierLogLevel level = _options.LogLevel;
            BpfHandle? handle = Verify(ref attr, ref level, out VerifierLog log, cancellation);
            needed = ProgramAdjustments.None;
            if (handle is not null)
            {
                return new BpfProgram(handle, spec)
                {
                    // One for many places is loaded as one for a single one where the kernel has no links to many.
                    AttachType = spec.Type != ProgramType.Kprobe ? spec.AttachType : form.AttachType == 0 ? null : form.AttachType,
                    VerifierLog = _options.LogLevel == VerifierLogLevel.None ? "" : log.Text,
                };
            }

            needed = _needs.Find(program, form, log, wasLogged: IsTelling(level)) & ~adjustments;
            return needed == ProgramAdjustments.None ? throw Failed(program, form.Code, level, ref attr, log, cancellation) : null;
        }
    }

    private BpfHandle? Verify(ref ProgramLoadAttr attr, ref VerifierLogLevel level, out VerifierLog log, CancellationToken cancellation)
    {
        BpfHandle? handle = Try(ref attr, level, out log, cancellation);
        if (log.Error == Errno.EPERM && LockedMemoryLimit.TryRaise(_kernel)) handle = Try(ref attr, level, out log, cancellation);

        // The verifier writes its log only when asked, and asking makes it slow: so it is asked after a refusal.
        if (handle is not null || IsTelling(level) || !_options.LogFailures || !CanBeOfVerifier(log.Error)) return handle;
        cancellation.ThrowIfCancellationRequested();
        level |= VerifierLogLevel.Branches;
        return Try(ref attr, level, out log, cancellation);
    }

    private BpfHandle? Try(ref ProgramLoadAttr attr, VerifierLogLevel level, out VerifierLog log, CancellationToken cancellation)
    {
        if (level != VerifierLogLevel.None) return _capture.Load(ref attr, level, out log, cancellation);
        BpfHandle? handle = _kernel.LoadProgram(ref attr, out Errno error, cancellation);
        log = new VerifierLog("", error, IsTruncated: false, KeepsEnd: false);
        return handle;
    }

    private static bool IsTelling(VerifierLogLevel level) => (level & (VerifierLogLevel.Branches | VerifierLogLevel.Instructions)) != 0;

    /// <summary>
    /// Whether an error can be the verifier's opinion of the program. Those that cannot come before, between or after: no descriptor is
    /// left for the program, no memory, signals.
    /// </summary>
    private static bool CanBeOfVerifier(Errno error) =>
        error is not (Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.EAGAIN or Errno.EINTR);

    private BpfException Failed(
        PreparedProgram program,
        InstructionList code,
        VerifierLogLevel level,
        ref ProgramLoadAttr attr,
        VerifierLog log,
        CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(log.Text) || !CanBeOfVerifier(log.Error))
            return _refusal.Explain(program, attr, _token, log.Error, IsTelling(level));
        VerifierDiagnosis diagnosis = VerifierDiagnosis.Of(log, new ProgramListing(program.Spec.Name, code), program.Code.Poisoned);

        // The verifier went through the program and said nothing against it: whoever comes after it refused (a security module).
        if (diagnosis.Reason.Length == 0 && (log.Error is Errno.EPERM or Errno.EACCES || diagnosis.Path.Count == 0))
            return _refusal.Explain(program, attr, _token, log.Error, IsTelling(level));
        if (diagnosis is { State: null, Path.Count: > 0 } && !level.HasFlag(VerifierLogLevel.Instructions))
            diagnosis = diagnosis.WithState(AskForState(ref attr, diagnosis.Step?.Instruction, cancellation));
        VerifierException refused = new(program.Spec.Name, log, _refusal.WithTypesRefusal(WithPrivileges(diagnosis)));
        return _refusal.Explain(program, refused) ?? refused;
    }

    /// <summary>Before Linux 5.17 only the log of all instructions tells of the registers at each.</summary>
    private VerifierState? AskForState(ref ProgramLoadAttr attr, int? slot, CancellationToken cancellation)
    {
        using BpfHandle? handle = Try(ref attr, VerifierLogLevel.Instructions, out VerifierLog log, cancellation);
        if (log.LacksVerdict) return null;
        VerifierLogFindings findings = VerifierLogParser.Parse(log.Text);
        return findings.Path.Length > 0 && findings.Path[^1] == slot ? findings.State : null;
    }

    /// <summary>Names the capabilities with which the verifier would have allowed it.</summary>
    private VerifierDiagnosis WithPrivileges(VerifierDiagnosis diagnosis)
    {
        Privileges needed = diagnosis.Rule.Needs switch
        {
            MistakeNeeds.PerfMon => Privileges.PerfMon,
            MistakeNeeds.Bpf => Privileges.Bpf,
            _ => Privileges.None,
        };
        return PrivilegeRules.Missing(_kernel, needed) is null or Privileges.None
            ? diagnosis
            : diagnosis with { Remedy = $"{diagnosis.Remedy} Or: the program {Refusal.AdviceFor(_kernel, Errno.EPERM, needed)}." };
    }
}
