using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>Makes the smallest maps that tell whether the kernel has something.</summary>
internal sealed class MapProbe(LinuxKernel kernel)
{
    /// <summary>Whether the kernel has maps of a type.</summary>
    public Finding Find(MapType type) => Find(type, MapFlags.None);

    /// <summary>Whether the kernel knows a flag, for a kind of map that has it.</summary>
    public Finding Find(MapFlags flag) => flag switch
    {
        MapFlags.NoCommonLru => Find(MapType.LruHash, flag),
        MapFlags.StackBuildId => Find(MapType.StackTrace, flag),
        MapFlags.Clone => Find(MapType.SkStorage, flag),
        MapFlags.PreserveElements => Find(MapType.PerfEventArray, flag),
        MapFlags.Link or MapFlags.ValueTypeBtfObjectFd => Find(MapType.StructOps, flag),
        MapFlags.SegvOnFault or MapFlags.NoUserConversion => Find(MapType.Arena, flag),
        MapFlags.RingBufOverwrite => Find(MapType.RingBuf, flag),
        MapFlags.NoPreallocation or MapFlags.ZeroSeed => Find(MapType.Hash, flag),
        _ => Find(MapType.Array, flag),
    };

    private Finding Find(MapType type, MapFlags flag)
    {
        MapCreateAttr attr = Template(type);
        attr.Flags |= flag;
        BpfHandle? types = null, inner = null;
        try
        {
            Errno error = Errno.None;
            if (IsLocalStorage(type)) types = LoadInt(out error);
            if (type is MapType.ArrayOfMaps or MapType.HashOfMaps) inner = Create(Template(MapType.Hash), out error);
            if (error != Errno.None) return Finding.Unknown(kernel, error, Privileges.Bpf);
            using BorrowedDescriptor borrowedTypes = types.Borrow();
            using BorrowedDescriptor borrowedInner = inner.Borrow();
            attr.Btf = borrowedTypes.Descriptor;
            attr.InnerMap = borrowedInner.Descriptor;

            // No descriptor is -1: who complains about it knows the flag.
            if (flag == MapFlags.TokenFd) attr.Token = -1;
            if (flag == MapFlags.ValueTypeBtfObjectFd) attr.ValueTypeBtf = -1;
            Create(attr, out error)?.Dispose();
            return error switch
            {
                Errno.None or Errno.EBADF => Finding.Supported,

                // The kernel's type 1 is no struct_ops type; a kernel without such maps does not look.
                Errno.ENOTSUPP when type == MapType.StructOps => Finding.Supported,
                Errno.EINVAL or Errno.E2BIG or Errno.EOPNOTSUPP or Errno.ENOTSUPP => Finding.Missing,
                _ => Finding.Unknown(kernel, error, PrivilegeRules.NeededFor(type)),
            };
        }
        finally
        {
            types?.Dispose();
            inner?.Dispose();
        }
    }

    private static bool IsLocalStorage(MapType type) =>
        type is MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage;

    private MapCreateAttr Template(MapType type)
    {
        MapCreateAttr attr = new() { Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        switch (type)
        {
            case MapType.StackTrace:
                // struct bpf_stack_build_id has 32 bytes; addresses alone fit too.
                attr.ValueSize = 32;
                break;
            case MapType.LpmTrie:
                attr.KeySize = 8;
                attr.Flags = MapFlags.NoPreallocation;
                break;
            case MapType.RHash:
                attr.Flags = MapFlags.NoPreallocation;
                break;
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage:
                // struct bpf_cgroup_storage_key
                attr.KeySize = 16;
                attr.MaxEntries = 0;
                break;
            case MapType.Queue or MapType.Stack or MapType.BloomFilter:
                attr.KeySize = 0;
                break;
            case MapType.RingBuf or MapType.UserRingBuf:
                attr.KeySize = attr.ValueSize = 0;
                attr.MaxEntries = (uint)kernel.PageSize;
                break;
            case MapType.Arena:
                attr.KeySize = attr.ValueSize = 0;
                attr.Flags = MapFlags.Mmapable;
                break;
            case MapType.InsnArray:
                // struct bpf_insn_array_value
                attr.ValueSize = 16;
                break;
            case MapType.StructOps:
                attr.KernelValueTypeId = 1;
                break;
            case var storage when IsLocalStorage(storage):
                attr.MaxEntries = 0;
                attr.Flags = MapFlags.NoPreallocation;
                attr.KeyTypeId = attr.ValueTypeId = 1;
                break;
        }

        return attr;
    }

    private BpfHandle? Create(MapCreateAttr attr, out Errno error) => kernel.ProbeMap(ref attr, out error);

    private BpfHandle? LoadInt(out Errno error) => kernel.ProbeBtf(KernelBtfSupport.EncodeInt(), out error);
}
