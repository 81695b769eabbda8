namespace Ebpf;

/// <summary>
/// Represents a key of the deprecated cgroup storages, <see cref="MapType.CgroupStorage"/> and
/// <see cref="MapType.PerCpuCgroupStorage"/> (<c>struct bpf_cgroup_storage_key</c>): an attachment of a program to a cgroup.
/// </summary>
/// <remarks>Since Linux 5.9, such a map can have <c>ulong</c> keys instead: the id of the cgroup alone.</remarks>
/// <param name="CgroupId">The id of the cgroup: the inode number of its directory.</param>
/// <param name="AttachType">The attach type of the program.</param>
/// <param name="Reserved">Padding in C: 0.</param>
public readonly record struct CgroupStorageKey(ulong CgroupId, AttachType AttachType, uint Reserved = 0);
