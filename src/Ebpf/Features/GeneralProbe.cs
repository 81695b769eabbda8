using Ebpf.Asm;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>Asks for the features that belong to no kind of program, map or link.</summary>
internal sealed unsafe class GeneralProbe(LinuxKernel kernel, ProgramProbe programs)
{
    private const int NoDescriptor = -1;

    private static InstructionList Nothing => [Instruction.Mov(Register.R0, 0), Instruction.Exit()];

    public Finding Find(GeneralFeature feature)
    {
        switch (feature)
        {
            case GeneralFeature.ObjectNames:
                return programs.Accepts(Nothing, name: "probe");
            case GeneralFeature.DotsInNames:
                return programs.Accepts(Nothing, name: "a.dot");
            case GeneralFeature.ContextTags:
                return new ContextTagProbe(kernel, programs).Find();
            case GeneralFeature.FunctionCalls:
                return programs.Accepts([Instruction.CallFunction(1), Instruction.Exit(), .. Nothing]);
            case GeneralFeature.ExpectedAttachType:
                return programs.Accepts(
                    [Instruction.Mov(Register.R0, 1), Instruction.Exit()], ProgramType.CgroupSock, AttachType.CgroupInetSockCreate);
            case GeneralFeature.GlobalData:
                return FindGlobalData();
            case GeneralFeature.LargePrograms:
                return programs.Accepts(Large());
            case GeneralFeature.BoundedLoops:
                return programs.Accepts(Loop());
            case GeneralFeature.BatchOperations:
                return FindBatches();
            case GeneralFeature.Links:
                LinkCreateAttr link = new() { Program = NoDescriptor };
                return FromBadDescriptor(BpfCommand.LinkCreate, ref link);
            case GeneralFeature.Iterators:
                IteratorCreateAttr iterator = new() { Link = NoDescriptor };
                return FromBadDescriptor(BpfCommand.IteratorCreate, ref iterator);
            case GeneralFeature.RunTimeStatistics:
                kernel.EnableStats(out Errno error)?.Dispose();
                return Finding.FromBadDescriptor(kernel, error);
            case GeneralFeature.BindMap:
                ProgramBindMapAttr bind = new() { Program = NoDescriptor, Map = NoDescriptor };
                return FromBadDescriptor(BpfCommand.ProgramBindMap, ref bind);
            case GeneralFeature.ModuleBtf:
                return FindModuleBtf();
            case GeneralFeature.CgroupMemoryAccounting:
                // Nothing shows it from outside: this helper came with the same version (as libbpf has it).
                return programs.Find(ProgramType.SocketFilter, Helper.KtimeGetCoarseNs);
            case GeneralFeature.FetchingAtomics:
                return programs.Accepts(FetchingAdd());
            case GeneralFeature.PerfEventLinks:
                return FindPerfEventLinks();
            case GeneralFeature.AttachCookies:
                return programs.Find(ProgramType.Tracepoint, Helper.GetAttachCookie);
            case GeneralFeature.Tokens:
                TokenCreateAttr token = new() { FileSystem = NoDescriptor };
                return FromBadDescriptor(BpfCommand.TokenCreate, ref token);
            case GeneralFeature.ProgramStreams:
                ProgramStreamReadAttr stream = new() { Program = NoDescriptor, Stream = 1 };
                return FromBadDescriptor(BpfCommand.ProgramStreamRead, ref stream);
            default:
                throw new ArgumentOutOfRangeException(nameof(feature));
        }
    }

    /// <summary>Whether the kernel takes instructions of a generation.</summary>
    public Finding FindInstructionSet(int generation) => generation switch
    {
        1 => programs.Accepts(Nothing),
        2 => programs.Accepts(
            [Instruction.Mov(Register.R0, 0), Instruction.JumpIf(JumpCondition.LessThan, Register.R0, 1, 0), Instruction.Exit()]),
        3 => programs.Accepts(
            [Instruction.Mov(Register.R0, 0), Instruction.JumpIf32(JumpCondition.LessThan, Register.R0, 1, 0), Instruction.Exit()]),
        4 => programs.Accepts(
            [Instruction.Mov(Register.R0, 0), Instruction.ByteSwap(Register.R0, 32), Instruction.Exit()]),
        _ => Finding.Missing,
    };

    private static InstructionList Large()
    {
        // One more than BPF_MAXINSNS.
        const int count = 4097;
        InstructionList code = new(count);
        for (int i = 0; i < count - 1; i++) code.Add(Instruction.Mov(Register.R0, 0));
        code.Add(Instruction.Exit());
        return code;
    }

    private static InstructionList Loop() =>
    [
        Instruction.Mov(Register.R0, 10),
        Instruction.Sub(Register.R0, 1),
        Instruction.JumpIf(JumpCondition.NotEqual, Register.R0, 0, -2),
        Instruction.Exit(),
    ];

    private static InstructionList FetchingAdd() =>
    [
        Instruction.Mov(Register.R0, 0),
        Instruction.Store(AccessSize.DoubleWord, Register.R10, -8, Register.R0),
        Instruction.Atomic(AtomicOperation.FetchAdd, AccessSize.DoubleWord, Register.R10, -8, Register.R0),
        Instruction.Exit(),
    ];

    private Finding FromBadDescriptor<T>(BpfCommand command, ref T attr)
        where T : unmanaged
    {
        CallResult result = kernel.Bpf(command, ref attr);
        return Finding.FromBadDescriptor(kernel, result.Error);
    }

    private Finding FindGlobalData()
    {
        MapCreateAttr attr = new() { Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        using BpfHandle? map = kernel.ProbeMap(ref attr, out Errno error);
        if (map is null) return Finding.Unknown(kernel, error, Privileges.Bpf);
        using BorrowedDescriptor borrowed = map.Borrow();
        return programs.Accepts([Instruction.LoadMapValue(Register.R1, borrowed.Descriptor), .. Nothing]);
    }

    private Finding FindBatches()
    {
        MapCreateAttr attr = new() { Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        using BpfHandle? map = kernel.ProbeMap(ref attr, out Errno error);
        if (map is null) return Finding.Unknown(kernel, error, Privileges.Bpf);
        using BorrowedDescriptor borrowed = map.Borrow();
        MapBatchAttr nothing = new() { Map = borrowed.Descriptor };
        return FromBadDescriptor(BpfCommand.MapUpdateBatch, ref nothing);
    }

    /// <summary>Kernels without it do not know of a name of BTF, and want that part of the structure to be empty.</summary>
    private Finding FindModuleBtf()
    {
        using BpfHandle? types = kernel.ProbeBtf(KernelBtfSupport.EncodeInt(), out Errno error);
        if (types is null) return Finding.Unknown(kernel, error, Privileges.Bpf);
        byte* name = stackalloc byte[16];
        KernelBtfInfo info = new() { Name = name, NameSize = 16 };
        return Finding.FromBadDescriptor(kernel, kernel.GetInfo(types, ref info));
    }

    private Finding FindPerfEventLinks()
    {
        using BpfHandle? program = programs.LoadEmpty(ProgramType.Tracepoint, 0, out Errno error);
        if (program is null) return Finding.Unknown(kernel, error, PrivilegeRules.NeededFor(ProgramType.Tracepoint));
        using BorrowedDescriptor borrowed = program.Borrow();
        LinkCreateAttr link = new() { Program = borrowed.Descriptor, Target = NoDescriptor, AttachType = AttachType.PerfEvent };
        return FromBadDescriptor(BpfCommand.LinkCreate, ref link);
    }
}
