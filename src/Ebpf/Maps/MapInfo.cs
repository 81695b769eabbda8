using Ebpf.Btf;

namespace Ebpf;

/// <summary>What the kernel knows about a map: <c>struct bpf_map_info</c>, and what /proc adds to it.</summary>
/// <remarks>An older kernel tells less; what it does not tell is zero, or <c>null</c> where that would say something.</remarks>
public sealed record MapInfo
{
    /// <summary>Gets the kind of map.</summary>
    public MapType Type { get; init; }

    /// <summary>Gets the number under which the kernel knows the map.</summary>
    public uint Id { get; init; }

    /// <summary>Gets the name inside the kernel: at most 15 bytes; empty before Linux 4.15.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the size of a key, in bytes.</summary>
    public int KeySize { get; init; }

    /// <summary>Gets the size of a value (of one CPU's value, in a per-CPU map), in bytes.</summary>
    public int ValueSize { get; init; }

    /// <summary>Gets how many elements the map can hold; bytes for ring buffers; pages for arenas.</summary>
    public uint MaxEntries { get; init; }

    /// <summary>Gets the flags with which the map was made, without those that concern only its first descriptor.</summary>
    public MapFlags Flags { get; init; }

    /// <summary>Gets what <c>map_extra</c> means for this kind of map; since Linux 5.16.</summary>
    public ulong Extra { get; init; }

    /// <summary>Gets the network interface on whose hardware the map is; 0 for one in the machine's memory.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>Gets the device number of the file that is the network namespace of <see cref="InterfaceIndex"/>.</summary>
    public ulong NetNamespaceDevice { get; init; }

    /// <summary>Gets the inode number of the file that is the network namespace of <see cref="InterfaceIndex"/>.</summary>
    public ulong NetNamespaceInode { get; init; }

    /// <summary>Gets the number under which the kernel knows the BTF with the types of key and value; 0 for none.</summary>
    public uint BtfId { get; init; }

    /// <summary>Gets the type of keys, in that BTF; 0 for none.</summary>
    public BtfTypeId KeyTypeId { get; init; }

    /// <summary>Gets the type of values, in that BTF; 0 for none.</summary>
    public BtfTypeId ValueTypeId { get; init; }

    /// <summary>Gets the type of the value of a struct_ops map, in the kernel's own BTF or a module's; 0 for other maps.</summary>
    public BtfTypeId KernelValueTypeId { get; init; }

    /// <summary>
    /// The number under which the kernel knows the BTF that holds <see cref="KernelValueTypeId"/>; since Linux 6.9.
    /// </summary>
    public uint KernelBtfId { get; init; }

    /// <summary>
    /// How much memory the map takes, in bytes: since Linux 6.4 what it takes now, before what it may take at most.
    /// <c>null</c> if /proc does not tell.
    /// </summary>
    public long? MemorySize { get; init; }

    /// <summary>Gets whether user space can no longer write. <c>null</c> before Linux 5.2, and if /proc does not tell.</summary>
    public bool? IsFrozen { get; init; }

    /// <summary>
    /// In a program array the kind of programs that it takes, which is that of the first one; <c>null</c> for an empty one, and
    /// for other maps.
    /// </summary>
    public ProgramType? OwnerProgramType { get; init; }

    /// <summary>In a program array that is not empty, whether its programs are compiled to machine code.</summary>
    public bool? OwnerIsJited { get; init; }
}
