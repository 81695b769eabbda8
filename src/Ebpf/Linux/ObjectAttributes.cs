namespace Ebpf.Linux;

// The members of union bpf_attr for every kind of object, for BTF and for tokens; see MapAttributes.cs.

/// <summary><c>struct bpf_common_attr</c>: goes with any command that knows it.</summary>
internal unsafe struct CommonAttr
{
    public byte* Log;
    public uint LogSize;
    public uint LogLevel;

    /// <summary>Filled with the size of log that would have held everything.</summary>
    public uint LogTrueSize;

    public uint Padding;
}

/// <summary>BPF_OBJ_PIN and BPF_OBJ_GET.</summary>
internal unsafe struct ObjectPathAttr
{
    /// <summary>Text that ends with a zero.</summary>
    public byte* Path;

    public int Object;
    public ObjectPathFlags Flags;

    /// <summary>
    /// The directory from which <see cref="Path"/> starts, with <see cref="ObjectPathFlags.PathDescriptor"/>.
    /// </summary>
    public int Directory;

    public uint Padding;
}

/// <summary>How to open an object: <see cref="ReadOnly"/> and <see cref="WriteOnly"/> are for maps only.</summary>
[Flags]
internal enum ObjectPathFlags : uint
{
    None = 0,

    /// <summary>BPF_F_RDONLY.</summary>
    ReadOnly = 1 << 3,

    /// <summary>BPF_F_WRONLY.</summary>
    WriteOnly = 1 << 4,

    /// <summary>BPF_F_PATH_FD (Linux 6.5).</summary>
    PathDescriptor = 1 << 14,

    /// <summary>BPF_F_TOKEN_FD: with a token; for BTF only (Linux 6.16).</summary>
    Token = 1 << 16,
}

/// <summary>BPF_*_GET_NEXT_ID and BPF_*_GET_FD_BY_ID.</summary>
internal struct ObjectIdAttr
{
    /// <summary>The id; the one after which to look.</summary>
    public uint Id;

    /// <summary>Filled with the next id.</summary>
    public uint NextId;

    public ObjectPathFlags OpenFlags;
    public int Token;
}

/// <summary>BPF_OBJ_GET_INFO_BY_FD.</summary>
internal unsafe struct ObjectInfoAttr
{
    public int Object;

    /// <summary>In: how much room there is. Out: how much the kernel filled.</summary>
    public uint InfoSize;

    public void* Info;
}

/// <summary>BPF_BTF_LOAD.</summary>
internal unsafe struct BtfLoadAttr
{
    public void* Data;
    public byte* Log;
    public uint Size;
    public uint LogSize;
    public uint LogLevel;

    /// <summary>Filled with the size of log that would have held everything (Linux 6.4).</summary>
    public uint LogTrueSize;

    public uint Flags;
    public int Token;

    /// <summary>Loads with the rights of a token, if there is one.</summary>
    public void Use(in BorrowedDescriptor token)
    {
        const uint tokenFlag = 1 << 16; // BPF_F_TOKEN_FD
        if (token.Descriptor == 0) return;
        Token = token.Descriptor;
        Flags |= tokenFlag;
    }
}

/// <summary>BPF_ENABLE_STATS.</summary>
internal struct EnableStatsAttr
{
    /// <summary>0 is BPF_STATS_RUN_TIME, the only one.</summary>
    public uint Type;
}

/// <summary>BPF_TOKEN_CREATE.</summary>
internal struct TokenCreateAttr
{
    public uint Flags;

    /// <summary>The root of a bpffs that was mounted with what it delegates.</summary>
    public int FileSystem;
}
