using System.Text;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Loads one program whose references have been resolved.</summary>
internal sealed unsafe class ProgramLoader(LinuxKernel kernel, CollectionOptions options)
{
    private const int FirstLogSize = 64 * 1024;

    /// <summary>The kernel's own limit (<c>UINT_MAX &gt;&gt; 2</c> since Linux 5.2).</summary>
    private const int MaxLogSize = int.MaxValue >> 1;

    /// <summary>Loads the program.</summary>
    /// <param name="spec">What it is.</param>
    /// <param name="code">Its instructions, with all descriptors in place.</param>
    /// <param name="relocated">What became of its CO-RE relocations.</param>
    /// <param name="btf">The types of the object as the kernel has them; <c>null</c> if it has not.</param>
    /// <param name="target">The BTF id of what the program will be attached to, for kinds that say so when they are loaded.</param>
    /// <exception cref="VerifierException">The verifier refused the program.</exception>
    /// <exception cref="BpfException">The kernel refused otherwise.</exception>
    public BpfProgram Load(ProgramSpec spec, InstructionList code, CoReResult relocated, BpfHandle? btf, uint target)
    {
        byte[] image = code.Encode(EndianReader.Host);
        ProgramDebugInfo debug = btf is not null && spec.Types is not null
            ? ProgramDebugInfo.Collect(code, spec.Types)
            : default;
        using BorrowedDescriptor borrowedBtf = btf.Borrow();
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
                ExpectedAttachType = spec.AttachType,
                AttachBtfId = target,
                Btf = borrowedBtf.Descriptor,
                FunctionInfo = functions,
                FunctionInfoSize = (uint)sizeof(ProgramDebugInfo.FunctionRecord),
                FunctionInfoCount = (uint)(debug.Functions?.Length ?? 0),
                LineInfo = lines,
                LineInfoSize = (uint)sizeof(ProgramDebugInfo.LineRecord),
                LineInfoCount = (uint)(debug.Lines?.Length ?? 0),
            };
            return Load(spec, code, relocated, ref attr);
        }
    }

    private BpfProgram Load(ProgramSpec spec, InstructionList code, CoReResult relocated, ref ProgramLoadAttr attr)
    {
        BpfHandle? handle;
        Errno error;
        string log = "";
        if (options.LogLevel == VerifierLogLevel.None)
        {
            handle = kernel.LoadProgram(ref attr, out error);
            if (error == Errno.EPERM && LockedMemoryLimit.TryRaise(kernel)) handle = kernel.LoadProgram(ref attr, out error);
            if (handle is not null) return new BpfProgram(handle, spec);
        }

        // The verifier writes its log only when asked, and asking makes it slow: so it is asked after a refusal.
        handle = LoadWithLog(ref attr, Math.Max((uint)options.LogLevel, (uint)VerifierLogLevel.Branches), out error, out log);
        if (handle is not null) return new BpfProgram(handle, spec) { VerifierLog = log };
        throw Failed(spec, code, relocated, error, log);
    }

    private BpfHandle? LoadWithLog(ref ProgramLoadAttr attr, uint level, out Errno error, out string log)
    {
        for (int size = FirstLogSize; ;)
        {
            byte[] buffer = new byte[size];
            fixed (byte* pointer = buffer)
            {
                attr.LogLevel = level;
                attr.Log = pointer;
                attr.LogSize = (uint)size;
                attr.LogTrueSize = 0;
                BpfHandle? handle = kernel.LoadProgram(ref attr, out error);
                int length = buffer.AsSpan().IndexOf((byte)0);
                log = Encoding.UTF8.GetString(buffer, 0, length < 0 ? size : length);
                if (error != Errno.ENOSPC || size == MaxLogSize) return handle;
            }

            // Since Linux 6.4 the kernel says how much it would have written.
            size = (int)Math.Min(Math.Max(attr.LogTrueSize, 4L * size), MaxLogSize);
        }
    }

    private BpfException Failed(ProgramSpec spec, InstructionList code, CoReResult relocated, Errno error, string log)
    {
        if (string.IsNullOrWhiteSpace(log)) return Refusal.Explain(
                kernel, $"Load program \"{spec.Name}\"", error, PrivilegeRules.NeededFor(spec.Type));
        (string reason, int? slot) = VerifierVerdict.Find(log);

        // The verifier reached an instruction that CO-RE replaced, for want of a value, by one that it refuses.
        if (slot is { } at && relocated.At(at) is { IsPoisoned: true, Reason: { } missing }) reason = missing;
        return new VerifierException(spec.Name, error, log, reason, slot, slot is { } s ? SourceOf(code, s) : null);
    }

    /// <summary>The line to which an instruction belongs: the last one that begins at it or before, in its function.</summary>
    private static LineInfo? SourceOf(InstructionList code, int slot)
    {
        LineInfo? line = null;
        int at = 0;
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (at > slot) break;
            if (instruction.Function is not null) line = null;
            line = instruction.Line ?? line;
            at += instruction.Slots;
        }

        return line;
    }
}
