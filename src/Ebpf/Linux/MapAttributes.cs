namespace Ebpf.Linux;

// The members of union bpf_attr for maps. Padding is spelled out, so that it is zero as the kernel demands. Descriptors
// are borrowed for the time of the call (see BorrowedDescriptor); 0 means none.

/// <summary>BPF_MAP_CREATE.</summary>
internal unsafe struct MapCreateAttr
{
    public MapType Type;
    public uint KeySize;
    public uint ValueSize;
    public uint MaxEntries;
    public MapFlags Flags;
    public int InnerMap;
    public uint NumaNode;
    public ObjectName Name;
    public uint InterfaceIndex;
    public int Btf;
    public uint KeyTypeId;
    public uint ValueTypeId;
    public uint KernelValueTypeId;
    public ulong Extra;
    public int ValueTypeBtf;
    public int Token;
    public byte* ExclusiveProgramHash;
    public uint ExclusiveProgramHashSize;
    public uint Padding;

    /// <summary>Makes the map with the rights of a token, if there is one.</summary>
    public void Use(in BorrowedDescriptor token)
    {
        if (token.Descriptor == 0) return;
        Token = token.Descriptor;
        Flags |= MapFlags.TokenFd;
    }
}

/// <summary>
/// BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
/// BPF_MAP_LOOKUP_AND_DELETE_ELEM, BPF_MAP_FREEZE.
/// </summary>
internal unsafe struct MapElementAttr
{
    public int Map;
    public uint Padding;
    public void* Key;

    /// <summary>The value, or the place for the next key.</summary>
    public void* Value;

    public ulong Flags;
}

/// <summary>The four batch commands.</summary>
internal unsafe struct MapBatchAttr
{
    /// <summary>Where to go on; null for the beginning.</summary>
    public void* InBatch;

    /// <summary>Filled with where to go on next.</summary>
    public void* OutBatch;

    public void* Keys;
    public void* Values;

    /// <summary>In: how many elements there is room for. Out: how many were done.</summary>
    public uint Count;

    public int Map;
    public ulong ElementFlags;
    public ulong Flags;
}
