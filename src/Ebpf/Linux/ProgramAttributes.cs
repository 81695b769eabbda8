namespace Ebpf.Linux;

// The members of union bpf_attr for programs; see MapAttributes.cs.

/// <summary>BPF_PROG_LOAD.</summary>
internal unsafe struct ProgramLoadAttr
{
    public ProgramType Type;
    public uint InstructionCount;
    public void* Instructions;

    /// <summary>Text that ends with a zero.</summary>
    public byte* License;

    public uint LogLevel;
    public uint LogSize;
    public byte* Log;
    public uint KernelVersion;
    public uint Flags;
    public ObjectName Name;
    public uint InterfaceIndex;
    public AttachType ExpectedAttachType;
    public int Btf;
    public uint FunctionInfoSize;
    public void* FunctionInfo;
    public uint FunctionInfoCount;
    public uint LineInfoSize;
    public void* LineInfo;
    public uint LineInfoCount;
    public uint AttachBtfId;

    /// <summary>The program, or the BTF of the module, to whose function <see cref="AttachBtfId"/> refers.</summary>
    public int AttachTarget;

    public uint CoReRelocationCount;
    public int* DescriptorArray;
    public void* CoReRelocations;
    public uint CoReRelocationSize;

    /// <summary>Filled with the size of log that would have held everything (Linux 6.4).</summary>
    public uint LogTrueSize;

    public int Token;

    /// <summary>
    /// How many descriptors <see cref="DescriptorArray"/> has, when all of them are to be used (Linux 6.14); else 0.
    /// </summary>
    public uint DescriptorCount;

    public byte* Signature;
    public uint SignatureSize;
    public int KeyringId;

    /// <summary>Loads with the rights of a token, if there is one.</summary>
    public void Use(in BorrowedDescriptor token)
    {
        if (token.Descriptor == 0) return;
        Token = token.Descriptor;
        Flags |= (uint)ProgramFlags.TokenFd;
    }
}

/// <summary>A function of a program (<c>struct bpf_func_info</c>).</summary>
/// <param name="Slot">The slot of eight bytes at which it begins.</param>
/// <param name="TypeId">Its type in the program's BTF.</param>
internal readonly record struct FunctionRecord(uint Slot, uint TypeId);

/// <summary>The line of source at which an instruction begins (<c>struct bpf_line_info</c>).</summary>
/// <param name="Slot">The slot of the instruction.</param>
/// <param name="FileNameOffset">Where the name of the file is in the strings of the program's BTF.</param>
/// <param name="LineOffset">Where the text of the line is.</param>
/// <param name="LineColumn">The number of the line, shifted left by 10, and the column.</param>
internal readonly record struct LineRecord(uint Slot, uint FileNameOffset, uint LineOffset, uint LineColumn);

/// <summary>BPF_PROG_TEST_RUN.</summary>
internal unsafe struct ProgramTestRunAttr
{
    public int Program;
    public uint ReturnValue;
    public uint DataInSize;
    public uint DataOutSize;
    public void* DataIn;
    public void* DataOut;
    public uint Repeat;

    /// <summary>Filled with the average time of one run, in nanoseconds.</summary>
    public uint Duration;

    public uint ContextInSize;
    public uint ContextOutSize;
    public void* ContextIn;
    public void* ContextOut;

    /// <summary>BPF_F_TEST_*.</summary>
    public uint Flags;

    public uint Cpu;
    public uint BatchSize;
    public uint Padding;
}

/// <summary>BPF_PROG_BIND_MAP.</summary>
internal struct ProgramBindMapAttr
{
    public int Program;
    public int Map;
    public uint Flags;
}

/// <summary>BPF_PROG_ASSOC_STRUCT_OPS.</summary>
internal struct ProgramAssociateStructOpsAttr
{
    public int Map;
    public int Program;
    public uint Flags;
}

/// <summary>BPF_PROG_ATTACH and BPF_PROG_DETACH.</summary>
internal struct ProgramAttachAttr
{
    /// <summary>A descriptor, or the index of a network interface.</summary>
    public int Target;

    public int Program;
    public AttachType AttachType;
    public uint Flags;
    public int ReplacedProgram;

    /// <summary>The descriptor or the id of the program or link beside which to stand.</summary>
    public int Relative;

    public ulong ExpectedRevision;
}

/// <summary>BPF_PROG_QUERY.</summary>
internal unsafe struct ProgramQueryAttr
{
    /// <summary>A descriptor, or the index of a network interface.</summary>
    public int Target;

    public AttachType AttachType;
    public uint QueryFlags;
    public uint AttachFlags;
    public uint* ProgramIds;

    /// <summary>In: how many there is room for. Out: how many there are.</summary>
    public uint Count;

    public uint Padding;
    public uint* ProgramAttachFlags;
    public uint* LinkIds;
    public uint* LinkAttachFlags;
    public ulong Revision;
}

/// <summary>BPF_PROG_STREAM_READ_BY_FD.</summary>
internal unsafe struct ProgramStreamReadAttr
{
    public byte* Buffer;
    public uint BufferSize;

    /// <summary>1 for the standard output of the program, 2 for its standard error.</summary>
    public uint Stream;

    public int Program;
    public uint Padding;
}
