using System.Text;
using Ebpf.Asm;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Loads one program whose references have been resolved.</summary>
internal sealed unsafe class ProgramLoader(LinuxKernel kernel, CollectionOptions options)
{
    private readonly VerifierLogCapture _capture = new(kernel, options.MaxLogSize);
    private readonly BpfHandle? _token = KernelFacts.Of(kernel).Tokens.Choose(options.Token?.Handle);

    /// <summary>Loads the program.</summary>
    /// <param name="program">The program, ready for the kernel.</param>
    /// <param name="types">The types of the object as the kernel has them; <c>null</c> if it has not.</param>
    /// <exception cref="VerifierException">The verifier refused the program.</exception>
    /// <exception cref="BpfException">The kernel refused otherwise.</exception>
    public BpfProgram Load(PreparedProgram program, CollectionTypes? types)
    {
        (_, ProgramSpec spec, InstructionList code, PoisonedInstructions poisoned, ProgramTarget target, _) = program;
        byte[] image = code.Encode(EndianReader.Host);
        ProgramDebugInfo debug = types is null ? default : ProgramDebugInfo.Collect(code, types);
        using BorrowedDescriptor borrowedBtf = (types?.Handle).Borrow();
        using BorrowedDescriptor borrowedOwner = target.Owner.Borrow();
        using BorrowedDescriptor borrowedToken = _token.Borrow();
        fixed (byte* instructions = image, license = Encoding.UTF8.GetBytes(spec.License + '\0'))
        fixed (ProgramDebugInfo.FunctionRecord* functions = debug.Functions)
        fixed (ProgramDebugInfo.LineRecord* lines = debug.Lines)
        {
            ProgramLoadAttr attr = new()
            {
                Type = spec.Type,
                InstructionCount = (uint)(image.Length / InstructionDecoder.SlotSize),
                Instructions = instructions,
                License = license,
                KernelVersion = spec.KernelVersion,
                Flags = (uint)spec.Flags,
                Name = ObjectName.From(spec.Name),
                ExpectedAttachType = target.AttachType,
                AttachBtfId = target.TypeId,
                AttachTarget = borrowedOwner.Descriptor,
                Btf = borrowedBtf.Descriptor,
                FunctionInfo = functions,
                FunctionInfoSize = (uint)sizeof(ProgramDebugInfo.FunctionRecord),
                FunctionInfoCount = (uint)(debug.Functions?.Length ?? 0),
                LineInfo = lines,
                LineInfoSize = (uint)sizeof(ProgramDebugInfo.LineRecord),
                LineInfoCount = (uint)(debug.Lines?.Length ?? 0),
            };
            attr.Use(in borrowedToken);
            return Load(spec, code, poisoned, ref attr);
        }
    }

    private BpfProgram Load(ProgramSpec spec, InstructionList code, PoisonedInstructions poisoned, ref ProgramLoadAttr attr)
    {
        BpfHandle? handle = Try(ref attr, options.LogLevel, out VerifierLog log);
        if (log.Error == Errno.EPERM && LockedMemoryLimit.TryRaise(kernel)) handle = Try(ref attr, options.LogLevel, out log);

        // The verifier writes its log only when asked, and asking makes it slow: so it is asked after a refusal.
        const VerifierLogLevel telling = VerifierLogLevel.Branches | VerifierLogLevel.Instructions;
        VerifierLogLevel level = options.LogLevel;
        if (handle is null && (level & telling) == 0)
        {
            level |= VerifierLogLevel.Branches;
            handle = Try(ref attr, level, out log);
        }

        return handle is null
            ? throw Failed(spec, code, poisoned, level, ref attr, log)
            : new BpfProgram(handle, spec) { VerifierLog = options.LogLevel == VerifierLogLevel.None ? "" : log.Text };
    }

    private BpfHandle? Try(ref ProgramLoadAttr attr, VerifierLogLevel level, out VerifierLog log)
    {
        if (level != VerifierLogLevel.None) return _capture.Load(ref attr, level, out log);
        BpfHandle? handle = kernel.LoadProgram(ref attr, out Errno error);
        log = new VerifierLog("", error, IsTruncated: false, KeepsEnd: false);
        return handle;
    }

    private BpfException Failed(
        ProgramSpec spec,
        InstructionList code,
        PoisonedInstructions poisoned,
        VerifierLogLevel level,
        ref ProgramLoadAttr attr,
        VerifierLog log)
    {
        if (string.IsNullOrWhiteSpace(log.Text))
        {
            Privileges needed = PrivilegeRules.NeededFor(spec.Type);
            string? advice = TokenRefusal.Explain(_token, log.Error, spec.Type, attr.ExpectedAttachType)
                ?? Refusal.AdviceFor(kernel, log.Error, needed)
                ?? LockedMemoryLimit.AdviceFor(kernel, log.Error);
            return Refusal.Explain(kernel, $"Load program \"{spec.Name}\"", log.Error, needed, advice);
        }

        VerifierDiagnosis diagnosis = VerifierDiagnosis.Of(log, new ProgramListing(spec.Name, code), poisoned);
        if (diagnosis is { State: null, Path.Count: > 0 } && !level.HasFlag(VerifierLogLevel.Instructions))
            diagnosis = diagnosis with { State = AskForState(ref attr, diagnosis.Step?.Instruction) };
        return new VerifierException(spec.Name, log, WithPrivileges(diagnosis));
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
