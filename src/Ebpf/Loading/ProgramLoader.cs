using System.Text;
using Ebpf.Asm;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Verifier;

namespace Ebpf.Loading;

/// <summary>Loads programs whose references have been resolved: as they are, and after a failure as an older kernel takes them.</summary>
internal sealed unsafe class ProgramLoader(LinuxKernel kernel, CollectionOptions options, string? typesRefusal = null)
{
    private readonly VerifierLogCapture _capture = new(kernel, options.MaxLogSize);
    private readonly BpfHandle? _token = KernelFacts.Of(kernel).Tokens.Choose(options.Token?.Handle);
    private readonly OldKernelNeeds _needs = new(kernel);
    private readonly ProgramRefusal _refusal = new(kernel, typesRefusal);

    /// <summary>What a program before needed: the next ones begin with it. A bit set of <see cref="ProgramAdjustments"/>.</summary>
    private int _known;

    /// <summary>Loads a program. Safe for use by several threads at once.</summary>
    /// <param name="program">The program, ready for the kernel.</param>
    /// <param name="types">The types of the object as the kernel has them; <c>null</c> if it has not.</param>
    /// <exception cref="VerifierException">The verifier refused the program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel lacks something that the program needs.</exception>
    /// <exception cref="BpfException">The kernel refused otherwise.</exception>
    public BpfProgram Load(PreparedProgram program, CollectionTypes? types)
    {
        ProgramAdjustments adjustments = (ProgramAdjustments)Volatile.Read(ref _known);
        while (true)
        {
            // Each round adds something, or is the last.
            if (TryLoad(program, types, adjustments, out ProgramAdjustments needed) is { } loaded) return loaded;
            adjustments |= needed;
            Interlocked.Or(ref _known, (int)needed);
        }
    }

    /// <returns>The program; <c>null</c> if the kernel refused it, and takes it perhaps when it is adjusted.</returns>
    private BpfProgram? TryLoad(
        PreparedProgram program, CollectionTypes? types, ProgramAdjustments adjustments, out ProgramAdjustments needed)
    {
        ProgramSpec spec = program.Spec;
        using ProgramForm form = ProgramForm.Of(program, types, adjustments, kernel);
        byte[] image = form.Code.Encode(EndianReader.Host);
        using BorrowedDescriptor borrowedBtf = form.Types.Borrow();
        using BorrowedDescriptor borrowedOwner = program.Target.Owner.Borrow();
        using BorrowedDescriptor borrowedToken = _token.Borrow();
        fixed (byte* instructions = image, license = Encoding.UTF8.GetBytes(spec.License + '\0'))
        fixed (FunctionRecord* functions = form.DebugInfo.Functions)
        fixed (LineRecord* lines = form.DebugInfo.Lines)
        fixed (int* descriptors = program.Descriptors)
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
            VerifierLogLevel level = options.LogLevel;
            BpfHandle? handle = Verify(ref attr, ref level, out VerifierLog log);
            needed = ProgramAdjustments.None;
            if (handle is not null)
                return new BpfProgram(handle, spec) { VerifierLog = options.LogLevel == VerifierLogLevel.None ? "" : log.Text };
            needed = _needs.Find(program, form, log) & ~adjustments;
            return needed == ProgramAdjustments.None ? throw Failed(program, form.Code, level, ref attr, log) : null;
        }
    }

    private BpfHandle? Verify(ref ProgramLoadAttr attr, ref VerifierLogLevel level, out VerifierLog log)
    {
        BpfHandle? handle = Try(ref attr, level, out log);
        if (log.Error == Errno.EPERM && LockedMemoryLimit.TryRaise(kernel)) handle = Try(ref attr, level, out log);

        // The verifier writes its log only when asked, and asking makes it slow: so it is asked after a refusal.
        const VerifierLogLevel telling = VerifierLogLevel.Branches | VerifierLogLevel.Instructions;
        if (handle is not null || (level & telling) != 0) return handle;
        level |= VerifierLogLevel.Branches;
        return Try(ref attr, level, out log);
    }

    private BpfHandle? Try(ref ProgramLoadAttr attr, VerifierLogLevel level, out VerifierLog log)
    {
        if (level != VerifierLogLevel.None) return _capture.Load(ref attr, level, out log);
        BpfHandle? handle = kernel.LoadProgram(ref attr, out Errno error);
        log = new VerifierLog("", error, IsTruncated: false, KeepsEnd: false);
        return handle;
    }

    private BpfException Failed(
        PreparedProgram program, InstructionList code, VerifierLogLevel level, ref ProgramLoadAttr attr, VerifierLog log)
    {
        if (string.IsNullOrWhiteSpace(log.Text)) return _refusal.Explain(program, attr, _token, log.Error);
        VerifierDiagnosis diagnosis = VerifierDiagnosis.Of(log, new ProgramListing(program.Spec.Name, code), program.Replaced);
        if (diagnosis is { State: null, Path.Count: > 0 } && !level.HasFlag(VerifierLogLevel.Instructions))
            diagnosis = diagnosis with { State = AskForState(ref attr, diagnosis.Step?.Instruction) };
        VerifierException refused = new(program.Spec.Name, log, _refusal.WithTypesRefusal(WithPrivileges(diagnosis)));
        return _refusal.Explain(program, refused) ?? refused;
    }

    /// <summary>Before Linux 5.17 only the log of all instructions tells of the registers at each.</summary>
    private VerifierState? AskForState(ref ProgramLoadAttr attr, int? slot)
    {
        using BpfHandle? handle = Try(ref attr, VerifierLogLevel.Instructions, out VerifierLog log);
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
        return PrivilegeRules.Missing(kernel, needed) is null or Privileges.None
            ? diagnosis
            : diagnosis with { Remedy = $"{diagnosis.Remedy} Or: the program {Refusal.AdviceFor(kernel, Errno.EPERM, needed)}." };
    }
}
