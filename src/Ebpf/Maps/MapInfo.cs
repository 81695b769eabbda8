using Ebpf.Btf;

namespace Ebpf;

/// <summary>Describes a map in the kernel: <c>struct bpf_map_info</c>, and what /proc adds to it.</summary>
/// <remarks>What an older kernel does not tell is 0, or <c>null</c> where 0 is a meaningful value.</remarks>
public sealed record MapInfo
{
    /// <summary>Gets the type of the map.</summary>
    public MapType Type { get; init; }

    /// <summary>Gets the id of the map in the kernel.</summary>
    public uint Id { get; init; }

    /// <summary>Gets the name in the kernel: at most 15 bytes; empty before Linux 4.15.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the size of a key, in bytes.</summary>
    public int KeySize { get; init; }

    /// <summary>Gets the size of a value (of one CPU's value, in a per-CPU map), in bytes.</summary>
    public int ValueSize { get; init; }

    /// <summary>Gets the maximum number of elements; in bytes for ring buffers, in pages for arenas.</summary>
    public uint MaxEntries { get; init; }

    /// <summary>Gets the flags with which the map was created, without those that concern only its first descriptor.</summary>
    public MapFlags Flags { get; init; }

    /// <summary>Gets <c>map_extra</c>, whose meaning depends on the type of the map. Since Linux 5.16.</summary>
    public ulong Extra { get; init; }

    /// <summary>
    /// Gets the index of the network interface whose hardware holds the map; 0 for a map in the memory of the machine.
    /// </summary>
    public int InterfaceIndex { get; init; }

    /// <summary>Gets the device number of the file that is the network namespace of <see cref="InterfaceIndex"/>.</summary>
    public ulong NetNamespaceDevice { get; init; }

    /// <summary>Gets the inode number of the file that is the network namespace of <see cref="InterfaceIndex"/>.</summary>
    public ulong NetNamespaceInode { get; init; }

    /// <summary>Gets the id of the BTF with the types of key and value; 0 for none.</summary>
    public uint BtfId { get; init; }

    /// <summary>Gets the id of the type of keys in that BTF; 0 for none.</summary>
    public BtfTypeId KeyTypeId { get; init; }

    /// <summary>Gets the id of the type of values in that BTF; 0 for none.</summary>
    public BtfTypeId ValueTypeId { get; init; }

    /// <summary>
    /// Gets the id of the type of a struct_ops map's value, in the BTF of the kernel or of a module; 0 for other maps.
    /// </summary>
    public BtfTypeId KernelValueTypeId { get; init; }

    /// <summary>
    /// Gets the id of the BTF that holds <see cref="KernelValueTypeId"/>. Since Linux 6.9.
    /// </summary>
    public uint KernelBtfId { get; init; }

    /// <summary>
    /// Gets the memory that the map uses, in bytes; before Linux 6.4, the memory that it can use at most. <c>null</c> if /proc
    /// does not tell.
    /// </summary>
    public long? MemorySize { get; init; }

    /// <summary>Gets whether user space can no longer write. <c>null</c> before Linux 5.2, and if /proc does not tell.</summary>
    public bool? IsFrozen { get; init; }

    /// <summary>
    /// Gets the type of the programs in a program array, which that of the first one determines; <c>null</c> for an empty one,
    /// and for other maps.
    /// </summary>
    public ProgramType? OwnerProgramType { get; init; }

    /// <summary>
    /// Gets whether the programs in a program array are compiled to machine code; <c>null</c> for an empty one, and for other
    /// maps.
    /// </summary>
    public bool? OwnerIsJited { get; init; }
}
