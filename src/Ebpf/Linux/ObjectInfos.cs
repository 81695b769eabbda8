namespace Ebpf.Linux;

// What BPF_OBJ_GET_INFO_BY_FD fills. An older kernel fills the beginning and says how much; the rest stays zero.

/// <summary><c>struct bpf_map_info</c>.</summary>
internal unsafe struct KernelMapInfo
{
    public MapType Type;
    public uint Id;
    public uint KeySize;
    public uint ValueSize;
    public uint MaxEntries;
    public MapFlags Flags;
    public ObjectName Name;
    public uint InterfaceIndex;
    public uint KernelValueTypeId;
    public ulong NetNamespaceDevice;
    public ulong NetNamespaceInode;
    public uint BtfId;
    public uint KeyTypeId;
    public uint ValueTypeId;
    public uint KernelBtfId;
    public ulong Extra;
    public byte* Hash;
    public uint HashSize;
    public uint Padding;
}

/// <summary><c>struct bpf_prog_info</c>.</summary>
internal unsafe struct KernelProgramInfo
{
    public ProgramType Type;
    public uint Id;
    public ulong Tag;
    public uint JitedSize;
    public uint TranslatedSize;
    public byte* Jited;
    public byte* Translated;

    /// <summary>When it was loaded, in nanoseconds since the machine started.</summary>
    public ulong LoadTime;

    public uint CreatedByUser;
    public uint MapCount;
    public uint* MapIds;
    public ObjectName Name;
    public uint InterfaceIndex;

    /// <summary>Bit 0: the license is compatible with the GPL.</summary>
    public uint GplCompatible;

    public ulong NetNamespaceDevice;
    public ulong NetNamespaceInode;
    public uint JitedSymbolCount;
    public uint JitedLengthCount;
    public ulong* JitedSymbols;
    public uint* JitedLengths;
    public uint BtfId;
    public uint FunctionInfoSize;
    public void* FunctionInfo;
    public uint FunctionInfoCount;
    public uint LineInfoCount;
    public void* LineInfo;
    public ulong* JitedLineInfo;
    public uint JitedLineInfoCount;
    public uint LineInfoSize;
    public uint JitedLineInfoSize;
    public uint TagCount;
    public ulong* Tags;

    /// <summary>In nanoseconds; counted while BPF_ENABLE_STATS is on.</summary>
    public ulong RunTime;

    public ulong RunCount;
    public ulong RecursionMisses;
    public uint VerifiedInstructions;
    public uint AttachBtfObjectId;
    public uint AttachBtfId;
    public uint Padding;
}

/// <summary><c>struct bpf_btf_info</c>.</summary>
internal unsafe struct KernelBtfInfo
{
    public byte* Data;
    public uint Size;
    public uint Id;
    public byte* Name;
    public uint NameSize;

    /// <summary>1 for BTF of the kernel or of a module.</summary>
    public uint IsKernel;
}

/// <summary><c>struct bpf_token_info</c> (Linux 6.17): what a token delegates, as bit sets.</summary>
internal struct KernelTokenInfo
{
    public ulong Commands;
    public ulong MapTypes;
    public ulong ProgramTypes;
    public ulong AttachTypes;
}
